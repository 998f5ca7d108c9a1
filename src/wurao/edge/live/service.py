"""The service over one home: opens every store, wires the ports, runs the worker, closes in order."""

import logging
import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from wurao.core.clock import DAY_US, HOUR_US, Clock
from wurao.core.errors import Error
from wurao.core.verdict import Verdict
from wurao.edge import ring
from wurao.edge._teller import Teller
from wurao.edge.live.access import BookAccess
from wurao.edge.live.appeals import LiveAppeals, upheld_since
from wurao.edge.live.cards import LiveCards
from wurao.edge.live.collecting import Collecting
from wurao.edge.live.decisions import Decisions
from wurao.edge.live.health import LiveHealth
from wurao.edge.live.heeding import Heeding
from wurao.edge.live.history import NEWEST, LiveHistory
from wurao.edge.live.naming import Naming
from wurao.edge.live.numbers import LiveNumbers
from wurao.edge.live.refusing import Refusing
from wurao.edge.live.rehearsing import Rehearsing
from wurao.edge.live.reports import LiveReports
from wurao.edge.live.rules import LiveRules
from wurao.edge.live.screen import Explain, LiveScreen
from wurao.edge.live.telling import Forms
from wurao.edge.live.traffic import Traffic
from wurao.edge.live.wishes import BookWishes
from wurao.edge.live.worker import Chore, Worker
from wurao.edge.nouns import Ask, Decision, RingState
from wurao.edge.ring import RingWriter
from wurao.edge.services import Services
from wurao.screening.explain import Asked, Explainer
from wurao.screening.following import Following
from wurao.screening.shield import Shield, public_keys
from wurao.store.book import Book
from wurao.store.home import Home
from wurao.store.identities import Identities, Numbers
from wurao.store.journal import Journal
from wurao.store.keys import KeyRing
from wurao.store.lake import Lake
from wurao.store.tables.tableset import TableSet

FOLD_S: Final = 60
EXPIRE_S: Final = 3_600
RENEW_S: Final = DAY_US / 1e6
FOLLOW_S: Final = 0.05
COLLECT_S: Final = 0.05
_log: Final = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Live:
    """A running service: its ports, and the parts that the simulated town and the tests drive."""

    services: Services
    worker: Worker
    collector: Worker
    collecting: Collecting
    naming: Naming
    shield: Shield
    book: Book
    lake: Lake
    journal: Journal
    identities: Identities
    tables: TableSet


@contextmanager
def running(home: Home, clock: Clock) -> Iterator[Live]:
    """Run the service over a home until the block ends; raises StoreError if another process writes to it.

    $WURAO_RINGS names the folder of the edges' decision rings where it isn't the home's own on tmpfs.
    """
    with ExitStack() as stack:
        stack.enter_context(home.lock())
        live = _wire(home, clock, stack)
        for thread in (live.worker, live.collector):
            thread.start()
            stack.callback(thread.close)
        yield live


def _wire(home: Home, clock: Clock, stack: ExitStack) -> Live:
    keys = KeyRing.open(home)
    book = Book.at(home.book, clock)
    stack.callback(book.close)
    shield = stack.enter_context(Shield(home, book, clock))
    shield.start()
    tables = TableSet.open(home.folder("tables"), public_keys(keys))
    lake, journal = Lake(home), stack.enter_context(Journal(home))
    identities = Identities(keys)

    def enrolled(numbers: Numbers) -> npt.NDArray[np.bool_]:
        profiles = np.zeros(len(numbers), np.uint16)
        tables.view.wish_many(numbers, profiles)
        return profiles > 0

    decisions = Decisions(lake, journal, identities, enrolled)
    following = Following(tables)
    history = LiveHistory(
        clock, decisions.older, lambda: book.appeal_count("pending"), lambda since_us: upheld_since(book, since_us)
    )
    history.add(decisions.newest(NEWEST, clock.now_us()))

    def behind(number: int) -> tuple[str, ...]:
        return tuple(dict.fromkeys(row.symbol for row in shield.knowledge.of([(number, 0)])))

    naming = Naming(tables, behind)
    heeding = Heeding(lake, identities, book, clock)

    rings = ring.folder_of(home.path, os.environ.get("WURAO_RINGS"))
    writer = RingWriter(ring.make_folder(rings), "service")
    stack.callback(writer.close)
    teller = Teller(following.decider, writer.slots, Forms(naming))

    def stand() -> None:
        teller.stand_on(following.generation.number, following.generation.change)

    def follow() -> None:
        shield.follow()
        if following.follow():
            stand()

    stand()

    chores = [
        Chore("heed reports", 0, heeding.heed_waiting),
        Chore("follow the book", FOLLOW_S, follow),
        Chore("fold the journal", FOLD_S, lambda: journal.fold(lake)),
        Chore("expire standing", EXPIRE_S, book.expire_standing),
        Chore("weigh all reports anew", HOUR_US / 1e6, heeding.weigh_all, at_once=True),
        Chore("renew the tables", RENEW_S, shield.renew),
    ]
    worker = Worker(chores)

    def keep_collected(rows: list[Decision]) -> None:
        decisions.keep(rows)
        history.add(rows)

    wishes = BookWishes(book)
    reports = LiveReports(clock, lake, journal, identities, enrolled, heeding.heed)

    def vouched(ingress: str) -> bool:
        policy = following.policy
        return policy.settings[policy.ingress.get(ingress, 0)].trusted

    refusing = Refusing(history.get, vouched, wishes, reports)

    def rings_now() -> RingState:
        return collecting.state()

    traffic = Traffic(lambda: following.policy.ingress, rings_now, lambda: refusing.unknown)
    collecting = Collecting(rings, naming, keep_collected, decisions.known, refusing.heed, traffic.count)
    stack.callback(_close, collecting, writer)

    def collect() -> None:
        collecting.collect()
        refusing.heed_waiting()

    collector = Worker([Chore("collect the rings", COLLECT_S, collect)])
    services = Services(
        clock=clock,
        access=BookAccess(book),
        screen=LiveScreen(clock, teller, naming, _explainer(shield, tables, clock), collector.wake),
        history=history,
        numbers=LiveNumbers(clock, book, shield.knowledge, history),
        reports=reports,
        wishes=wishes,
        appeals=LiveAppeals(clock, book, history.get),
        rules=LiveRules(shield, book, history, Rehearsing(shield, tables, history, clock).replay),
        cards=LiveCards(lambda: shield.policy.appeal, clock),
        health=LiveHealth(home, clock, tables, book, collecting.state),
    )
    services.metrics.register(traffic)
    return Live(services, worker, collector, collecting, naming, shield, book, lake, journal, identities, tables)


def _close(collecting: Collecting, writer: RingWriter) -> None:
    """Keep what came last and stop; what can't be kept now waits in its ring."""
    try:
        collecting.collect()
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
