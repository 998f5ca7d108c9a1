import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any, Literal

import pyarrow as pa
import pytest

from wurao.core.errors import InputError, StoreError
from wurao.store import segments
from wurao.store.home import Home
from wurao.store.journal import Journal
from wurao.store.lake import Lake
from wurao.store.schema import at_rest
from wurao.store.segment import Segment

NOON_US = 1_625_630_400_000_000


def report(n: int) -> dict[str, Any]:
    return {"row_id": n.to_bytes(16, "little"), "report_id": f"r{n}", "subject": "x", "occurred_us": NOON_US + n}


def seen(home: Home) -> list[str]:
    batches = Lake(home).read("reports", ["report_id"])
    return sorted(text for batch in batches for text in batch["report_id"].to_pylist())


def names(*numbers: int) -> list[str]:
    return sorted(f"r{n}" for n in numbers)


def test_a_row_is_readable_at_once(home: Home) -> None:
    with Journal(home) as journal:
        journal.append("reports", [report(1)])
        journal.append("reports", [report(2), report(3)])
        assert seen(home) == names(1, 2, 3)


def test_rows_and_tables_lie_in_one_journal(home: Home, lake: Lake) -> None:
    table = pa.Table.from_pylist([report(n) for n in range(2, 500)], at_rest("reports"))
    with Journal(home) as journal:
        journal.append("reports", [report(1)])
        journal.append_table("reports", table)
        journal.append("reports", [report(500)])
        assert seen(home) == names(*range(1, 501))
        assert journal.fold(lake).stored == 500
        assert seen(home) == names(*range(1, 501))


def test_a_table_of_another_shape_is_refused_at_the_door(home: Home) -> None:
    whole = pa.Table.from_pylist([report(1)], at_rest("reports"))
    lacking = whole.set_column(0, whole.schema.field(0), pa.nulls(1, whole.schema.field(0).type))
    with Journal(home) as journal:
        for table in (whole.drop_columns(["text"]), lacking):
            with pytest.raises(InputError, match="no reports at rest"):
                journal.append_table("reports", table)
        assert seen(home) == []


def test_folding_moves_rows_and_readers_never_miss_or_double_one(home: Home, lake: Lake) -> None:
    with Journal(home, roll_bytes=200) as journal:
        for n in range(20):
            journal.append("reports", [report(n)])
        wrong: list[object] = []
        stop = threading.Event()

        def look() -> None:
            while not stop.is_set():
                if (now := seen(home)) != names(*range(20)):
                    wrong.append(now)

        reader = threading.Thread(target=look)
        reader.start()
        assert journal.fold(lake).stored == 20
        assert journal.fold(lake).stored == 0
        stop.set()
        reader.join()
        assert not wrong
        assert segments.numbers_in(home.folder("journal") / "reports") == []
        journal.append("reports", [report(3), report(99)])  # a client that tries again
        assert seen(home) == names(*range(20), 99)
        assert journal.fold(lake).duplicate == 1


