"""Calls of a file as columns, batch after batch, for a replay: only what a decision needs, nothing is stored.

A caller that is no number is a fact of the call (robots send such) and is judged as one; a row whose time can't be
read is counted as unreadable and left out. Parquet keeps its types; every other format comes as text from intake.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final, NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from pyarrow import parquet

from wurao.core.clock import EARLIEST_US, LATEST_US
from wurao.core.errors import InputError
from wurao.core.facts import FACTS
from wurao.core.payload import INVALID_CALLER
from wurao.intake.columns import Array, contiguous, pc
from wurao.intake.formats import format_of
from wurao.intake.interface import Reading
from wurao.intake.numbers_in import read_numbers
from wurao.intake.opening import Source
from wurao.intake.times import read_times, to_utc
from wurao.intake.validation import match_columns

ROWS: Final = 1 << 18
"""Calls read at once."""
_WANTED: Final = ("call_id", "caller", "callee", "start_us", "ingress", "attestation")


class Calls(NamedTuple):
    """Some calls in the order of the file: texts as they came, numbers uint64, ``at_us`` microseconds UTC."""

    call_id: pa.StringArray
    caller: pa.StringArray
    callee: pa.StringArray
    callers: npt.NDArray[np.uint64]
    callees: npt.NDArray[np.uint64]
    at_us: npt.NDArray[np.int64]
    ingress: pa.StringArray
    attested_c: npt.NDArray[np.bool_]
    unreadable: int


def calls_in(path: Path, format_name: str | None, reading: Reading) -> Iterator[Calls]:
    """Yield the calls of a file; raises InputError where the file as a whole is unusable."""
    its_format = format_of(path, "calls", format_name)
    if its_format.name == "parquet":
        batches = _typed_batches(path)
    else:
        batches = ((b.table, len(b.faults)) for b in its_format.batches(Source(path), reading))
    matched: dict[str, str] | None = None
    for table, faults in batches:
        matched = matched or match_columns(FACTS["calls"], list(table.column_names), str(path))
        yield _calls(table, matched, reading, faults)


def _typed_batches(path: Path) -> Iterator[tuple[Any, int]]:
    Source(path)  # refuses what is no file, empty or of another kind
    try:
        with parquet.ParquetFile(path) as file:
            matched = match_columns(FACTS["calls"], file.schema_arrow.names, str(path))
            columns = [matched[name] for name in _WANTED if name in matched]
            for batch in file.iter_batches(ROWS, columns=columns):
                yield batch, 0
    except (pa.ArrowException, OSError) as problem:
        reason = str(problem).splitlines()[0][:120]
        raise InputError(f"no readable Parquet file ({reason})", where=str(path), mend="export it again") from None


def _calls(table: Any, matched: dict[str, str], reading: Reading, faults: int) -> Calls:
    given = {name: table.column(matched[name]) for name in _WANTED if name in matched}
    at_us, timed = _instants(given["start_us"], matched["start_us"], reading)
    if not timed.all():
        kept = pa.array(timed)
        given = {name: column.filter(kept) for name, column in given.items()}
        at_us = at_us[timed]
    rows = len(at_us)
    texts = {name: _text(given.get(name), rows) for name in _WANTED if name != "start_us"}
    return Calls(
        texts["call_id"],
        texts["caller"],
        texts["callee"],
        _numbers(texts["caller"], INVALID_CALLER),
        _numbers(texts["callee"], 0),
        at_us,
        texts["ingress"],
        pc.equal(texts["attestation"], "C").to_numpy(zero_copy_only=False),
        faults + int((~timed).sum()),
    )


def _text(column: Array | None, rows: int) -> pa.StringArray:
    given: Any = pa.repeat(pa.scalar("", pa.string()), rows) if column is None else column.cast(pa.string())
    texts: pa.StringArray = contiguous(given)
    return texts


def _numbers(texts: pa.StringArray, unreadable: int) -> npt.NDArray[np.uint64]:
    values, faults = read_numbers(texts, names=False)
    values[list(faults)] = unreadable
    return values


def _instants(column: Array, name: str, reading: Reading) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.bool_]]:
    """Return the instants of a column and which of them could be read; a timestamp without zone is local time."""
    kind = column.type
    if pa.types.is_timestamp(kind):
        micros = column.cast(pa.timestamp("us", kind.tz), safe=False).cast(pa.int64())
        values = pc.fill_null(micros, 0).to_numpy()
        values = values if kind.tz else to_utc(values, reading.zone)
    elif pa.types.is_integer(kind):
        values = pc.fill_null(column.cast(pa.int64()), 0).to_numpy()
    else:
        text = contiguous(column.cast(pa.string()))
        values, faults = read_times(text, reading.zone, exact=name.endswith("_us"))
        values[list(faults)] = 0
    return values, (values >= EARLIEST_US) & (values < LATEST_US)
