"""The simulated world behind ``wurao run``: its past as facts, its present as calls and reports."""

import asyncio
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from wurao.core import numbers
from wurao.core.clock import CHINA, DAY_US, HOUR_US, Clock
from wurao.core.errors import Error, StoreError
from wurao.detection.linking import kept
from wurao.edge.live.learning import learn
from wurao.edge.nouns import Ask, DecisionFilter, Report
from wurao.edge.services import Services
from wurao.intake.formats import format_of
from wurao.intake.interface import Reading
from wurao.intake.into_home import run_import
from wurao.sim.directory import RESOLD
from wurao.sim.draw import day_start_us, local_day
from wurao.sim.figures import shipped
from wurao.sim.stream import Call, Stream
from wurao.sim.stream import Report as Complaint
from wurao.sim.world import Options, World
from wurao.sim.writing import write
from wurao.sim.written import text
from wurao.store.book import Book
from wurao.store.durable import disk, replace_file
from wurao.store.home import Home
from wurao.store.identities import Identities
from wurao.store.keys import KeyRing
from wurao.store.lake import Lake

SUBSCRIBERS: Final = 10_000
DAYS: Final = 10
"""Days of the town's past that are in the home when it opens."""
LASTS: Final = 365
"""Days after which nothing happens in the town any more."""
SEED: Final = 20_260_801
_LINK: Final = (sys.executable, "-c", "from wurao.cli import main; main()", "campaigns", "link")
_MARK: Final = "TOWN"
_FACTS: Final = ("wishes", "contacts", "verified", "assignments", "calls", "reports")
_PACE_S: Final = 0.5
_LATEST: Final = 20_000

Say = Callable[[str], None]


def settled(home: Home, clock: Clock, say: Say) -> World:
    """Return the town of a home; a new home gets its first days as facts. Raises StoreError."""
    mark = home.path / _MARK
    if not mark.exists():
        start_us = day_start_us(local_day(clock.now_us())) - DAYS * DAY_US
        say(f"simulating {DAYS} days of a town of {SUBSCRIBERS:,} people")
        _bring_in(home, _town(start_us), clock, say)
        _resell(home)
        mark.write_text(f"{start_us}\n")
    try:
        return _town(int(mark.read_text()))
    except ValueError:
        raise StoreError("the town's beginning can't be read", where=str(mark), mend="remove this home") from None


@contextmanager
def linking_beside(home: Home) -> Iterator[subprocess.Popen[bytes] | None]:
    """Link the town's callers into campaigns while the block runs, once for a home; nothing waits for it.

    A process of its own: it leaves the interpreter to those who ask, and can be ended in the middle, which a thread in
    a compiled library can't.
    """
    if kept.latest(home) is not None:
        yield None
        return
    command = (*_LINK, "--home", str(home.path), "--days", str(DAYS + 1))
    with subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=sys.__stderr__) as process:  # noqa: S603 - our own program
        try:
            yield process
        finally:
            process.terminate()


def someone(services: Services, town: World) -> int:
    """Return the subscriber who was spared most lately, or any."""
    stopped = services.history.find(DecisionFilter(action="reject", limit=_LATEST))
    spared = Counter(decision.callee for decision in stopped).most_common(1)
    return spared[0][0] if spared else numbers.read(text(int(town.subscribers[0])))


async def live_on(services: Services, town: World, clock: Clock) -> None:
    """Let the town's calls and reports happen as the clock goes; first the calls since the last one that was judged."""
    stream, now = Stream(town), clock.now_us()
    latest = services.history.find(DecisionFilter(limit=1))
    await asyncio.to_thread(_catch_up, services, stream, max(now - DAY_US, latest[0].at_us + 1 if latest else 0), now)
    while True:
        since, now = now, clock.now_us()
        await asyncio.to_thread(_happen, services, stream, since, now)
        await asyncio.sleep(_PACE_S)


def _town(start_us: int) -> World:
    return World(shipped(), SEED, SUBSCRIBERS, start_us, DAYS, Options(lasts=LASTS))


def _resell(home: Home) -> None:
    """Let the town's resold numbers be those of one virtual operator, whose side ``--as reseller`` shows."""
    path = home.path / "conf/local.d/town.toml"
    prefixes = ", ".join(f'"86{prefix}"' for prefix in RESOLD)
    with disk(path):
        path.parent.mkdir(parents=True, exist_ok=True)
    replace_file(path, f"[originating]\nprefixes = [{prefixes}]\n".encode())


def _bring_in(home: Home, town: World, clock: Clock, say: Say) -> None:
    with tempfile.TemporaryDirectory(dir=home.folder("scratch")) as scratch, home.lock():
        write(town, Path(scratch))
        for fact in _FACTS:
            path = Path(scratch) / f"{fact}.parquet"
            files = [(path, format_of(path, fact, None))]
            done = run_import(home, Reading(fact, CHINA, ""), files, clock, lambda _path, _read: None)
            say(f"imported {done.stored:,} {fact}")
        book = Book.at(home.book, clock)
        say(f"learnt {learn(Lake(home), Identities(KeyRing.open(home)), book, clock):,} things from the reports")
        book.close()


def _catch_up(services: Services, stream: Stream, since_us: int, until_us: int) -> None:
    for start_us in range(since_us, until_us, HOUR_US):
        calls = stream.calls_between(start_us, min(start_us + HOUR_US, until_us))
        services.screen.decide_many([_ask(call) for call in calls])


def _happen(services: Services, stream: Stream, since_us: int, until_us: int) -> None:
    services.screen.decide_many([_ask(call) for call in stream.calls_between(since_us, until_us)])
    for complaint in stream.reports_between(since_us, until_us):
        report = _report(complaint)
        if report:
            services.reports.file(report)


def _ask(call: Call) -> Ask:
    return Ask(
        caller=_number(call.caller),
        callee=_number(call.callee),
        ingress=call.ingress,
        at_us=call.start_us,
        attestation=call.attestation,
    )


def _report(complaint: Complaint) -> Report | None:
    subject = _number(complaint.subject)
    if not subject:
        return None  # a complaint about a withheld number teaches nothing
    return Report(
        subject=subject,
        occurred_us=complaint.occurred_us,
        reporter=_number(complaint.reporter or ""),
        category=complaint.category,
        method=complaint.method,
        text=complaint.text,
    )


def _number(written: str) -> int:
    try:
        return numbers.parse(written) or numbers.read(written)
    except Error:
        return numbers.ANONYMOUS
