"""What an edge decided in the call path is in the history within moments, each once, whoever dies between."""

import time
from pathlib import Path

import pytest
from prometheus_client import generate_latest

from wurao.core.clock import SystemClock
from wurao.core.errors import StoreError
from wurao.core.payload import DecisionFlag, DecisionWord
from wurao.core.verdict import Action, Guard
from wurao.edge import ring
from wurao.edge._receipts import Receipts
from wurao.edge.live.batch import Batch
from wurao.edge.live.collecting import BATCH, Collecting
from wurao.edge.live.service import Live, running
from wurao.edge.nouns import Ask, Decision, DecisionFilter
from wurao.edge.ring import Record, RingWriter
from wurao.edge.ringless import Ringless
from wurao.store.home import Home

CALLER, CALLEE = 8613512345678, 8613900000001
REJECT = DecisionWord(Action.REJECT, Guard.SYSTEM, 5, 9, DecisionFlag(0), 603, 160, 4).pack()
RING = DecisionWord(Action.RING, Guard.NOT_ENROLLED, 0, 0, DecisionFlag(0), 0, 0, 0).pack()


@pytest.fixture
def rings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "rings"
    monkeypatch.setenv("WURAO_RINGS", str(folder))
    return ring.make_folder(folder)


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home.create(tmp_path / "home")


def record(word: int = REJECT) -> Record:
    secret = Receipts().secret()
    return Record(SystemClock().now_us(), CALLER, CALLEE, word, 3, 1, 7, "trunk-a", secret)


def found(live: Live, count: int) -> list[Decision]:
    ends = time.monotonic() + 5
    while True:
        rows = live.services.history.find(DecisionFilter(number=CALLER))
        if len(rows) >= count or time.monotonic() > ends:
            return rows
        time.sleep(0.02)


def test_a_decision_of_an_edge_is_in_the_history(home: Home, rings: Path) -> None:
    with running(home, SystemClock()) as live:
        writer = RingWriter(rings, "worker-1")
        writer.put(record())
        (row,) = found(live, 1)
        assert (row.action, row.code, row.ingress, row.change) == ("reject", 603, "trunk-a", 3)
        assert row.symbols == ("SPOOFED_PUBLIC",)
        assert row.stopped
        assert live.collecting.state().waiting == 0
        assert 'wurao_edge_decision_seconds_count{trunk="other"} 1.0' in generate_latest(live.services.metrics).decode()
        live.collector.close()
        checks = {check.name: check for check in live.services.health.checks()}
        assert checks["rings"].value == "2 · 1 · 0 lost · 0 damaged"
        assert CALLEE.to_bytes(8, "little") not in writer.path.read_bytes()


def test_what_waited_while_nobody_collected_comes_once(home: Home, rings: Path) -> None:
    writer = RingWriter(rings, "worker-1")
    for _ in range(30):
        writer.put(record(RING))
    before = writer.path.read_bytes()
    with running(home, SystemClock()) as live:
        assert len(found(live, 30)) == 30
    with writer.path.open("r+b") as file:  # as if killed between keeping and releasing
        file.write(before)
    with running(home, SystemClock()) as live:
        writer.put(record())
        assert len(found(live, 31)) == 31
        live.collector.close()
        stored = live.services.history.find(DecisionFilter(number=CALLER, limit=100))
        assert len({row.receipt for row in stored}) == len(stored) == 31


def test_what_the_service_decided_itself_is_kept_before_it_stops(home: Home, rings: Path) -> None:
    with running(home, SystemClock()) as live:
        (decision,) = live.services.screen.decide_many([Ask(CALLER, CALLEE, "trunk-a")])
    assert not rings.exists()
    with running(home, SystemClock()) as live:
        assert live.services.history.get(decision.receipt) == decision


def test_a_record_that_means_nothing_is_counted_and_passed(home: Home, rings: Path) -> None:
    writer = RingWriter(rings, "worker-1")
    writer.put(record(2**64 - 1))
    writer.put(record(RING)._replace(caller=2**60))
    writer.put(record(RING)._replace(at_us=2**62))
    writer.put(record(RING)._replace(change=2**63))
    writer.put(record())
    with running(home, SystemClock()) as live:
        assert len(found(live, 1)) == 1
        assert live.collecting.state().damaged == 4
        (check,) = [check for check in live.services.health.checks() if check.name == "rings"]
        assert check.ok is False


