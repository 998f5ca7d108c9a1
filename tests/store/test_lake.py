import os
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from pathlib import Path
from typing import Any, Literal

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from wurao.core.clock import DAY_US
from wurao.core.errors import InputError, StoreError
from wurao.store.home import Home
from wurao.store.lake import Appended, Lake, ids_in
from wurao.store.parts import counting, listed, sweep
from wurao.store.rewriting import compact, erase, quarantine_damaged

NOON_US = 1_625_630_400_000_000


def ids(lake: Lake, **span: int) -> Counter[int]:
    batches = lake.read("calls", ["row_id"], **span)
    return Counter(int.from_bytes(i, "little") for batch in batches for i in batch["row_id"].to_pylist())


def once_each(*numbers: range) -> Counter[int]:
    return Counter(n for some in numbers for n in some)


def test_an_empty_lake_reads_as_no_rows_with_all_columns(lake: Lake) -> None:
    assert ids(lake) == Counter()
    assert lake.latest("calls", 5).num_rows == 0
    with pytest.raises(InputError, match="keeps no fact 'rumours'"):
        list(lake.read("rumours"))


def test_a_long_query_draws_nothing_on_stdout(lake: Lake, capfd: pytest.CaptureFixture[str]) -> None:
    with lake.connection() as connection:
        connection.execute("SET progress_bar_time = 1")
        connection.sql("SELECT count(*) FROM range(30_000_000) AS r(n) WHERE n % 7 = 3").to_arrow_table()
    assert capfd.readouterr().out == ""


def test_rows_brought_again_are_dropped_and_counted(lake: Lake, calls: Any) -> None:
    assert lake.append("calls", calls(0, 10)) == Appended(10, 0)
    assert lake.append("calls", calls(5, 10)) == Appended(5, 5)
    assert lake.append("calls", calls(0, 15)) == Appended(0, 15)
    assert lake.append("calls", pa.concat_tables([calls(20, 2)] * 3)) == Appended(2, 4)
    assert lake.append("calls", calls(0, 0)) == Appended(0, 0)
    assert ids(lake) == once_each(range(15), range(20, 22))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=15)
@given(spans=st.lists(st.tuples(st.integers(0, 40), st.integers(0, 30)), max_size=5), few=st.integers(2, 4))
def test_any_overlapping_appends_leave_each_row_once(
    tmp_path_factory: pytest.TempPathFactory, calls: Any, spans: list[tuple[int, int]], few: int
) -> None:
    with Home.create(tmp_path_factory.mktemp("home")).lock() as home:
        lake = Lake(home)
        for start, count in spans:
            lake.append("calls", calls(start, count, per_day=7))
            compact(lake, few=few)
        assert ids(lake) == once_each({n for start, count in spans for n in range(start, start + count)})


def test_reading_goes_by_microseconds_and_opens_only_the_days_it_needs(lake: Lake, calls: Any) -> None:
    lake.append("calls", calls(0, 30, per_day=10))
    second = NOON_US + DAY_US
    assert ids(lake, from_us=second + 2, to_us=second + 13) == once_each(range(12, 20))
    assert len(lake.parts("calls", second + 2, second + 13)) == 1
    assert ids(lake, to_us=second) == once_each(range(10))
    assert lake.latest("calls", 3)["start_us"].to_pylist() == [second + DAY_US + 29 - 20 - n for n in range(3)]
    assert lake.latest("calls", 15, ["start_us"]).num_rows == 15
    assert lake.latest("calls", 99).num_rows == 30


def test_the_day_is_the_chinese_day(lake: Lake, calls: Any) -> None:
    midnight = NOON_US + DAY_US // 2
    at = pa.array([midnight - 1, midnight])
    table = calls(0, 2)
    lake.append("calls", table.set_column(table.schema.get_field_index("start_us"), table.field("start_us"), at))
    assert sorted(p.name for p in lake.folder("calls").iterdir()) == ["day=2021-07-07", "day=2021-07-08"]


def test_only_the_holder_of_the_lock_writes(tmp_path: Path, calls: Any) -> None:
    home = Home.create(tmp_path / "home")
    for write in (lambda: Lake(home).append("calls", calls(0, 1)), lambda: compact(Lake(home))):
        with pytest.raises(StoreError, match="reading only"):
            write()
    assert ids(Lake(home)) == Counter()


def test_compaction_makes_one_part_and_leaves_the_old_to_readers_for_a_while(lake: Lake, calls: Any) -> None:
    for start in range(0, 50, 10):
        lake.append("calls", calls(start, 10))
    [folder] = lake.folder("calls").iterdir()
    done = compact(lake)
    assert (done.merged, done.deleted) == (5, 0)
    assert len(counting(listed(folder))) == 1
    assert len(listed(folder)) == 6
    assert ids(lake) == once_each(range(50))
    assert sweep(folder, grace_s=0) == 5
    assert ids(lake) == once_each(range(50))
    assert lake.append("calls", calls(45, 10)) == Appended(5, 5)
    assert compact(lake).merged == 0


def test_readers_see_each_row_once_while_parts_are_replaced(lake: Lake, calls: Any) -> None:
    lake.append("calls", calls(0, 500))
    wrong: list[object] = []
    stop = threading.Event()

    def look() -> None:
        while not stop.is_set():
            seen = ids(lake)
            if set(seen.values()) != {1} or not seen.keys() >= set(range(500)):
                wrong.append(seen)

    reader = threading.Thread(target=look)
    reader.start()
    for start in range(500, 1000, 50):
        lake.append("calls", calls(start, 50))
        compact(lake, few=2)
    stop.set()
    reader.join()
    assert not wrong


