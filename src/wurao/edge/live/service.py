"""The service over one home: opens every store, wires the ports, runs the worker, closes in order."""

import logging
import os
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt

from wurao.core.clock import DAY_US, HOUR_US, Clock
from wurao.core.errors import Error
from wurao.core.verdict import Verdict
from wurao.detection.live.lasting import LastingCallers
from wurao.detection.text import NAME
from wurao.detection.text.at_work import judge_of
from wurao.detection.text.signs import reading
from wurao.edge import ring
from wurao.edge._teller import Teller
from wurao.edge.honeypot.into_home import Rounds, rounds_over
from wurao.edge.live.access import BookAccess
from wurao.edge.live.appeals import LiveAppeals, upheld_since
from wurao.edge.live.batch import Batch
from wurao.edge.live.campaigns import LiveCampaigns
from wurao.edge.live.cards import LiveCards
from wurao.edge.live.collecting import Collecting, Count
from wurao.edge.live.decisions import Decisions
from wurao.edge.live.delivering import Deliver, Errands
from wurao.edge.live.detecting import opened
from wurao.edge.live.detection import LiveDetection
from wurao.edge.live.hands import Hands
from wurao.edge.live.health import LiveHealth
from wurao.edge.live.heeding import Heeding
from wurao.edge.live.history import NEWEST, LiveHistory
from wurao.edge.live.inheriting import Inheriting
from wurao.edge.live.messages import LiveMessages, Read
from wurao.edge.live.naming import Naming
from wurao.edge.live.numbers import LiveNumbers
from wurao.edge.live.originating import LiveOriginating
from wurao.edge.live.permitting import Permitting
from wurao.edge.live.proving import BookChallenges, LiveProofs, code_key
from wurao.edge.live.refusing import Refusing
from wurao.edge.live.rehearsing import Rehearsing
from wurao.edge.live.reports import LiveReports
from wurao.edge.live.rules import LiveRules
from wurao.edge.live.screen import Explain, LiveScreen
from wurao.edge.live.telling import Forms
from wurao.edge.live.traffic import Traffic
from wurao.edge.live.watching import CALLERS, Watching
from wurao.edge.live.wishes import BookWishes
from wurao.edge.live.worker import Chore, Worker
from wurao.edge.nouns import Ask, Filed, RingState
from wurao.edge.ring import Records, RingWriter
from wurao.edge.services import Services
from wurao.screening.explain import Asked, Explainer
from wurao.screening.following import Following
from wurao.screening.shield import Shield, public_keys
from wurao.store.book import Book
from wurao.store.home import Home
from wurao.store.identities import Enrolled, Identities, Numbers
from wurao.store.journal import Journal
from wurao.store.keys import KeyRing
from wurao.store.lake import Lake
from wurao.store.tables.tableset import TableSet

FOLD_S: Final = 60
FILE_S: Final = 10
EXPIRE_S: Final = 3_600
RENEW_S: Final = DAY_US / 1e6
FOLLOW_S: Final = 0.05
COLLECT_S: Final = 0.05
WATCH_S: Final = 1
EASE: Final = 3.0
"""How long the collector rests after a whole batch, in its own time, while there is room: it shares the interpreter."""
_PACE_S: Final = 0.01
_log: Final = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Live:
    """A running service: its ports, and the parts that the simulated town and the tests drive."""

    services: Services
    worker: Worker
    collector: Worker
    detector: Worker
    """Matches new numbers with campaigns and, where there is a live model, judges callers while they call."""
    recorder: Worker | None
    """Files calls to honeypot lines, where there are such lines."""
    collecting: Collecting
    naming: Naming
    shield: Shield
    book: Book
    lake: Lake
    journal: Journal
    identities: Identities
    tables: TableSet


@contextmanager
def running(home: Home, clock: Clock, deliver: Deliver | None = None) -> Iterator[Live]:
    """Run the service over a home until the block ends; raises StoreError if another process writes to it.

    ``deliver`` takes one-time codes where no program of the operator sends them. $WURAO_RINGS names the folder of the
    edges' decision rings where it isn't the home's own on tmpfs.
    """
    with ExitStack() as stack:
        stack.enter_context(home.lock())
        live = _wire(home, clock, deliver, stack)
        for thread in (live.worker, live.detector, live.recorder, live.collector):
            if thread is not None:
                thread.start()
                stack.callback(thread.close)
        yield live


@dataclass(frozen=True, slots=True)
class _Stores:
    """What is opened over a home before anything is wired; ``enrolled`` tells which numbers are subscribers."""

    home: Home
    keys: KeyRing
    book: Book
    shield: Shield
    tables: TableSet
    following: Following
    naming: Naming
    lake: Lake
    journal: Journal
    identities: Identities
    enrolled: Enrolled
    decisions: Decisions


