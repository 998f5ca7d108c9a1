"""The lake's ids give the features that the numbers gave."""

from collections.abc import Callable
from pathlib import Path
from zoneinfo import ZoneInfo

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from wurao.core.clock import FixedClock
from wurao.core.errors import InputError, StoreError
from wurao.detection.features import FEATURES, WINDOWS, features
from wurao.detection.features.running import calls_in, calls_of, run
from wurao.intake.formats import format_of
from wurao.intake.interface import Reading
from wurao.intake.into_home import run_import
from wurao.store.home import Home
from wurao.store.lake import Lake


def rows(table: pa.Table) -> list[tuple[float, ...]]:
    """The rows without the caller, in an order of their own; nothing is -1."""
    columns = ("first_us", "last_us", *FEATURES)
    return sorted(tuple(-1 if row[name] is None else row[name] for name in columns) for row in table.to_pylist())


def a_lake(folder: Path, file: Path) -> Lake:
    """A home's lake with the calls of a file."""
    home = Home.create(folder / "home")
    reading = Reading("calls", ZoneInfo("Asia/Shanghai"))
    with home.lock():
        files = [(file, format_of(file, "calls", None))]
        done = run_import(home, reading, files, FixedClock(1_786_000_000_000_000), lambda _path, _read: None)
    assert (done.quarantined, done.stored) == (0, done.read)
    return Lake(home)


@pytest.mark.parametrize("window", ["k20", "24h"])
def test_a_lake_gives_what_its_file_gives(calls: Callable[..., pa.Table], tmp_path: Path, window: str) -> None:
    table = calls(600, 8, seed=4).sort_by("start_us")
    ids = pa.array([f"c{i:04}" for i in range(len(table))])  # a file in the order of its calls: steps follow it
    path = tmp_path / "calls.parquet"
    named = pc.if_else(pc.equal(table["caller"], 0), None, table["caller"])
    pq.write_table(table.set_column(0, "call_id", ids).set_column(1, "caller", named), path)
    with calls_of(a_lake(tmp_path, path)) as stored:
        at_rest = run(features(stored, WINDOWS[window]))
    with calls_in([path], tmp_path) as given:
        typed = run(features(given, WINDOWS[window]))
    assert at_rest.schema.field("caller").type == pa.binary()
    assert len(rows(typed)) > 5
    assert len(rows(at_rest)) == len(rows(typed))
    for stored_row, typed_row in zip(rows(at_rest), rows(typed), strict=True):
        assert stored_row == pytest.approx(typed_row, rel=1e-12)


def test_a_damaged_part_is_the_lakes(calls: Callable[..., pa.Table], tmp_path: Path) -> None:
    path = tmp_path / "calls.parquet"
    table = calls(50, 5, seed=1)
    pq.write_table(table.filter(pc.greater(table["caller"], 0)), path)
    lake = a_lake(tmp_path, path)
    part = lake.parts("calls")[0].path
    content = bytearray(part.read_bytes())
    content[4:400] = bytes(396)
    part.write_bytes(content)
    with pytest.raises(StoreError, match="lake can't be read"), calls_of(lake) as stored:
        run(features(stored, WINDOWS["k5"]))
    with pytest.raises(OSError, match="disk full"), calls_of(lake):
        raise OSError("disk full")


def test_a_file_that_is_none_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such file"), calls_in([tmp_path / "nothing"], tmp_path):
        pass
    (tmp_path / "text.parquet").write_text("caller,callee\n")
    with pytest.raises(InputError, match="duckdb couldn't"), calls_in([tmp_path / "text.parquet"], tmp_path):
        pass


def test_an_unknown_engine_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "calls.parquet").touch()
    with (
        pytest.raises(InputError, match="no engine 'polars'"),
        calls_in([tmp_path / "calls.parquet"], tmp_path, "polars"),
    ):
        pass