def test_a_compaction_killed_before_its_rename_leaves_the_old_parts(lake: Lake, calls: Any) -> None:
    for start in range(0, 50, 10):
        lake.append("calls", calls(start, 10))
    [folder] = lake.folder("calls").iterdir()
    (folder / ".part-00000001-00000005-001.parquet").write_bytes(b"half a part")
    assert ids(lake) == once_each(range(50))
    assert compact(lake, few=99).deleted == 1
    assert ids(lake) == once_each(range(50))


def _damage(path: Path, how: str) -> None:
    content = bytearray(path.read_bytes())
    if how == "cut":
        del content[len(content) // 2 :]
    elif how == "flipped":
        ids_at = pq.ParquetFile(path).metadata.row_group(0).column(0)
        content[ids_at.data_page_offset + ids_at.total_compressed_size // 2] ^= 0xFF
    else:
        content.clear()
    path.write_bytes(content)


@pytest.mark.parametrize("how", ["cut", "flipped", "emptied"])
def test_a_damaged_part_is_a_clear_error_and_can_be_set_aside(lake: Lake, calls: Any, how: str) -> None:
    lake.append("calls", calls(0, 1000))
    lake.append("calls", calls(1000, 1000))
    victim = lake.parts("calls")[0]
    _damage(victim.path, how)
    with pytest.raises(StoreError, match=r"part-00000001.*damaged.*doctor --mend"):
        ids_in(victim)
    with pytest.raises(StoreError, match=r"damaged"):
        lake.append("calls", calls(0, 1))
    [aside] = quarantine_damaged(lake)
    assert aside.parent == lake.home.folder("quarantine")
    assert ids(lake) == once_each(range(1000, 2000))
    assert lake.append("calls", calls(0, 2000)) == Appended(1000, 1000)


def test_a_read_of_a_cut_part_is_a_store_error(lake: Lake, calls: Any) -> None:
    lake.append("calls", calls(0, 1000))
    _damage(lake.parts("calls")[0].path, "cut")
    with pytest.raises(StoreError, match="part-00000001"):
        ids(lake)


def test_erasing_a_number_leaves_no_row_and_no_old_part(lake: Lake, identities: Any, enrolled: Any) -> None:
    rows = [
        {"row_id": bytes([n]) * 16, "caller": 2_100_000_000 + n % 2, "callee": 13_800_000_000 + n % 3, "start_us": n}
        for n in range(12)
    ]
    for start in (0, 6):
        lake.append("calls", identities.protect("calls", pa.Table.from_pylist(rows[start : start + 6]), enrolled))
    gone = identities.id_of(13_800_000_001)
    assert erase(lake, gone) == 4
    assert erase(lake, gone) == 0
    left = pa.Table.from_batches(list(lake.read("calls")))
    assert left.num_rows == 8
    assert gone not in left["callee_id"].to_pylist()
    [folder] = lake.folder("calls").iterdir()
    assert all(gone not in path.read_bytes() for path in folder.iterdir())


IMPORT = """
import sys
sys.path.insert(0, sys.argv[2])
from pathlib import Path
from conftest import calls_of
from wurao.store.home import Home
from wurao.store.lake import Lake
from wurao.store.rewriting import compact
with Home.open(Path(sys.argv[1])).lock() as home:
    lake = Lake(home)
    for start in range(0, 4000, 400):
        lake.append("calls", calls_of(start, 400, per_day=1000))
        print(start + 400, flush=True)
        compact(lake, few=2)
print("done", flush=True)
"""


@pytest.mark.crash
def test_an_import_killed_anywhere_and_run_again_stores_each_row_once(
    tmp_path: Path, size: Literal["desk", "ci", "long"]
) -> None:
    for attempt in range(6 if size == "long" else 1):
        home = Home.create(tmp_path / f"home{attempt}")
        command = [sys.executable, "-c", IMPORT, str(home.path), str(Path(__file__).parent)]
        for round_ in range(8):
            with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
                assert process.stdout
                acknowledged = [int(process.stdout.readline()) for _ in range(1 + round_)]
                time.sleep(0.003 * round_)
                os.kill(process.pid, signal.SIGKILL)
            seen = ids(Lake(home))
            assert set(seen.values()) == {1}
            assert seen.keys() >= set(range(acknowledged[-1]))
        ended = subprocess.run(command, capture_output=True, text=True, check=True)
        assert ended.stdout.endswith("done\n")
        assert ids(Lake(home)) == once_each(range(4000))


FULL = """
import resource, sys
sys.path.insert(0, sys.argv[2])
from pathlib import Path
from conftest import calls_of
from wurao.core.errors import StoreError
from wurao.store.home import Home
from wurao.store.lake import Lake
with Home.open(Path(sys.argv[1])).lock() as home:
    lake = Lake(home)
    lake.append("calls", calls_of(0, 100))
    resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))
    try:
        lake.append("calls", calls_of(100, 100_000, per_day=60_000))
    except StoreError as error:
        print(error.diagnostics())
"""


def test_a_full_disk_is_a_store_error_and_loses_nothing(tmp_path: Path) -> None:
    home = Home.create(tmp_path / "home")
    command = [sys.executable, "-c", FULL, str(home.path), str(Path(__file__).parent)]
    told = subprocess.run(command, capture_output=True, text=True, check=True)
    assert "ulimit -f" in told.stdout
    assert ids(Lake(home)) == once_each(range(100))
    assert not list(home.path.rglob(".part-*"))