def _open(home: Home, clock: Clock, stack: ExitStack) -> _Stores:
    keys = KeyRing.open(home)
    book = Book.at(home.book, clock)
    stack.callback(book.close)
    shield = stack.enter_context(Shield(home, book, clock))
    shield.start()
    tables = TableSet.open(home.folder("tables"), public_keys(keys))
    lake, journal, identities = Lake(home), stack.enter_context(Journal(home)), Identities(keys)

    def enrolled(numbers: Numbers) -> npt.NDArray[np.bool_]:
        profiles = np.zeros(len(numbers), np.uint16)
        tables.view.wish_many(numbers, profiles)
        return profiles > 0

    def behind(number: int) -> tuple[str, ...]:
        return tuple(dict.fromkeys(row.symbol for row in shield.knowledge.of([(number, 0)])))

    return _Stores(
        home=home,
        keys=keys,
        book=book,
        shield=shield,
        tables=tables,
        following=Following(tables),
        naming=Naming(tables, behind),
        lake=lake,
        journal=journal,
        identities=identities,
        enrolled=enrolled,
        decisions=Decisions(lake, journal, identities, enrolled),
    )


def _wire(home: Home, clock: Clock, deliver: Deliver | None, stack: ExitStack) -> Live:
    stores = _open(home, clock, stack)
    book, shield, following = stores.book, stores.shield, stores.following
    history = LiveHistory(
        clock, stores.decisions.older, lambda: book.appeal_count("pending"), lambda since: upheld_since(book, since)
    )
    history.add(Batch.of(stores.decisions.newest(NEWEST, clock.now_us())))
    heeding = Heeding(stores.lake, stores.identities, book, clock)
    rings = ring.folder_of(home.path, os.environ.get("WURAO_RINGS"))
    writer = RingWriter(ring.make_folder(rings), "service")
    stack.callback(writer.close)
    teller = Teller(following.decider, writer.slots, Forms(stores.naming))
    wishes = BookWishes(book)

    def filed(report: Filed) -> None:
        traffic.report(report)
        heeding.heed(report)

    reports = LiveReports(clock, stores.lake, stores.journal, stores.identities, stores.enrolled, filed)

    def vouched(ingress: str) -> bool:
        policy = following.policy
        return policy.settings[policy.ingress.get(ingress, 0)].trusted

    refusing = Refusing(history.get, vouched, wishes, reports)

    def rings_now() -> RingState:
        return collecting.state()

    traffic = Traffic(lambda: following.policy.ingress, rings_now, lambda: refusing.unknown)
    lasting = stack.enter_context(LastingCallers(home, stores.keys, CALLERS))
    detection = opened(home, stores.keys, lasting.callers, shield, book, clock)
    if detection is not None:
        stack.callback(detection.close)
    permitting = Permitting(shield.knowledge, lambda: shield.policy)
    inheriting = Inheriting(home, stores.identities, book, permitting, lasting.callers, clock)
    hands = Hands(book, clock)
    watching = Watching(lasting, hands.changed, *((detection.heed, detection.forget) if detection else ()))
    collecting = _collecting(rings, stores, history, refusing, (traffic.count, watching.watch, inheriting.heed))
    stack.callback(_close, collecting, writer)
    collector = _collector(collecting, refusing, watching)
    live = detection.rehearsed if detection else (lambda: None)
    daily = LiveDetection(home, stores.lake, stores.identities, book, clock, live)
    explain = _explainer(shield, stores.tables, clock)
    proofs = _proofs(stores, clock, stack.enter_context(closing(Errands(deliver))))
    services = Services(
        clock=clock,
        access=BookAccess(book),
        screen=LiveScreen(clock, teller, stores.naming, explain, collector.wake),
        messages=LiveMessages(clock, explain, wishes, reports, lambda: shield.policy, lambda: _reader(home)),
        history=history,
        numbers=LiveNumbers(clock, book, shield.knowledge, history),
        reports=reports,
        wishes=wishes,
        appeals=LiveAppeals(clock, book, history, lambda: shield.policy.rules),
        rules=LiveRules(shield, book, history, Rehearsing(shield, stores.tables, history, clock).replay),
        originating=LiveOriginating(stores.lake, stores.identities, book, lambda: shield.policy),
        detection=daily,
        campaigns=LiveCampaigns(home, stores.lake, stores.identities, book),
        cards=LiveCards(lambda: shield.policy.appeal, clock),
        proofs=proofs,
        health=LiveHealth(home, clock, stores.tables, book, collecting.state),
    )
    # where lines were turned off, what they recorded still has its time
    recorded = shield.policy.honeypot.numbers or any(home.folder("recordings").glob("*"))
    rounds = rounds_over(stores, clock, shield.policy.honeypot) if recorded else None
    for metrics in (traffic, proofs.outcomes, watching, detection, inheriting, daily, rounds):
        if metrics is not None:
            services.metrics.register(metrics)
    return Live(
        services=services,
        worker=_worker(stores, heeding, teller),
        collector=collector,
        detector=Worker([*(detection.chores if detection else ()), *inheriting.chores]),
        recorder=_recorder(rounds, shield) if rounds else None,
        collecting=collecting,
        naming=stores.naming,
        shield=shield,
        book=book,
        lake=stores.lake,
        journal=stores.journal,
        identities=stores.identities,
        tables=stores.tables,
    )


