"""A table of numeric columns with a label and an id, read from Parquet or CSV and refused in one line if unfit.

A column is a feature if it is numeric and neither label, id nor dropped, nor whole numbers that all differ: those name
a row instead of describing it, and would be learnt by heart. Infinite values count as missing; missing
ones stay NaN, which trees split on. Features are rounded to float32, as the served model reads them.
"""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final

import msgspec
import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute
from pyarrow import csv, parquet

from wurao.core.errors import InputError

Floats = npt.NDArray[np.float32]
Labels = npt.NDArray[np.int64]
Array = Any
"""A column: the stubs can't follow the types that functions compute."""

pc: Any = pyarrow.compute

MAX_COLUMNS: Final = 4096
MAX_CELLS: Final = 2_000_000_000
"""8 GB of float32: more is for the engines that features come from."""
LEAST_OF_EACH: Final = 20
"""Rows of each label below which nothing is learnt."""


class Labelled(msgspec.Struct, frozen=True):
    """Rows as a matrix: ``x[row, column]`` with the columns' names, the label 0 or 1 and the id of each row."""

    names: tuple[str, ...]
    x: Floats
    y: Labels
    ids: tuple[object, ...]

    def of(self, names: Sequence[str]) -> "Labelled":
        """Return the same rows with only these columns, in this order."""
        places = [self.names.index(name) for name in names]
        return Labelled(tuple(names), self.x[:, places], self.y, self.ids)


def read_table(path: Path) -> pa.Table:
    """Return a Parquet (.parquet, .pq) or CSV file as a table; raises InputError if it is none."""
    try:
        table = _parquet(path) if path.suffix in {".parquet", ".pq"} else csv.read_csv(path)
    except (pa.ArrowException, OSError) as error:
        reason = str(error).splitlines()[0][:120]
        raise InputError(f"no readable table ({reason})", where=str(path), mend="give Parquet, or CSV") from None
    _refuse_shape(table.column_names, table.num_rows, path)
    return table


def _parquet(path: Path) -> pa.Table:
    with parquet.ParquetFile(path) as file:
        _refuse_shape(file.schema_arrow.names, file.metadata.num_rows, path)
        return file.read()


def _refuse_shape(names: Sequence[str], rows: int, path: Path) -> None:
    doubled = sorted({name for name in names if names.count(name) > 1})
    if doubled:
        raise InputError(f"the column '{doubled[0]}' is there twice", where=str(path))
    if len(names) > MAX_COLUMNS or len(names) * rows > MAX_CELLS:
        raise InputError(f"{rows:,} rows of {len(names):,} columns are too many", where=str(path))


def feature_names(
    table: pa.Table, where: Path, *, label: str, key: str, columns: Sequence[str] = (), drop: Sequence[str] = ()
) -> tuple[str, ...]:
    """Return the feature columns: those asked for, else every numeric one but label, id and ``drop``.

    Raises InputError for names the table lacks, for text among those asked for, and where none is left.
    """
    _require(table, [label, key, *columns, *drop], where)
    if columns:
        kept = tuple(dict.fromkeys(columns))
        if {label, key} & set(kept):
            raise InputError("label and id can't be features", where=str(where), mend="leave them out of --columns")
        return kept
    out = {label, key, *drop}
    kept = tuple(name for name in table.column_names if name not in out and _describes(table.column(name)))
    if not kept:
        raise InputError("no numeric column is left to learn from", where=str(where), mend="drop fewer columns")
    return kept


def labelled(table: pa.Table, where: Path, names: Sequence[str], *, label: str, key: str) -> Labelled:
    """Return the rows of ``table`` as a matrix of ``names``; raises InputError naming the column that is unfit."""
    _require(table, [label, key, *names], where)
    nested = next((name for name in (label, key) if pa.types.is_nested(table.schema.field(name).type)), None)
    if nested:
        raise InputError(f"column '{nested}' holds lists or records", where=str(where), mend="give one value a row")
    ids = tuple(table.column(key).to_pylist())
    if len(set(ids)) < len(ids):
        raise InputError(f"ids of '{key}' come twice", where=str(where), mend="keep one row of each id")
    y = _binary(table.column(label), label, where)
    return Labelled(tuple(names), matrix(table, str(where), names), y, ids)


def matrix(table: pa.Table, where: str, names: Sequence[str]) -> Floats:
    """Return the columns as [rows, names], NaN where nothing is known; raises InputError for text."""
    x = np.empty((table.num_rows, len(names)), np.float32)
    for place, name in enumerate(names):
        x[:, place] = _column(table, name, where)
    return x


def refuse_overlap(train: Labelled, test: Labelled, key: str) -> None:
    """Raise InputError if a row of the training part is tested on, told by its id."""
    both = len(set(train.ids) & set(test.ids))
    if both:
        raise InputError(f"{both:,} ids of '{key}' are in both tables", mend="test on rows that were not trained on")


def refuse_few(data: Labelled, where: Path, least: int = LEAST_OF_EACH) -> None:
    """Raise InputError unless there are ``least`` rows of each label."""
    ones = int(data.y.sum())
    fewest = min(ones, len(data.y) - ones)
    if fewest < least:
        raise InputError(
            f"{ones:,} rows with label 1 and {len(data.y) - ones:,} with 0 are too few",
            where=str(where),
            mend=f"give at least {least} of each",
        )


def _require(table: pa.Table, names: Sequence[str], where: Path) -> None:
    missing = [name for name in dict.fromkeys(names) if name not in table.column_names]
    if missing:
        more = f" (and {len(missing) - 1} more)" if len(missing) > 1 else ""
        raise InputError(
            f"there is no column '{missing[0]}'{more}",
            where=str(where),
            mend=f"columns are {', '.join(table.column_names[:6])} …",
        )


def _numeric(kind: pa.DataType) -> bool:
    tests: tuple[Callable[[pa.DataType], bool], ...] = (
        pa.types.is_integer,
        pa.types.is_floating,
        pa.types.is_boolean,
        pa.types.is_decimal,
    )
    return any(test(kind) for test in tests)


def _describes(column: Array) -> bool:
    if not _numeric(column.type):
        return False
    names_rows = pa.types.is_integer(column.type) and len(column) > 1 and len(pc.unique(column)) == len(column)
    return not names_rows


def _column(table: pa.Table, name: str, where: str) -> Floats:
    column = table.column(name)
    if pa.types.is_null(column.type):
        return np.full(len(column), np.nan, np.float32)
    if not _numeric(column.type):
        raise InputError(f"column '{name}' is {column.type}, not numeric", where=where, mend="drop it")
    with np.errstate(over="ignore"):
        small = np.asarray(pc.cast(column, pa.float64(), safe=False), np.float64).astype(np.float32)
    small[~np.isfinite(small)] = np.nan
    return small


def _binary(column: Array, label: str, where: Path) -> Labels:
    if column.null_count:
        raise InputError(f"label '{label}' is empty in {column.null_count:,} rows", where=str(where))
    values = set(pc.unique(column).to_pylist())
    if not values <= {0, 1}:
        odd = min(map(str, values - {0, 1}))[:30]
        raise InputError(f"label '{label}' holds {odd}", where=str(where), mend="labels are 0 and 1")
    return np.asarray(pc.cast(column, pa.int64()), np.int64)
