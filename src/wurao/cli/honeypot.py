"""``wurao honeypot``: numbers that belong to nobody, answered and recorded."""

import asyncio
import contextlib
import getpass
import signal
from collections import Counter
from contextlib import closing
from datetime import datetime
from pathlib import Path

import click
import msgspec

from wurao.access.interface import Look
from wurao.cli.options import answer, home_option, json_option
from wurao.core import numbers
from wurao.core.clock import CHINA, Clock, SystemClock
from wurao.detection.audio.kept import Kept
from wurao.edge.live.access import BookAccess
from wurao.intake.enrolment import enrolled_in
from wurao.screening.config import load
from wurao.screening.policy import Honeypot
from wurao.store.book import Book
from wurao.store.durable import replace_file
from wurao.store.home import Home
from wurao.store.identities import Enrolled
from wurao.store.keys import KeyRing
from wurao.store.lake import Lake

SHOWN = 50


class _Stores(msgspec.Struct, frozen=True):
    """A home opened to be written to."""

    home: Home
    keys: KeyRing
    book: Book
    lake: Lake
    enrolled: Enrolled


class Listed(msgspec.Struct, frozen=True):
    """One recording; ``callers`` play the same."""

    recording: str
    group: str
    at: str
    caller: str
    spoken_s: float
    callers: int


@click.group()
def honeypot() -> None:
    """Answer numbers that belong to nobody, say that it is recorded, and find who plays the same recording."""


@honeypot.command("answer", epilog="Example: wurao honeypot answer --home /srv/wurao")
@home_option
def answer_(home: Path) -> None:
    """Answer calls until it is stopped; the service, or `wurao honeypot file`, files them.

    Which numbers, with which announcement: honeypot.numbers, honeypot.announcement in the settings of the home.
    """
    opened = Home.open(home)
    asyncio.run(_until_stopped(opened, load(opened.path / "conf").policy.honeypot, SystemClock()))


async def _until_stopped(home: Home, chosen: Honeypot, clock: Clock) -> None:
    from wurao.edge.honeypot.answering import answer as answering

    def ready() -> None:
        click.echo(f"wurao answers {len(chosen.numbers)} numbers on {chosen.listen}")

    task = asyncio.create_task(answering(home.folder("recordings"), chosen, clock, ready))
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, task.cancel)
    with contextlib.suppress(asyncio.CancelledError):
        await task


@honeypot.command("file", epilog="Example: wurao honeypot file --home /srv/wurao")
@home_option
@json_option
def file_(home: Path, as_json: bool) -> None:  # noqa: FBT001 - click hands options in by name
    """File the calls that wait, where no `wurao serve` runs over the home: it does so every ten seconds."""
    from wurao.edge.honeypot.into_home import rounds_over

    opened, clock = Home.open(home), SystemClock()
    chosen = load(opened.path / "conf").policy.honeypot
    with opened.lock(), closing(Book.at(opened.book, clock)) as book:
        stores = _Stores(opened, KeyRing.open(opened), book, Lake(opened), enrolled_in(book))
        done = rounds_over(stores, clock, chosen).run(chosen)
    answer(done, as_json=as_json, text=lambda: _filed(msgspec.structs.asdict(done)))


def _filed(done: dict[str, int]) -> str:
    return ", ".join(f"{count:,} {name}" for name, count in done.items())


@honeypot.command("list", epilog="Example: wurao honeypot list --json")
@home_option
@json_option
def list_(home: Path, as_json: bool) -> None:  # noqa: FBT001 - click hands options in by name
    """List the recordings kept, newest first, and how many callers play each; callers are masked."""
    from wurao.detection.audio.played import callers_by_group
    from wurao.edge.honeypot.into_home import recordings_of

    opened = Home.open(home)
    rows = sorted(recordings_of(opened, KeyRing.open(opened)).each(), key=lambda row: -row.at_us)
    callers = Counter({group: len(many) for group, many in callers_by_group(rows).items()})
    found = [_listed(row, callers[row.group]) for row in rows]
    answer(found, as_json=as_json, text=lambda: _for_people(found))


def _listed(row: Kept, callers: int) -> Listed:
    at = datetime.fromtimestamp(row.at_us / 1e6, CHINA).isoformat(timespec="seconds")
    caller = numbers.mask(row.caller) if row.caller else "withheld"
    return Listed(row.recording, row.group, at, caller, row.spoken_s, callers)


def _for_people(found: list[Listed]) -> str:
    lines = [f"  {one.recording}  {one.at}  {one.caller}  {one.spoken_s:.0f} s, {one.callers} callers" for one in found]
    return "\n".join([f"{len(found):,} recordings", *lines[:SHOWN]])


@honeypot.command(epilog="Example: wurao honeypot sound 1f2e3d4c5b6a7988 --out said.wav")
@click.argument("recording")
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), required=True, help="Wave file, owner-only.")
@home_option
def sound(recording: str, out: Path, home: Path) -> None:
    """Write the sound of a recording, for whoever has to hear it; the access log says who did."""
    from wurao.edge.honeypot.into_home import recordings_of
    from wurao.edge.honeypot.prompt import wave_of

    opened, clock = Home.open(home), SystemClock()
    kept = recordings_of(opened, KeyRing.open(opened))
    samples = kept.sound(recording)
    row = next((row for row in kept.each() if row.recording == recording), None)
    with closing(Book.at(opened.book, clock)) as book:
        caller = row.caller or 0 if row else 0
        BookAccess(book).log_looks([Look(clock.now_us(), getpass.getuser(), caller, "honeypot sound")])
    replace_file(out, wave_of(samples), mode=0o600)
