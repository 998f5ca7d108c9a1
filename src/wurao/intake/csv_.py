"""CSV as RFC 4180 has it: any size, quoted newlines, comma, semicolon or tab; every column is read as text.

Records are cut and counted first (``records``), so that each row knows its line and a ragged row costs only itself;
Arrow then turns the good ones into columns at once.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import Any, Final

import numpy as np
import pyarrow as pa
from pyarrow import csv

from wurao.core.errors import InputError
from wurao.core.facts import FACTS
from wurao.intake.encoding import BOM, TextDecoder
from wurao.intake.interface import MAX_COLUMNS, Batch, Fault, Format, Reading
from wurao.intake.lines import decoded
from wurao.intake.opening import Source
from wurao.intake.records import Records, records

_DELIMITERS: Final = ",;\t"
_HEADER_BYTES: Final = 1 << 16


def batches(source: Source, reading: Reading) -> Iterator[Batch]:
    """Yield the rows of a CSV file with a header under the header's names; raises InputError."""
    fact = FACTS[reading.fact]
    return tables(source, delimiter=delimiter_of(source, lambda name: fact.column(name) is not None))


def tables(source: Source, names: Sequence[str] = (), *, at_least: int = 0, delimiter: str = ",") -> Iterator[Batch]:
    """Yield the rows of a CSV file as text columns, named by its header or, if it has none, by ``names``.

    Without a header there may be fewer columns, but ``at_least`` so many. Rows whose count of columns differs, with
    NUL bytes or in no known encoding become faults. Raises InputError.
    """
    decoder = TextDecoder(source.remarks)
    titles: Sequence[str] = ()
    for found in records(source, delimiter=delimiter):
        if not titles and len(found.starts):
            titles = (
                _counted_off(found, names, at_least, source) if names else _header(found, decoder, source, delimiter)
            )
            if not names:
                found = found.keep(np.arange(len(found.starts)) > 0, ())  # noqa: PLW2901
        if titles:
            good, text = decoded(_even(found, len(titles)), decoder)
            yield Batch(_columns(text, titles, delimiter), good.lines, good.faults)
        elif found.faults:
            raise InputError(found.faults[0].reason, where=f"{source.path}:1", mend="export it again")
    if not titles:
        raise InputError("the file holds no rows", where=str(source.path), mend="export it again")


def _even(found: Records, count: int) -> Records:
    good = found.fields == count
    if good.all():
        return found
    faults = tuple(
        Fault(int(found.lines[index]), "", f"{found.fields[index]} columns instead of {count}", found.raw(index))
        for index in np.flatnonzero(~good).tolist()
    )
    return found.keep(good, faults)


def _columns(text: bytes, names: Sequence[str], delimiter: str) -> pa.Table:
    kinds = {name: pa.string() for name in names}
    if not text:
        return pa.table({name: pa.array([], pa.string()) for name in names})
    source: Any = pa.BufferReader(text)
    return csv.read_csv(
        source,
        read_options=csv.ReadOptions(column_names=list(names), block_size=len(text) + 1),
        parse_options=csv.ParseOptions(delimiter=delimiter, newlines_in_values=True),
        convert_options=csv.ConvertOptions(column_types=kinds, strings_can_be_null=False, check_utf8=False),
    )


def _header(found: Records, decoder: TextDecoder, source: Source, delimiter: str) -> list[str]:
    text = decoder.utf8(found.raw(0))
    if text is None or b"\0" in text:
        raise InputError("the header is no text", where=f"{source.path}:1", mend="save the file as CSV UTF-8")
    if found.fields[0] > MAX_COLUMNS:
        raise InputError(
            f"the header names {found.fields[0]:,} columns", where=f"{source.path}:1", mend=f"at most {MAX_COLUMNS:,}"
        )
    names = _columns(text + b"\n", [str(i) for i in range(found.fields[0])], delimiter).to_pylist()[0]
    return [str(name).strip() for name in names.values()]


def _counted_off(found: Records, names: Sequence[str], at_least: int, source: Source) -> Sequence[str]:
    usual = int(np.bincount(found.fields).argmax())
    if not at_least <= usual <= len(names):
        raise InputError(
            f"most rows have {usual} columns instead of {at_least} to {len(names)}",
            where=str(source.path),
            mend="check --format",
        )
    return names[:usual]


def delimiter_of(source: Source, known: Callable[[str], bool]) -> str:
    """Return the separator by which the first line names most known columns."""
    head = next(source.blocks(), b"")[:_HEADER_BYTES].removeprefix(BOM)
    line = head.splitlines()[0].decode(errors="replace") if head else ""
    return max(_DELIMITERS, key=lambda delimiter: sum(known(name.strip(' "')) for name in line.split(delimiter)))


FORMAT: Final = Format("csv", batches, suffixes=(".csv", ".tsv", ".txt"))
