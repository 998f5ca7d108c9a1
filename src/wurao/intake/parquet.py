"""Parquet with the fact's column names: batches of bounded size, every column as text; a row counts as a line."""

from collections.abc import Iterator
from typing import Final

import numpy as np
import pyarrow as pa
from pyarrow import parquet

from wurao.core.errors import InputError
from wurao.intake.columns import Array, pc
from wurao.intake.interface import MAX_COLUMNS, Batch, Format, Reading
from wurao.intake.opening import Source

_BATCH_ROWS: Final = 1 << 16


def batches(source: Source, _reading: Reading) -> Iterator[Batch]:
    """Yield the rows of a Parquet file; raises InputError if it is damaged, truncated or of other types."""
    done = 0
    for rows in _row_batches(source):
        columns = {name: _text(rows.column(name), name, source) for name in rows.schema.names}
        yield Batch(pa.table(columns), np.arange(done + 1, done + rows.num_rows + 1))
        done += rows.num_rows


def _row_batches(source: Source) -> Iterator[pa.RecordBatch]:
    try:
        with parquet.ParquetFile(source.path) as file:
            if file.metadata.num_columns > MAX_COLUMNS:
                raise InputError(
                    f"the file has {file.metadata.num_columns:,} columns",
                    where=str(source.path),
                    mend=f"at most {MAX_COLUMNS:,}",
                )
            doubled = sorted({name for name in file.schema_arrow.names if file.schema_arrow.names.count(name) > 1})
            if doubled:
                raise InputError(f"the column '{doubled[0]}' is there twice", where=str(source.path))
            done = 0
            for rows in file.iter_batches(_BATCH_ROWS):
                done += rows.num_rows
                source.advanced(done / file.metadata.num_rows)
                yield rows
    except (pa.ArrowException, OSError) as error:
        reason = str(error).splitlines()[0][:120]
        raise InputError(
            f"no readable Parquet file ({reason})", where=str(source.path), mend="export it again"
        ) from None


def _text(column: Array, name: str, source: Source) -> Array:
    kind = column.type
    try:
        if pa.types.is_timestamp(kind):
            column = _instants(column)
        elif pa.types.is_boolean(kind):
            column = column.cast(pa.int8())
        return pc.fill_null(column.cast(pa.string()), "")
    except pa.ArrowException:
        raise InputError(f"column '{name}' has the type {kind}", where=str(source.path), mend="store text") from None


def _instants(column: Array) -> Array:
    """Timestamps with a zone as microseconds since 1970, those without as local ISO 8601."""
    micros = column.cast(pa.timestamp("us", column.type.tz), safe=False)
    return micros.cast(pa.int64()) if column.type.tz else pc.strftime(micros, "%Y-%m-%d %H:%M:%S")


FORMAT: Final = Format("parquet", batches, suffixes=(".parquet", ".pq"))
