"""``wurao bench screen``: calls replayed over the shield, with and without a line per call, beside Arrow's plain read.

The command itself is measured, as a process of its own: start, opening the tables and reading the file included.
"""

import json
import resource
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import numpy as np
import pyarrow as pa
from pyarrow import parquet

from wurao.bench.measure import Figures, machine, median
from wurao.core.clock import SystemClock
from wurao.core.standing import Standing
from wurao.intake.columns import pc
from wurao.screening.shield import Shield
from wurao.store.book import Book
from wurao.store.home import Home

CALLS: Final = 1_000_000
LONG_CALLS: Final = 10_000_000
RISKS: Final = 50_000
_CALLERS: Final = 13_500_000_000
_ROWS: Final = 1 << 20
_PROGRAM: Final = (sys.executable, "-c", "from wurao.cli import main; main()")


def run(long: bool = False) -> Figures:  # noqa: FBT001, FBT002 - the flag of every benchmark
    """Return seconds and peak memory of replaying 1 M calls, 10 M with ``long``, every callee strict."""
    calls = LONG_CALLS if long else CALLS
    with TemporaryDirectory(prefix="bench-screen-") as name:
        folder = Path(name)
        home, file = _home(folder / "home"), _calls(folder / "calls.parquet", calls)
        summary = [_screened(home, file) for _ in range(3)]
        with_lines = [_screened(home, file, folder / "out.jsonl") for _ in range(1 if long else 3)]
        plain = median([lambda: parquet.read_table(file) for _ in range(3)])
        written = (folder / "out.jsonl").stat().st_size
    seconds = sorted(summary)[len(summary) // 2]
    return {
        **machine(),
        "calls": calls,
        "risks": RISKS,
        "summary_seconds": round(seconds, 2),
        "out_seconds": round(sorted(with_lines)[len(with_lines) // 2], 2),
        "out_bytes": written,
        "peak_gb": round(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024 / 1e9, 2),
        "baseline": "pyarrow reads the whole file into memory",
        "baseline_seconds": round(plain, 2),
        "ratio": round(seconds / plain, 1),
    }


def _screened(home: Path, file: Path, out: Path | None = None) -> float:
    asked = [*_PROGRAM, "screen", str(file), "--home", str(home), "--wishes", "all", "--json"]
    done: dict[str, Any] = {}

    def work() -> None:
        extra = ["--out", str(out)] if out else []
        result = subprocess.run([*asked, *extra], check=True, capture_output=True)  # noqa: S603 - our own program
        done.update(json.loads(result.stdout))

    return median([work])


def _home(path: Path) -> Path:
    """Make a home whose tables know some of the callers."""
    home, clock = Home.create(path), SystemClock()
    generator = np.random.default_rng(3)
    known = 86 * 10**11 + _CALLERS + generator.choice(20_000_000, RISKS, replace=False)
    strengths = generator.random(RISKS)
    now_us = clock.now_us()
    with home.lock():
        book = Book.at(home.book, clock)
        book.replace_standing(
            "reporting",
            (
                Standing(number, "REPORTED", strength, "reporting", now_us, category="securities")
                for number, strength in zip(known.tolist(), strengths.tolist(), strict=True)
            ),
        )
        with Shield(home, book, clock) as shield:
            shield.start()
        book.close()
    return path


def _calls(path: Path, calls: int) -> Path:
    """Write calls of 20 M callers to 5 M callees, text columns as any export has them."""
    generator = np.random.default_rng(5)
    begin_us = SystemClock().now_us() - calls * 1000
    writer: Any = None
    for first in range(0, calls, _ROWS):
        count = min(_ROWS, calls - first)
        rows = np.arange(first, first + count)
        columns = {
            "call_id": _texts("c", rows),
            "caller": _texts("+86", _CALLERS + generator.integers(0, 20_000_000, count)),
            "callee": _texts("+86", 13_900_000_000 + generator.integers(0, 5_000_000, count)),
            "start_us": pa.array(begin_us + rows * 1000),
            "talk_ms": pa.array(generator.integers(0, 90_000, count)),
            "ingress": pa.array([""] * count),
        }
        table = pa.table(columns)
        writer = writer or parquet.ParquetWriter(path, table.schema)
        writer.write_table(table)
    writer.close()
    return path


def _texts(prefix: str, values: Any) -> Any:
    return pc.binary_join_element_wise(prefix, pa.array(values).cast(pa.string()), "")