def _recorder(rounds: Rounds, shield: Shield) -> Worker:
    """Return the thread that files calls to honeypot lines: decoding them would hold up the others."""
    return Worker([Chore("file honeypot calls", FILE_S, lambda: rounds.run(shield.policy.honeypot), at_once=True)])


def _reader(home: Home) -> Read:
    """Return what reads texts in a home: its own champion, else the rules."""
    return reading(judge_of(home.folder("models") / NAME))


def _worker(stores: _Stores, heeding: Heeding, teller: Teller) -> Worker:
    """Return the thread that lets facts take effect."""
    shield, following = stores.shield, stores.following

    def stand() -> None:
        teller.stand_on(following.generation.number, following.generation.change)

    def follow() -> None:
        shield.follow()
        if following.follow():
            stand()

    stand()
    return Worker(
        [
            Chore("heed reports", 0, heeding.heed_waiting),
            Chore("follow the book", FOLLOW_S, follow),
            Chore("fold the journal", FOLD_S, lambda: stores.journal.fold(stores.lake)),
            Chore("expire standing", EXPIRE_S, stores.book.expire_standing),
            Chore("weigh all reports anew", HOUR_US / 1e6, heeding.weigh_all, at_once=True),
            Chore("renew the tables", RENEW_S, shield.renew),
        ]
    )


def _collecting(
    rings: Path, stores: _Stores, history: LiveHistory, refusing: Refusing, counts: Sequence[Count]
) -> Collecting:
    """Return the collector of the edges' rings: decisions into the history, and counted by each of ``counts``."""

    def keep(batch: Batch) -> None:
        stores.decisions.keep(batch)
        history.add(batch)

    def count(records: Records) -> None:
        for each in counts:
            each(records)

    return Collecting(
        rings,
        stores.naming,
        keep,
        stores.decisions.known,
        refusing.heed,
        count,
        lambda: stores.following.policy.ingress,
    )


def _collector(collecting: Collecting, refusing: Refusing, watching: Watching) -> Worker:
    """Return the thread that collects."""

    def collect() -> None:
        collecting.collect(_rest)
        refusing.heed_waiting()

    # A number may have changed hands while no service ran: its record goes before its next call is counted.
    keep = Chore("keep the callers", WATCH_S, watching.keep, at_once=True)
    return Worker([keep, Chore("collect the rings", COLLECT_S, collect)])


def _rest(took_s: float, has_room: Callable[[], bool]) -> None:
    """Rest for as long as EASE says, no longer than there is room."""
    ends = time.monotonic() + EASE * took_s
    while has_room() and time.monotonic() < ends:
        time.sleep(_PACE_S)


def _proofs(stores: _Stores, clock: Clock, errands: Errands) -> LiveProofs:
    key = code_key(stores.keys)
    return LiveProofs(clock, BookChallenges(stores.book), key, lambda: stores.shield.policy.appeal, errands)


def _close(collecting: Collecting, writer: RingWriter) -> None:
    """Keep what came last and stop; what can't be kept now waits in its ring."""
    try:
        while collecting.collect():
            pass
        writer.remove_if_empty()
    except Error as error:
        _log.warning("what came last waits in the rings: %s", error.diagnostics())
    collecting.close()


def _explainer(shield: Shield, tables: TableSet, clock: Clock) -> Explain:
    def explained(ask: Ask) -> Verdict:
        # The policy may have turned since the last question, so the explainer is made anew for each.
        explainer = Explainer(tables, shield.knowledge, shield.policy, clock)
        return explainer.explain(Asked(ask.caller, ask.callee, ask.ingress, ask.at_us, ask.repeat, ask.attestation))

    return explained
