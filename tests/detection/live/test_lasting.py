"""Callers outlive their process: what was committed is there after a kill, sealed, bounded, erased when asked."""

import logging
import os
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from wurao.core.clock import DAY_US, SECOND_US
from wurao.core.errors import StoreError
from wurao.detection.live import lasting as module
from wurao.detection.live._callers import Callers
from wurao.detection.live.lasting import LastingCallers
from wurao.detection.live.records import EVENT, Kind
from wurao.store.home import Home
from wurao.store.keys import KeyRing

NOW = 1_787_000_000 * SECOND_US
ROBOT, ME = 8613512345678, 8613900000001
CAPACITY = 5_000


def drawn(number, many=400):
    """A batch of calls, the same for the same number; some callers are heavy."""
    rng = np.random.default_rng(number)
    made = np.zeros(many, EVENT)
    made["at_us"] = NOW + number * SECOND_US + np.arange(many)
    made["caller"] = ROBOT + np.minimum(rng.geometric(0.06, many), 900)
    made["callee"] = ME + rng.integers(0, 10**6, many)
    made["talk_ms"] = rng.integers(0, 60_000, many)
    made["kind"], made["traits"] = Kind.WHOLE, rng.integers(0, 16, many)
    return made


def told(*batches):
    callers = Callers(CAPACITY)
    for batch in batches:
        callers.update(batch)
    return callers


def same(one, other):
    """Both tables hold the same records and distinct callees (pool places may be given out in another order)."""
    assert one.count == other.count
    assert (one.held[: one.count] == other.held[: one.count]).all()
    assert one.distinct(one.held[: one.count]).tolist() == other.distinct(other.held[: other.count]).tolist()


@pytest.fixture
def home(tmp_path):
    with Home.create(tmp_path / "home").lock() as opened:
        yield opened


@pytest.fixture
def keys(home):
    return KeyRing.open(home)


def files(home):
    return sorted(path.name for path in home.folder("callers").iterdir())


def test_what_was_committed_is_there_again(home, keys):
    with LastingCallers(home, keys, CAPACITY) as lasting:
        lasting.update(drawn(1))
        lasting.commit()
        lasting.update(drawn(2))
    with LastingCallers(home, keys, CAPACITY) as lasting:
        same(lasting.callers, told(drawn(1), drawn(2)))


def test_a_snapshot_takes_the_place_of_the_log(home, keys):
    batches = [drawn(n) for n in range(8)]
    with LastingCallers(home, keys, CAPACITY) as lasting:
        for batch in batches[:6]:
            lasting.update(batch)
        lasting.snapshot()
        assert files(home) == ["snapshot"]
        assert not lasting.due
        for batch in batches[6:]:
            lasting.update(batch)
    with LastingCallers(home, keys, CAPACITY) as lasting:
        same(lasting.callers, told(*batches))
        assert set(lasting.callers.held["sketch_kind"]) == {0, 1, 2}
        lasting.update(drawn(9))
        lasting.snapshot()
    with LastingCallers(home, keys, CAPACITY) as lasting:
        same(lasting.callers, told(*batches, drawn(9)))


def test_a_table_never_shrinks_below_what_is_known(home, keys):
    with LastingCallers(home, keys, CAPACITY) as lasting:
        lasting.update(drawn(1))
        lasting.snapshot()
    with LastingCallers(home, keys, 10) as lasting:
        same(lasting.callers, told(drawn(1)))


def test_a_long_log_is_due_for_a_snapshot(home, keys, monkeypatch):
    monkeypatch.setattr(module, "LOG_BYTES", 100_000)
    with LastingCallers(home, keys, CAPACITY) as lasting:
        for n in range(12):
            lasting.update(drawn(n))
            lasting.commit()
        assert lasting.due


def test_no_clear_number_lies_on_the_disk(home, keys):
    with LastingCallers(home, keys, CAPACITY) as lasting:
        lasting.update(drawn(1))
        lasting.snapshot()
        lasting.update(drawn(1))
    content = b"".join(path.read_bytes() for path in home.folder("callers").iterdir())
    assert len(content) > 20_000
    for event in drawn(1):
        assert int(event["caller"]).to_bytes(8, "little") not in content
        assert int(event["callee"]).to_bytes(8, "little") not in content


def test_an_older_seal_key_still_opens(home, keys):
    with LastingCallers(home, keys, CAPACITY) as lasting:
        lasting.update(drawn(1))
    keys.rotate("seal")
    with LastingCallers(home, KeyRing.open(home), CAPACITY) as lasting:
        same(lasting.callers, told(drawn(1)))


def test_a_torn_log_ends_at_its_last_whole_frame(home, keys):
    with LastingCallers(home, keys, CAPACITY) as lasting:
        lasting.update(drawn(1))
        lasting.commit()
        lasting.update(drawn(2))
    (log,) = home.folder("callers").iterdir()
    log.write_bytes(log.read_bytes()[:-7])
    with LastingCallers(home, keys, CAPACITY) as lasting:
        same(lasting.callers, told(drawn(1)))
        lasting.update(drawn(3))
    with LastingCallers(home, keys, CAPACITY) as lasting:
        same(lasting.callers, told(drawn(1), drawn(3)))


