"""Calls that the rings tell of are counted for their callers, and no fault there harms the history."""

import time
from contextlib import closing

import numpy as np
import pytest
from prometheus_client import generate_latest

from wurao.core.clock import DAY_US, SECOND_US, SystemClock
from wurao.core.errors import StoreError
from wurao.core.payload import INVALID_CALLER, DecisionFlag, DecisionWord
from wurao.core.verdict import Action, Guard
from wurao.detection.live.lasting import LastingCallers
from wurao.detection.live.records import EVENT, Kind
from wurao.edge import ring
from wurao.edge._receipts import Receipts
from wurao.edge.live.service import running
from wurao.edge.live.watching import Watching
from wurao.edge.nouns import DecisionFilter
from wurao.edge.ring import Record, RingWriter
from wurao.store.book import Book
from wurao.store.book.registry import AssignmentEvent
from wurao.store.home import Home
from wurao.store.keys import KeyRing

CALLER, CALLEE = 8613512345678, 8613900000001


@pytest.fixture
def home(tmp_path):
    return Home.create(tmp_path / "home")


@pytest.fixture
def rings(tmp_path, monkeypatch):
    folder = tmp_path / "rings"
    monkeypatch.setenv("WURAO_RINGS", str(folder))
    return ring.make_folder(folder)


def record(callee=CALLEE, caller=CALLER, guard=Guard.NONE):
    word = DecisionWord(Action.RING, guard, 0, 0, DecisionFlag(0), 0, 0, 0).pack()
    return Record(SystemClock().now_us(), caller, callee, word, 0, 1, 7, "trunk-a", Receipts().secret())


def rows(*records):
    made = np.zeros(len(records), ring.LAYOUT)
    for name in ("at_us", "caller", "callee", "word"):
        made[name] = [getattr(one, name) for one in records]
    return made


def watched(home):
    with home.lock(), LastingCallers(home, KeyRing.open(home), 1) as lasting:
        return lasting.callers.find_caller(CALLER)


def test_a_number_that_changed_hands_while_no_service_ran_begins_anew(home, rings):
    now_us = SystemClock().now_us()
    before = np.zeros(7, EVENT)
    before["at_us"], before["caller"], before["kind"] = now_us - DAY_US, CALLER, Kind.BEGUN
    with home.lock(), LastingCallers(home, KeyRing.open(home), 1) as lasting:
        lasting.update(before)
    with closing(Book.at(home.book)) as book:
        book.record_assignments([AssignmentEvent(CALLER, "assigned", now_us - DAY_US // 2)])
    with running(home, SystemClock()) as live:
        writer = RingWriter(rings, "worker-1")
        for n in range(3):
            writer.put(record(CALLEE + n))
        ends = time.monotonic() + 5
        while len(live.services.history.find(DecisionFilter(number=CALLER, limit=50))) < 3 and time.monotonic() < ends:
            time.sleep(0.02)
    (caller,) = watched(home)
    assert caller["calls"] == 3


def test_who_judges_is_told_of_numbers_in_new_hands_even_if_the_disk_refuses(home, monkeypatch):
    with home.lock(), LastingCallers(home, KeyRing.open(home), 10) as lasting:
        moved, forgotten = {CALLER: SystemClock().now_us() + 2 * SECOND_US}, []
        watching = Watching(lasting, lambda: moved, forget=forgotten.extend)
        watching.watch(rows(record()))
        with monkeypatch.context() as full:
            full.setattr(lasting, "snapshot", refuse)
            with pytest.raises(StoreError):
                watching.keep()
        assert forgotten == [CALLER]
        moved = {}
        watching.keep()
    assert not len(watched(home))


def refuse():
    raise StoreError("no room")


def test_calls_through_the_rings_are_counted_and_kept(home, rings):
    with running(home, SystemClock()) as live:
        writer = RingWriter(rings, "worker-1")
        for n in range(20):
            writer.put(record(CALLEE + 50 * n, guard=Guard.CONTACT if n % 4 == 0 else Guard.NONE))
        ends = time.monotonic() + 5
        while len(live.services.history.find(DecisionFilter(number=CALLER, limit=50))) < 20 and time.monotonic() < ends:
            time.sleep(0.02)
        live.collector.close()
        assert "wurao_callers_watched 1.0" in generate_latest(live.services.metrics).decode()
    (caller,) = watched(home)
    assert (caller["calls"], caller["fresh"], caller["under_way"]) == (20, 15, 0)
    assert caller["ended"] == 0  # a decision doesn't know how its call ended


def test_callers_without_a_number_are_nobody(home):
    with home.lock(), LastingCallers(home, KeyRing.open(home), 10) as lasting:
        watching = Watching(lasting)
        watching.watch(rows(record(caller=0), record(caller=INVALID_CALLER), record(caller=1 << 63), record()))
        watching.keep()
        assert len(lasting.callers) == 1


def test_a_fault_is_logged_and_goes_no_further(caplog):
    class Broken:
        def update(self, _events):
            raise MemoryError

    Watching(Broken()).watch(rows(record()))
    assert "not counted" in caplog.text
