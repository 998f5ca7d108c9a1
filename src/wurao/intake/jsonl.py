"""JSON Lines: one object a line; values may be text, numbers, booleans or null, nothing nested."""

from collections.abc import Iterator
from typing import Any, Final

import msgspec
import numpy as np
import pyarrow as pa

from wurao.intake.interface import MAX_COLUMNS, Batch, Fault, Format, Reading
from wurao.intake.lines import text_lines
from wurao.intake.opening import Source

_BATCH_ROWS: Final = 1 << 16


def batches(source: Source, _reading: Reading) -> Iterator[Batch]:
    """Yield the rows of a JSON Lines file; a line that is no flat object becomes a fault. Raises InputError."""
    for lines, faults in text_lines(source):
        waiting = faults
        for begin in range(0, max(len(lines), 1), _BATCH_ROWS):
            yield _parsed(lines[begin : begin + _BATCH_ROWS], waiting)
            waiting = ()


def _parsed(lines: list[tuple[int, str]], faults: tuple[Fault, ...]) -> Batch:
    read = [(line, text, _flat(text)) for line, text in lines]
    good = [(line, row) for line, _, row in read if not isinstance(row, str)]
    refused = tuple(Fault(line, "", row, text) for line, text, row in read if isinstance(row, str))
    return Batch(as_table([row for _, row in good]), np.array([line for line, _ in good], np.int64), faults + refused)


def as_table(rows: list[dict[str, str]]) -> pa.Table:
    """Return rows of text as a table of text columns, "" where a row lacks one."""
    names = dict.fromkeys(name for row in rows for name in row)
    return pa.table({name: pa.array([row.get(name, "") for row in rows], pa.string()) for name in names})


def _flat(text: str) -> dict[str, str] | str:
    """Return the columns of one line as text, or why it has none."""
    try:
        row = msgspec.json.decode(text)
    except (msgspec.DecodeError, RecursionError) as error:
        return f"no JSON object ({error})"
    if not isinstance(row, dict) or len(row) > MAX_COLUMNS:
        return "no JSON object" if not isinstance(row, dict) else f"more than {MAX_COLUMNS} columns"
    nested = next((name for name, value in row.items() if isinstance(value, dict | list)), None)
    return f"column {nested[:64]!r} is nested" if nested is not None else {k: _text(v) for k, v in row.items()}


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "1" if value else "0"
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


FORMAT: Final = Format("jsonl", batches, suffixes=(".jsonl", ".ndjson", ".json"))