def test_what_cannot_be_kept_stays_in_the_ring(home: Home, rings: Path) -> None:
    with running(home, SystemClock()) as live:
        refusing = [True]

        def keep(_: Batch) -> None:
            if refusing[0]:
                raise StoreError("the disk is full")

        folder = ring.make_folder(rings.with_name("others"))
        collecting = Collecting(folder, live.naming, keep, lambda _: set(), lambda _: None, lambda _: None)
        RingWriter(folder, "one").put(record())
        with pytest.raises(StoreError):
            collecting.collect()
        refusing[0] = False
        assert collecting.collect() == 1
        assert collecting.collect() == 0


def test_the_collector_rests_after_whole_batches(home: Home, rings: Path) -> None:
    with running(home, SystemClock()) as live:
        folder = ring.make_folder(rings.with_name("others"))
        collecting = Collecting(folder, live.naming, lambda _: None, lambda _: set(), lambda _: None, lambda _: None)
        writer = RingWriter(folder, "one")
        for n in range(2 * BATCH + 5):
            writer.put(record()._replace(receipt=b"%9d" % n))
        rested: list[float] = []
        assert collecting.collect(lambda took_s, _: rested.append(took_s)) == 2 * BATCH + 5
        assert len(rested) == 2
        assert all(took_s > 0 for took_s in rested)


def test_a_ring_that_is_just_being_made_is_read_when_it_is_whole(home: Home, rings: Path) -> None:
    (rings / "worker-1.ring").touch(0o600)
    with running(home, SystemClock()) as live:
        served_from = time.monotonic()
        while not live.collecting.state().refused and time.monotonic() - served_from < 5:
            time.sleep(0.02)
        RingWriter(rings, "worker-1").put(record())
        assert len(found(live, 1)) == 1
        assert not live.collecting.state().refused


def test_a_file_that_is_no_ring_is_named_by_health(home: Home, rings: Path) -> None:
    (rings / "odd.ring").write_bytes(b"nonsense")
    with running(home, SystemClock()) as live:
        ends = time.monotonic() + 5
        while not live.collecting.state().refused and time.monotonic() < ends:
            time.sleep(0.02)
        (check,) = [check for check in live.services.health.checks() if check.name == "rings"]
        assert check.ok is False
        assert "odd.ring" in check.value


def test_a_call_that_two_workers_took_is_kept_once(home: Home, rings: Path) -> None:
    with running(home, SystemClock()) as live:
        writers = [RingWriter(rings, "worker-1"), RingWriter(rings, "worker-2")]
        one = record()
        for writer in (*writers, writers[0]):
            writer.put(one)
        writers[1].put(record()._replace(receipt=b"another 1"))
        assert len(found(live, 2)) == 2
        live.collector.close()
        assert live.collecting.state().collected == 4
        assert len(live.services.history.find(DecisionFilter())) == 2


def test_what_is_collected_is_in_the_metrics(home: Home, rings: Path) -> None:
    with running(home, SystemClock()) as live:
        RingWriter(rings, "worker-1").put(record())
        found(live, 1)
        live.collector.close()
        text = generate_latest(live.services.metrics).decode()
    assert 'wurao_edge_calls_total{action="reject",trunk="other"} 1.0' in text
    assert "wurao_rings_collected_total 1.0" in text


def test_a_long_name_of_a_trunk_comes_back_whole(home: Home, rings: Path) -> None:
    (home.path / "conf/local.d").mkdir(parents=True)
    (home.path / "conf/local.d/trunks.toml").write_text('[settings.far]\ningress = ["国际来话出入口局-南"]\n')
    with running(home, SystemClock()) as live:
        writer = RingWriter(rings, "worker-1")
        writer.put(record()._replace(ingress="国际来话出入口局-南"))
        (row,) = found(live, 1)
        assert row.ingress == "国际来话出入口局-南"
        assert 'trunk="国际来话出入口局-南"' in generate_latest(live.services.metrics).decode()


def test_calls_without_a_ring_are_told(home: Home, rings: Path) -> None:
    counting = Ringless(rings)
    counting.count()
    with running(home, SystemClock()) as live:
        assert "wurao_rings_missing_total 1.0" in generate_latest(live.services.metrics).decode()
        (told,) = [check for check in live.services.health.checks() if check.name == "ringless"]
        assert (told.value, told.ok) == ("1", False)
