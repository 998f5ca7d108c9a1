"""Every column is the same on DuckDB and on a real Spark with two workers."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from wurao.detection.features import FEATURES, WINDOWS, features
from wurao.detection.features.running import calls_in, run

PATIENCE_S = 300
TOLERANCE = 1e-9


def difference(one: pa.ChunkedArray, other: pa.ChunkedArray) -> float:
    """Return the largest difference relative to the value, or to one where the value is less."""
    left, right = (pc.fill_null(column, 0).to_numpy() for column in (one, other))
    return float(np.max(np.abs(left - right) / np.maximum(np.abs(left), 1)))


def test_every_column_is_the_same_on_two_workers(
    cluster: tuple[str, dict[str, str]], calls: Callable[..., pa.Table], tmp_path: Path
) -> None:
    master, environment = cluster
    source = tmp_path / "calls.parquet"
    pq.write_table(calls(3000, 40, seed=6), source)
    command = [sys.executable, str(Path(__file__).with_name("on_engine.py")), master, str(source), str(tmp_path), "k20"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=PATIENCE_S, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    on_spark = pq.read_table(tmp_path / "k20.parquet").sort_by("caller")
    with calls_in([source], tmp_path) as given:
        on_duckdb = run(features(given, WINDOWS["k20"])).sort_by("caller")
    assert on_spark.schema == on_duckdb.schema
    assert len(on_spark) > 20
    for name in ("caller", "first_us", "last_us", *FEATURES):
        assert on_spark[name].is_null().equals(on_duckdb[name].is_null()), name
        assert difference(on_spark[name], on_duckdb[name]) <= TOLERANCE, name


def test_a_spark_that_isnt_there_is_one_line(cluster: tuple[str, dict[str, str]], tmp_path: Path) -> None:
    _, environment = cluster
    (tmp_path / "calls.parquet").write_text("no calls")
    command = [sys.executable, str(Path(__file__).with_name("on_engine.py")), "local[1]"]
    command += [str(tmp_path / "calls.parquet"), str(tmp_path), "k5"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=PATIENCE_S, check=False)
    assert done.returncode == 1
    assert "InputError: local[1] couldn't:" in done.stderr.splitlines()[-1]
