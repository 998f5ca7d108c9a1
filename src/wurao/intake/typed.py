"""A file of calls of any format that intake knows → Parquet with intake's types, for whoever computes on calls."""

from pathlib import Path
from zoneinfo import ZoneInfo

import msgspec
import numpy as np
import pyarrow as pa
from pyarrow import parquet

from wurao.core.clock import CHINA
from wurao.core.errors import InputError
from wurao.core.facts import FACTS
from wurao.intake.columns import Array
from wurao.intake.formats import format_by_name
from wurao.intake.interface import Reading
from wurao.intake.opening import Source
from wurao.intake.validation import check, match_columns


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


def write_typed(calls: Path, out: Path, zone: ZoneInfo = CHINA) -> Written:
    """Write the calls of a file as intake types them to Parquet; raises InputError if it holds none."""
    its_format, reading, done = format_by_name(calls, "calls"), Reading("calls", zone), Written({}, {})
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
