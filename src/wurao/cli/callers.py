"""Wiring: a file of calls → the port through which scoring asks for features of its callers, window by window."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import msgspec
import numpy as np
import pyarrow as pa
from pyarrow import parquet

from wurao.core.clock import CHINA
from wurao.core.errors import ConfigError, InputError
from wurao.core.facts import FACTS
from wurao.intake.columns import Array
from wurao.intake.formats import format_of
from wurao.intake.interface import Reading
from wurao.intake.opening import Source
from wurao.intake.validation import check, match_columns

if TYPE_CHECKING:
    from wurao.detection.scoring.staged import Features


class Written(msgspec.Struct):
    """Typed calls: each caller as the file first wrote it, how many calls it made, rows that could not be read."""

    written: dict[int, str]
    calls: dict[int, int]
    unreadable: int = 0

    def add(self, numbers: Array, texts: Array) -> None:
        """Count a batch of callers."""
        groups = pa.table({"number": numbers, "text": texts}).group_by("number", use_threads=False)
        for row in groups.aggregate([("text", "first"), ("number", "count")]).to_pylist():
            self.written.setdefault(row["number"], row["text_first"])
            self.calls[row["number"]] = self.calls.get(row["number"], 0) + row["number_count"]


@contextmanager
def live_features_of(calls: Path, scratch: Path, zone: ZoneInfo = CHINA) -> Iterator[tuple["Features", Written]]:
    """Give the live features of the callers in a file of calls, of which only the beginnings are looked at.

    Raises InputError for a file that is none.
    """
    from wurao.detection.live.replaying import begun_in, replayed

    with TemporaryDirectory(prefix="calls-", dir=scratch) as folder:
        written = write_typed(calls, typed := Path(folder) / "calls.parquet", zone)
        yield replayed(begun_in(typed)), written


@contextmanager
def features_of(calls: Path, scratch: Path, zone: ZoneInfo = CHINA) -> Iterator[tuple["Features", Written]]:
    """Give the features of the callers in a file of calls, of any format that intake knows, and how it wrote them.

    Raises InputError for a file that is none, ConfigError without the extra [detect].
    """
    try:
        from wurao.detection.features import WINDOWS, features, running
    except ModuleNotFoundError as missing:
        raise ConfigError(f"features need {missing.name}", mend="pip install 'wurao[detect]'") from None
    with TemporaryDirectory(prefix="calls-", dir=scratch) as folder:
        typed = Path(folder) / "calls.parquet"
        written = write_typed(calls, typed, zone)
        with running.calls_in([typed], Path(folder)) as table:
            known: dict[str, pa.Table] = {}

            def ask(window: str) -> pa.Table:
                if window not in known:
                    known[window] = running.run(features(table, WINDOWS[window]))
                return known[window]

            yield ask, written


def write_typed(calls: Path, out: Path, zone: ZoneInfo = CHINA) -> Written:
    """Write the calls of a file as intake types them to Parquet; raises InputError if it holds none."""
    its_format, reading, done = format_of(calls, "calls", None), Reading("calls", zone), Written({}, {})
    writer: parquet.ParquetWriter | None = None
    try:
        for batch in its_format.batches(Source(calls), reading):
            matched = match_columns(FACTS["calls"], list(batch.table.column_names), str(calls))
            checked = check(batch, matched, reading)
            done.unreadable += len(batch.faults) + len(checked.faults)
            kept = pa.array(np.isin(batch.lines, checked.lines))
            done.add(checked.table.column("caller"), batch.table.column(matched["caller"]).filter(kept))
            writer = writer or parquet.ParquetWriter(out, checked.table.schema)
            writer.write_table(checked.table)
    finally:
        if writer is not None:
            writer.close()
    if writer is None:
        raise InputError("the file holds no call", where=str(calls))
    return done