@pytest.mark.parametrize("cut", ["front", "back", "middle", "empty", "swapped"])
def test_a_damaged_snapshot_is_set_aside_and_said(home, keys, cut, caplog):
    with LastingCallers(home, keys, CAPACITY) as lasting:
        for n in range(6):
            lasting.update(drawn(n))
        lasting.snapshot()
        lasting.update(drawn(7))
    path = home.folder("callers") / "snapshot"
    content = path.read_bytes()
    middle = len(content) // 2
    path.write_bytes(
        {
            "front": content[9:],
            "back": content[:-9],
            "middle": content[:middle] + bytes((content[middle] ^ 1,)) + content[middle + 1 :],
            "empty": b"",
            "swapped": content[100:] + content[:100],
        }[cut]
    )
    with caplog.at_level(logging.WARNING), LastingCallers(home, keys, CAPACITY) as lasting:
        same(lasting.callers, told(drawn(7)))
    assert "callers begin anew" in caplog.text
    assert "snapshot.damaged" in files(home)


def test_a_disk_that_refuses_costs_no_count(home, keys, monkeypatch):
    with LastingCallers(home, keys, CAPACITY) as lasting:
        lasting.update(drawn(1))
        lasting.commit()
        with monkeypatch.context() as patch:
            patch.setattr(os, "write", full)
            lasting.update(drawn(2))
            with pytest.raises(StoreError, match="space"):
                lasting.commit()
        same(lasting.callers, told(drawn(1), drawn(2)))
    with LastingCallers(home, keys, CAPACITY) as lasting:
        same(lasting.callers, told(drawn(1), drawn(2)))


def test_records_that_began_before_their_number_changed_hands_are_dropped_for_good(home, keys):
    begun = np.zeros(3, EVENT)
    begun["caller"], begun["kind"] = ROBOT + np.arange(3), Kind.BEGUN
    begun["at_us"] = NOW + np.array([0, 10, 20]) * SECOND_US
    with LastingCallers(home, keys, CAPACITY) as lasting:
        lasting.update(begun)
        changed = {ROBOT: NOW + SECOND_US, ROBOT + 1: NOW + 10 * SECOND_US, ROBOT + 2: NOW + DAY_US, ME: NOW}
        assert lasting.drop_begun_before(changed) == [ROBOT, ROBOT + 2, ME]
        assert lasting.due
        lasting.snapshot()
        assert not lasting.due
        assert lasting.drop_begun_before({}) == []
    with LastingCallers(home, keys, CAPACITY) as lasting:
        assert lasting.callers.held["caller"][: len(lasting.callers)].tolist() == [ROBOT + 1]


def full(_handle, _content):
    raise OSError(28, "No space left on device")


def test_what_waits_for_the_disk_is_bounded(home, keys, monkeypatch):
    monkeypatch.setattr(module, "MAX_WAITING", 1_000)
    with LastingCallers(home, keys, CAPACITY) as lasting:
        for n in range(9):
            lasting.update(drawn(n))
    with LastingCallers(home, keys, CAPACITY) as lasting:
        same(lasting.callers, told(drawn(7), drawn(8)))


def test_an_erased_number_is_gone_from_the_disk(home, keys):
    callee, caller = int(drawn(1)["callee"][-1]), int(drawn(1)["caller"][-1])
    with LastingCallers(home, keys, CAPACITY) as lasting:
        lasting.update(drawn(1))
        (home.folder("callers") / "snapshot.damaged").write_bytes(b"nobody knows who stands in it")
        assert lasting.erase(callee)
        assert lasting.erase(caller)
        assert not lasting.erase(caller)
    with LastingCallers(home, keys, CAPACITY) as lasting:
        assert lasting.callers.find_caller(caller).size == 0
        assert callee not in lasting.callers.held["last_callee"]
        assert files(home) == ["snapshot"]


COUNT = """
import sys
sys.path.insert(0, sys.argv[2])
from pathlib import Path
from test_lasting import CAPACITY, drawn
from wurao.detection.live.lasting import LastingCallers
from wurao.store.home import Home
from wurao.store.keys import KeyRing
first = int(sys.argv[3])
with Home.open(Path(sys.argv[1])).lock() as home, LastingCallers(home, KeyRing.open(home), CAPACITY) as lasting:
    for n in range(first, first + 100_000):
        lasting.update(drawn(n))
        lasting.commit()
        print(n, flush=True)
        if n % 7 == 0:
            lasting.snapshot()
"""


@pytest.mark.crash
def test_every_committed_call_survives_a_kill(tmp_path, size):
    home = Home.create(tmp_path / "home")
    batches = []
    for turn in range({"desk": 3, "ci": 10, "long": 200}[size]):
        command = [sys.executable, "-c", COUNT, str(home.path), str(Path(__file__).parent), str(len(batches))]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
            said = [int(process.stdout.readline()) for _ in range(20 + 7 * (turn % 5))]
            os.kill(process.pid, signal.SIGKILL)
            said += [int(line) for line in process.stdout if line.endswith("\n")]
        batches += [drawn(n) for n in said]
        with home.lock(), LastingCallers(home, KeyRing.open(home), CAPACITY) as lasting:
            if lasting.callers.held["calls"].sum() > sum(map(len, batches)):
                batches.append(drawn(len(batches)))  # committed, killed before it was said
            same(lasting.callers, told(*batches))
