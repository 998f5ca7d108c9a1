"""Block lists of German projects: a number or prefix a line, written as dialled in Germany.

PhoneBlock (https://phoneblock.net) gives a column ``phone``, the FritzBox lists of dontobi a column ``line`` or bare
lines with # comments. ``00`` begins a foreign number, ``0`` a German one; a final * makes it a prefix. Lists carry no
times: the day in the file's name counts, else the day of the file itself.
"""

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Final

import numpy as np
import pyarrow as pa

from wurao.core.clock import iso, to_us
from wurao.core.errors import InputError
from wurao.intake import parquet
from wurao.intake.interface import Batch, Fault, Format, Reading
from wurao.intake.lines import text_lines
from wurao.intake.opening import Source

_DAY: Final = re.compile(r"(20\d\d)-?(0[1-9]|1[0-2])-?(0[1-9]|[12]\d|3[01])(?!\d)")
_ENTRY: Final = re.compile(r"(?:\+|00?)?[1-9]\d*\*?")
_COLUMNS: Final = ("phone", "line", "number")
_SHORTEST: Final = 9
"""Digits of a number with its country code; a shorter one would hit whole networks and must be marked a prefix."""
_SHORTEST_PREFIX: Final = 7


def batches(source: Source, reading: Reading) -> Iterator[Batch]:
    """Yield the entries as anonymous reports; raises InputError if the file is no list."""
    day = day_of(source)
    lists = _from_parquet(source, reading) if source.head.startswith(b"PAR1") else _from_text(source)
    for texts, lines, faults in lists:
        yield _reports(texts, lines, faults, day)


Entries = Iterator[tuple[list[str], list[int], tuple[Fault, ...]]]


def _from_parquet(source: Source, reading: Reading) -> Entries:
    for batch in parquet.batches(source, reading):
        name = next((name for name in _COLUMNS if name in batch.table.column_names), None)
        if name is None:
            raise InputError(f"no column is called {' or '.join(_COLUMNS)}", where=str(source.path))
        entries = batch.table.column(name)
        yield [str(entry) for entry in entries.to_pylist()], batch.lines.tolist(), ()


def _from_text(source: Source) -> Entries:
    for rows, faults in text_lines(source):
        both = [
            (entry, line)
            for line, raw in rows
            if (entry := raw.partition("#")[0].strip(' \t",;')) and entry.lower() not in _COLUMNS
        ]
        yield [entry for entry, _ in both], [line for _, line in both], faults


def _reports(texts: list[str], lines: list[int], faults: tuple[Fault, ...], day: str) -> Batch:
    subjects: list[str] = []
    kept: list[int] = []
    refused: list[Fault] = []
    for text, line in zip(texts, lines, strict=True):
        subject = international(text)
        if subject is None:
            refused.append(Fault(line, "phone", "is no number or prefix* as dialled in Germany", text))
        elif len(subject.strip("+*")) < (_SHORTEST_PREFIX if subject.endswith("*") else _SHORTEST):
            refused.append(Fault(line, "phone", "is too short for a number", text))
        else:
            subjects.append(subject)
            kept.append(line)
    columns = {"subject": subjects, "occurred": [day] * len(subjects)}
    table = pa.table({name: pa.array(values, pa.string()) for name, values in columns.items()})
    return Batch(table, np.array(kept, np.int64), faults + tuple(refused))


def international(text: str) -> str | None:
    """Return a number or prefix* as dialled in Germany with + and country code, None if it is none."""
    digits = re.sub(r"[\s()/.-]", "", text)
    if not _ENTRY.fullmatch(digits):
        return None
    if digits.startswith("+"):
        return digits
    return f"+{digits[2:]}" if digits.startswith("00") else f"+49{digits.removeprefix('0')}"


def day_of(source: Source) -> str:
    """Return the day of a list: the one in its name, else the instant at which its file was written."""
    named = _DAY.search(source.path.name)
    if named:
        source.remarks.append(f"the list carries no times: read as of {'-'.join(named.groups())}, from its name")
        return "-".join(named.groups())
    changed = iso(to_us(datetime.fromtimestamp(source.path.stat().st_mtime, UTC)))
    source.remarks.append(f"the list carries no times: read as of {changed}, when the file was written")
    return changed


FORMAT: Final = Format("phoneblock", batches, facts=("reports",), zone="Europe/Berlin")
