"""``wurao bench features``: features of callers – CPU and memory, and whether both stay linear and below 8 GB.

Baseline in the same run: the same columns in SQL written by hand for DuckDB alone (``features_sql``), under the same
limits. Each run has a process of its own, so that CPU and peak are its own; medians of several, and the largest
difference between the columns of both. With --engine also that of a Spark.
"""

import json
import resource
import statistics
import subprocess
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import click
import duckdb
import numpy as np
import pyarrow as pa
from pyarrow import parquet

from wurao.bench.features_sql import SQL
from wurao.bench.measure import RUNS, Figures, machine, peak_gb, seconds
from wurao.core.clock import DAY_US
from wurao.core.numbering import CHINA
from wurao.detection.features import FEATURES, WINDOWS, features
from wurao.detection.features.running import calls_in, limits
from wurao.detection.features.running import run as computed
from wurao.intake.columns import Array, pc

SIZES: Final = (200_000, 2_000_000)
LONG_SIZES: Final = (2_000_000, 20_000_000)
CALLS_A_CALLER: Final = 50
DAYS: Final = 7
FIRST_US: Final = 20_660 * DAY_US
WINDOW: Final = WINDOWS["7d"]
"""The widest: every call is inside."""
_CHUNK: Final = 1_000_000
_BY_HAND: Final = "sql"

options = [
    click.Option(["--engine"], help="Also on this Spark (local[N], spark://HOST:PORT), at the smaller size."),
]


def run(long: bool, engine: str | None = None) -> Figures:  # noqa: FBT001 - what every benchmark is asked
    """Measure both sizes in both ways and return the figures."""
    with TemporaryDirectory(prefix="wurao-bench-") as folder:
        small, large = (_at_size(Path(folder), rows) for rows in (LONG_SIZES if long else SIZES))
        spark = _on_spark(Path(folder), engine, small) if engine else {}
    return {
        "bench": "features",
        "machine": machine(),
        "features": len(FEATURES),
        "runs": RUNS,
        "sizes": [small, large],
        "cpu_seconds": large["cpu_seconds"],
        "peak_gb": large["peak_gb"],
        "cpu_a_call_large_to_small": round(_a_call(large) / _a_call(small), 2),
        "baseline": "SQL written by hand for DuckDB",
        "baseline_cpu_seconds": large["baseline_cpu_seconds"],
        "ratio": large["ratio"],
        **spark,
    }


def _at_size(folder: Path, rows: int) -> dict[str, Any]:
    write_calls(folder / f"{rows}.parquet", rows)
    runs = [(_in_a_process(folder, rows, "duckdb"), _in_a_process(folder, rows, _BY_HAND)) for _ in range(RUNS)]

    def median(way: int, of: str) -> float:
        return statistics.median(pair[way][of] for pair in runs)

    return {
        "calls": rows,
        "callers": parquet.read_metadata(folder / f"{rows}-duckdb.parquet").num_rows,
        "seconds": median(0, "seconds"),
        "cpu_seconds": median(0, "cpu_seconds"),
        "peak_gb": median(0, "peak_gb"),
        "baseline_seconds": median(1, "seconds"),
        "baseline_cpu_seconds": median(1, "cpu_seconds"),
        "baseline_peak_gb": median(1, "peak_gb"),
        "ratio": round(median(0, "cpu_seconds") / median(1, "cpu_seconds"), 2),
        "largest_difference": _difference(*(folder / f"{rows}-{way}.parquet" for way in ("duckdb", _BY_HAND))),
    }


def _a_call(size: dict[str, Any]) -> float:
    return float(size["cpu_seconds"] / size["calls"])


def _on_spark(folder: Path, engine: str, size: dict[str, Any]) -> Figures:
    rows = size["calls"]
    took = _in_a_process(folder, rows, engine)["seconds"]
    difference = _difference(folder / f"{rows}-duckdb.parquet", folder / f"{rows}-{_named(engine)}.parquet")
    return {"spark": engine, "spark_calls": rows, "spark_seconds": took, "spark_largest_difference": difference}


def _named(way: str) -> str:
    return way if way in {"duckdb", _BY_HAND} else "spark"


def _in_a_process(folder: Path, rows: int, way: str) -> dict[str, float]:
    out = folder / f"{rows}-{_named(way)}.parquet"
    command = [sys.executable, "-m", "wurao.bench.features", way, str(folder / f"{rows}.parquet"), str(out)]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE)  # noqa: S603 - our own module
    figures: dict[str, float] = json.loads(done.stdout)
    return figures