def test_many_writers_share_a_sync(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    syncs: list[int] = []
    monkeypatch.setattr(os, "fdatasync", lambda handle: (time.sleep(0.01), syncs.append(handle)))
    with Journal(home) as journal:
        done = [journal.submit("reports", [report(n)]) for n in range(200)]
        for future in done:
            future.result()
    assert len(syncs) < 20
    assert seen(home) == names(*range(200))


def test_a_row_that_may_wait_is_committed_with_the_first_that_may_not(home: Home) -> None:
    with Journal(home) as journal:
        patient = journal.submit("reports", [report(1)], within_s=60)
        time.sleep(0.05)
        assert not patient.done()
        journal.append("reports", [report(2)])
        assert patient.done()
        late = journal.submit("reports", [report(3)], within_s=60)
    assert late.done()
    assert seen(home) == names(1, 2, 3)
    with pytest.raises(StoreError, match="closed"):
        journal.submit("reports", [report(4)])


@pytest.mark.parametrize("cut", [1, 9, 30])
def test_a_torn_tail_is_tolerated_and_set_aside(home: Home, lake: Lake, cut: int) -> None:
    with Journal(home) as journal:
        journal.append("reports", [report(1)])
        journal.append("reports", [report(2)])
    [path] = (home.folder("journal") / "reports").iterdir()
    path.write_bytes(path.read_bytes()[:-cut])
    assert seen(home) == names(1)
    with Journal(home) as journal:
        journal.append("reports", [report(3)])
        assert seen(home) == names(1, 3)
        assert journal.fold(lake).torn_bytes > 0
    assert seen(home) == names(1, 3)
    assert list(home.folder("quarantine").glob("reports-*.torn"))


def test_a_submission_of_several_rows_is_there_whole_or_not_at_all(home: Home) -> None:
    with Journal(home) as journal:
        journal.append("reports", [report(1)])
        journal.append("reports", [report(n) for n in range(2, 9)])
    [path] = (home.folder("journal") / "reports").iterdir()
    path.write_bytes(path.read_bytes()[:-1])
    assert seen(home) == names(1)


@pytest.mark.parametrize(
    "bad",
    [
        {"occurred_us": "noon"},
        {"row_id": b"short"},
        {"occurred_us": None},
        {"occurred_us": 2**63},
        {"text": "\ud800"},
        {"pin": "1"},
        {"text": "x" * (segments.MAX_FRAME + 1)},
    ],
)
def test_a_row_of_the_wrong_shape_is_refused_at_the_door(home: Home, bad: dict[str, Any]) -> None:
    with Journal(home) as journal:
        with pytest.raises(InputError):
            journal.submit("reports", [report(1) | bad])
        with pytest.raises(InputError, match="at rest"):
            journal.submit("reports", [{"row_id": b"r" * 16}])
        journal.append("reports", [report(2)])
    assert seen(home) == names(2)


def test_a_failed_write_is_not_acknowledged_and_the_next_one_goes_on(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Journal(home) as journal:
        journal.append("reports", [report(1)])
        write = os.write

        def half(handle: int, content: Any) -> int:
            if len(content) > 5:
                return write(handle, content[:5])
            raise OSError(28, "No space left on device")

        with monkeypatch.context() as full:
            full.setattr(os, "write", half)
            with pytest.raises(StoreError, match="free some space"):
                journal.append("reports", [report(2)])
        journal.append("reports", [report(3)])
    assert seen(home) == names(1, 3)


def test_after_a_failed_sync_nothing_follows_in_that_segment(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    def failed(_: int) -> None:
        raise OSError(5, "Input/output error")

    with Journal(home) as journal:
        journal.append("reports", [report(1)])
        with monkeypatch.context() as broken:
            broken.setattr(os, "fdatasync", failed)
            with pytest.raises(StoreError, match="Input/output"):
                journal.append("reports", [report(2)])
        journal.append("reports", [report(3)])
        assert len(segments.numbers_in(home.folder("journal") / "reports")) == 2
    assert set(names(1, 3)) <= set(seen(home))


def test_a_segment_that_could_not_begin_leaves_no_file(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "write", full)
    with pytest.raises(StoreError):
        Segment(home.folder("journal") / "reports" / "seg-00000001.log", b"header")
    assert segments.numbers_in(home.folder("journal") / "reports") == []


SERVE = """
import sys
sys.path.insert(0, sys.argv[2])
import threading
from pathlib import Path
from test_journal import report
from wurao.store.home import Home
from wurao.store.journal import Journal
from wurao.store.lake import Lake
from wurao.store.schema import at_rest
first = int(sys.argv[3])
with Home.open(Path(sys.argv[1])).lock() as home, Journal(home, roll_bytes=2000) as journal:
    lake = Lake(home)
    def fold():
        while True:
            journal.fold(lake)
    threading.Thread(target=fold, daemon=True).start()
    for n in range(first, first + 100_000):
        journal.append("reports", [report(n)])
        print(n, flush=True)
"""


@pytest.mark.crash
def test_every_acknowledged_row_survives_a_kill_under_load(tmp_path: Path, size: Literal["desk", "ci", "long"]) -> None:
    home = Home.create(tmp_path / "home")
    acknowledged: list[int] = []
    for round_ in range(100 if size == "long" else 5):
        command = [sys.executable, "-c", SERVE, str(home.path), str(Path(__file__).parent), str(round_ * 1_000_000)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout
            acknowledged += [int(process.stdout.readline()) for _ in range(40 + 13 * (round_ % 5))]
            os.kill(process.pid, signal.SIGKILL)
            acknowledged += [int(line) for line in process.stdout if line.endswith("\n")]
        now = seen(home)
        assert len(now) == len(set(now))
        assert set(now) >= set(names(*acknowledged))
    with home.lock(), Journal(home) as journal:
        journal.fold(Lake(home))
    assert set(seen(home)) >= set(names(*acknowledged))


LIMITED = """
import resource, sys
sys.path.insert(0, sys.argv[2])
from pathlib import Path
from test_journal import report
from wurao.core.errors import StoreError
from wurao.store.home import Home
from wurao.store.journal import Journal
resource.setrlimit(resource.RLIMIT_FSIZE, (3000, 3000))
with Home.open(Path(sys.argv[1])).lock() as home, Journal(home) as journal:
    for n in range(1000):
        try:
            journal.append("reports", [report(n)])
        except StoreError as error:
            print(error.diagnostics(), file=sys.stderr)
            break
        print(n)
"""


def test_a_file_that_may_not_grow_refuses_the_row_and_keeps_the_acknowledged(tmp_path: Path) -> None:
    home = Home.create(tmp_path / "home")
    command = [sys.executable, "-c", LIMITED, str(home.path), str(Path(__file__).parent)]
    told = subprocess.run(command, capture_output=True, text=True, check=True)
    assert "ulimit -f" in told.stderr
    acknowledged = [int(line) for line in told.stdout.split()]
    assert acknowledged
    assert seen(home) == names(*acknowledged)
