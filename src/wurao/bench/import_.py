"""``wurao bench import``: CSV calls into a home – seconds, memory, and whether cost stays linear.

Baseline in the same run: Arrow reads the same CSV and writes it as one Parquet file, without judging a value, an
identity or a second look at what is there already. Each size is measured in a process of its own, so that its peak
memory is its own.
"""

import json
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
from pyarrow import csv, parquet

from wurao.bench.measure import Figures, machine, peak_gb, seconds
from wurao.core.clock import DAY_US, SECOND_US, SystemClock
from wurao.intake.formats import FORMATS
from wurao.intake.interface import Reading
from wurao.intake.into_home import run_import
from wurao.store.home import Home

SIZES: Final = (100_000, 1_000_000)
LONG_SIZES: Final = (500_000, 5_000_000)
CALLS_A_CALLER: Final = 50
DAYS: Final = 3
FIRST_US: Final = 20_660 * DAY_US
_CHUNK: Final = 500_000


def run(long: bool) -> Figures:  # noqa: FBT001 - what every benchmark is asked
    """Measure both sizes, each in its own process; returns the figures."""
    measured = [_in_a_process(rows) for rows in (LONG_SIZES if long else SIZES)]
    small, large = measured
    return {
        "bench": "import",
        "machine": machine(),
        "sizes": measured,
        "seconds": large["seconds"],
        "rows_a_second": large["rows_a_second"],
        "peak_gb": large["peak_gb"],
        "cost_a_row_large_to_small": round(small["rows_a_second"] / large["rows_a_second"], 2),
        "baseline": "pyarrow: read CSV, write Parquet",
        "baseline_seconds": large["baseline_seconds"],
        "ratio": round(large["seconds"] / large["baseline_seconds"], 1),
    }


def _in_a_process(rows: int) -> dict[str, Any]:
    with TemporaryDirectory(prefix="wurao-bench-") as folder:
        write_calls(Path(folder) / "calls.csv", rows)
        command = [sys.executable, "-m", "wurao.bench.import_", folder, str(rows)]
        done = subprocess.run(command, check=True, capture_output=True)  # noqa: S603 - our own module
        figures: dict[str, Any] = json.loads(done.stdout)
        return figures


def write_calls(path: Path, rows: int, seed: int = 5) -> None:
    """Write a CSV of calls as a switch exports them: in order of time, 50 a caller, callees all over the country."""
    rng = np.random.default_rng(seed)
    callers = rng.integers(13_000_000_000, 19_900_000_000, max(rows // CALLS_A_CALLER, 1))
    with path.open("wb") as file:
        for begin in range(0, rows, _CHUNK):
            table = _calls(rng, callers, begin, min(_CHUNK, rows - begin), rows)
            csv.write_csv(table, file, csv.WriteOptions(include_header=begin == 0))


def _calls(rng: np.random.Generator, callers: Any, begin: int, count: int, rows: int) -> pa.Table:
    seconds_in = (np.arange(begin, begin + count) * (DAYS * DAY_US // SECOND_US)) // rows
    local = (FIRST_US // SECOND_US + seconds_in).astype("datetime64[s]")

    def choose(*choices: str) -> Any:
        return np.array(choices)[rng.integers(0, len(choices), count)]

    columns: dict[str, Any] = {
        "call_id": np.char.add("c", np.arange(begin, begin + count).astype("U12")),
        "caller": rng.choice(callers, count).astype("U11"),
        "callee": rng.integers(13_000_000_000, 19_900_000_000, count).astype("U11"),
        "start": np.char.add(np.datetime_as_string(local), "+08:00"),
        "ring_ms": rng.integers(1_000, 40_000, count),
        "talk_ms": np.where(rng.random(count) < 0.4, rng.integers(1_000, 300_000, count), 0),
        "disposition": choose("answered", "no_answer", "busy"),
        "released_by": choose("caller", "callee", "network"),
        "ingress": choose("trunk-1", "trunk-2"),
        "user_agent": choose("Asterisk PBX 18", "FreeSWITCH", ""),
        "attestation": choose("A", "B", "C", ""),
        "imei_tac": choose("35332711", ""),
        "cells": rng.integers(1, 5, count),
    }
    return pa.table(columns)


def measure(folder: Path, rows: int) -> Figures:
    """Import the CSV of a folder into a new home there, then do the baseline; returns the figures of this process."""
    path = folder / "calls.csv"
    home = Home.create(folder / "home")
    reading = Reading("calls", ZoneInfo("Asia/Shanghai"))
    with home.lock():
        took = seconds(
            lambda: run_import(home, reading, [(path, FORMATS["csv"])], SystemClock(), lambda _path, _read: None)
        )
    peak = peak_gb()
    baseline = seconds(lambda: parquet.write_table(csv.read_csv(path), folder / "calls.parquet"))
    return {
        "rows": rows,
        "csv_bytes": path.stat().st_size,
        "lake_bytes": sum(part.stat().st_size for part in (folder / "home" / "lake").rglob("*.parquet")),
        "seconds": round(took, 2),
        "rows_a_second": round(rows / took),
        "peak_gb": peak,
        "baseline_seconds": round(baseline, 2),
    }


if __name__ == "__main__":
    print(json.dumps(measure(Path(sys.argv[1]), int(sys.argv[2]))))  # noqa: T201 - the answer to the parent process
