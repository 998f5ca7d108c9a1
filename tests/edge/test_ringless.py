"""An edge without a ring decides all the same, and that its decisions are lost is counted where it lasts."""

import fcntl
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from wurao.core.clock import FixedClock
from wurao.core.errors import StoreError
from wurao.edge import ring
from wurao.edge.call_path import CallPath
from wurao.edge.ringless import Ringless, calls_without
from wurao.store.home import Home

NOW_US = 1_790_000_000_000_000


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return ring.make_folder(tmp_path / "rings")


def test_an_edge_without_room_decides_and_each_call_is_counted(
    screening_home: Home, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise StoreError("no space left on device")

    monkeypatch.setattr("wurao.edge.call_path.RingWriter", full)
    said: list[str] = []
    for _ in range(2):  # the count outlives the process
        path = CallPath(screening_home.path, folder, FixedClock(NOW_US), said.append)
        path.open_ring("kamailio-1")
        for _ in range(3):
            path.follow()
            screened = path.screen("13712345678", "13900139000", "")
            assert screened
            assert screened.word & 7
        path.close()
    assert calls_without(folder) == 6
    assert "decisions are lost" in said[0]


def test_the_count_takes_no_room(folder: Path) -> None:
    counting = Ringless(folder)
    for _ in range(1_000):
        counting.count()
    counting.close()
    assert (folder / "ringless").stat().st_blocks == 0
    assert (folder / "ringless").stat().st_mode & 0o077 == 0
    assert calls_without(folder) == 1_000


def test_several_count_and_none_waits(folder: Path) -> None:
    counting = [Ringless(folder) for _ in range(4)]

    def count(one: Ringless) -> None:
        for _ in range(500):
            one.count()

    with ThreadPoolExecutor(4) as threads:
        list(threads.map(count, counting))
    for one in counting:
        one.count()  # what found the file busy comes along
    assert calls_without(folder) == 4 * 501
    with (folder / "ringless").open() as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        counting[0].count()
        assert calls_without(folder) == 4 * 501
    counting[0].count()
    assert calls_without(folder) == 4 * 501 + 2


def test_a_folder_of_nobody_counts_nothing(tmp_path: Path) -> None:
    assert calls_without(tmp_path / "nowhere") == 0
