"""Own numbers as CSV, for the second real-name check 二次实人: one row a number and day, harmless in a spreadsheet."""

import csv
import io
from collections.abc import Iterable
from typing import Final

import msgspec

from wurao.detection.originating.own import OwnDay

COLUMNS: Final = OwnDay.__struct_fields__
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "\n")


def to_csv(rows: Iterable[OwnDay]) -> str:
    """Return the rows with a header; what isn't known is empty, numbers are E.164 without +."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(COLUMNS)
    for row in rows:
        writer.writerow([_cell(value) for value in msgspec.structs.astuple(row)])
    return out.getvalue()


def _cell(value: object) -> str:
    """Return a cell that no spreadsheet takes for a formula: organisation and purpose are other people's words."""
    text = "" if value is None else str(int(value)) if isinstance(value, bool) else str(value)
    return f"'{text}" if text.startswith(_FORMULA) else text