def write_calls(path: Path, rows: int, seed: int = 5) -> None:
    """Write calls in order of time: few callers call much, half to whom they know, some to numbers in a row."""
    rng = np.random.default_rng(seed)
    numbers = CHINA * 10**11 + rng.integers(13 * 10**9, 20 * 10**9, max(rows // CALLS_A_CALLER, 10))
    at_us = FIRST_US + np.sort(rng.integers(0, DAYS * DAY_US, rows))
    writer: parquet.ParquetWriter | None = None
    for begin in range(0, rows, _CHUNK):
        table = _calls(rng, numbers, begin, at_us[begin : begin + _CHUNK])
        writer = writer or parquet.ParquetWriter(path, table.schema)
        writer.write_table(table, row_group_size=122_880)
    if writer:
        writer.close()


def _calls(rng: np.random.Generator, numbers: Any, begin: int, at_us: Any) -> pa.Table:
    rows, known = len(at_us), len(numbers)
    who = (known * rng.random(rows) ** 2).astype(np.int64)
    friend = numbers[(who + rng.integers(1, 9, rows)) % known]
    in_a_row = numbers[who] + rng.integers(1, 9, rows)
    whom = np.choose(rng.integers(0, 4, rows), [friend, friend, numbers[rng.integers(0, known, rows)], in_a_row])
    talks = rng.random(rows) < 0.4

    def chosen(*texts: str) -> Array:
        return pc.take(pa.array(texts), pa.array(rng.integers(0, len(texts), rows)))

    missed = chosen("no_answer", "busy", "cancelled")
    columns: dict[str, Any] = {
        "call_id": pc.binary_join_element_wise("c", pa.array(np.arange(begin, begin + rows)).cast(pa.string()), ""),
        "caller": numbers[who].astype(np.uint64),
        "callee": whom.astype(np.uint64),
        "start_us": at_us,
        "ring_ms": rng.integers(1_000, 40_000, rows, np.int32),
        "talk_ms": np.where(talks, rng.integers(1_000, 300_000, rows, np.int32), 0),
        "disposition": pc.if_else(pa.array(talks), "answered", missed),
        "released_by": chosen("caller", "callee", "network"),
        "ingress": chosen("trunk-1", "trunk-2"),
        "user_agent": chosen("Asterisk PBX 18", "FreeSWITCH", "Yeastar"),
        "attestation": chosen("A", "B", "C"),
        "imei_tac": chosen("35332711", "86012345"),
        "cells": rng.integers(1, 5, rows, np.int32),
    }
    return pa.table(columns)


def _difference(one: Path, other: Path) -> float:
    """Return the largest difference, relative to the value or to 1; not a number where one knows what the other not."""
    left, right = (parquet.read_table(path).sort_by("caller") for path in (one, other))
    found = 0.0
    for name in left.column_names:
        if not left[name].is_null().equals(right[name].is_null()):
            return float("nan")
        values, others = (pc.fill_null(table[name], 0).to_numpy() for table in (left, right))
        found = max(found, float(np.max(np.abs(values - others) / np.maximum(np.abs(values), 1))))
    return found


def measure(way: str, calls: Path, out: Path) -> Figures:
    """Compute the features of a file in one way into another; returns what it took of this process."""
    work: Callable[[], object] = partial(_by_hand if way == _BY_HAND else _by_ibis, way, calls, out)
    before = _cpu_seconds()
    took = seconds(work)
    return {"seconds": round(took, 2), "cpu_seconds": round(_cpu_seconds() - before, 2), "peak_gb": peak_gb()}


def _by_ibis(way: str, calls: Path, out: Path) -> None:
    with TemporaryDirectory(dir=out.parent) as scratch, calls_in([calls], Path(scratch), way) as given:
        parquet.write_table(computed(features(given, WINDOW)), out)


def _by_hand(_: str, calls: Path, out: Path) -> None:
    with TemporaryDirectory(dir=out.parent) as scratch, duckdb.connect(config=limits(Path(scratch))) as connection:
        told = connection.sql(SQL, params={"file": str(calls), "span_us": WINDOW.span_us})
        parquet.write_table(told.to_arrow_table(), out)


def _cpu_seconds() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


if __name__ == "__main__":
    print(json.dumps(measure(sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3]))))  # noqa: T201 - the answer to the parent
