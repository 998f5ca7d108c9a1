"""FreePBX's blacklist as its module exports it: number and description, both as the office typed them.

An entry is an anonymous report of that number; the description is somebody's own words and isn't kept. The list carries
no times: it is read as of the day in its name, else of the file.
"""

from collections.abc import Iterator
from typing import Final

import pyarrow as pa

from wurao.core.errors import InputError
from wurao.intake import csv_
from wurao.intake.columns import contiguous, pc
from wurao.intake.interface import Batch, Format, Reading
from wurao.intake.opening import Source
from wurao.intake.phoneblock import day_of

_OWN_KEYS: Final = ["dest", "blocked"]
"""Settings of the module that its export lists among the numbers."""


def batches(source: Source, _reading: Reading) -> Iterator[Batch]:
    """Yield the entries as anonymous reports; raises InputError if there is no column ``number``."""
    day = day_of(source)
    for batch in csv_.tables(source):
        if "number" not in batch.table.column_names:
            raise InputError("no column is called number", where=str(source.path), mend="export it in FreePBX")
        numbers = contiguous(batch.table.column("number"))
        entries = pc.invert(pc.is_in(numbers, pa.array(_OWN_KEYS)))
        kept = numbers.filter(entries)
        table = pa.table({"subject": kept, "occurred": pa.array([day] * len(kept), pa.string())})
        lines = batch.lines[entries.to_numpy(zero_copy_only=False)]
        yield Batch(table, lines, batch.faults, batch.left_out + len(numbers) - len(kept))


FORMAT: Final = Format("freepbx", batches, facts=("reports",))
