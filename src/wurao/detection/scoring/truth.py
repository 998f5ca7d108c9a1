"""The truth about callers, read from a table: number, category, nuisance; if there, method, campaign, from_us."""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

import numpy as np
import pyarrow as pa

from wurao.core.errors import InputError
from wurao.core.numbers import read
from wurao.detection.scoring.classes import CLASSES, class_of
from wurao.detection.scoring.labelled import read_table
from wurao.detection.scoring.staged import Truth

NEEDED: Final = ("number", "category", "nuisance")


def truth_of(path: Path) -> Truth:
    """Return the truth that a Parquet or CSV file tells; raises InputError naming what is wrong with it."""
    table = read_table(path)
    lacking = next((name for name in NEEDED if name not in table.column_names), None)
    if lacking:
        raise InputError(f"there is no column '{lacking}'", where=str(path), mend=f"truth has {', '.join(NEEDED)}")
    if not pa.types.is_boolean(table.schema.field("nuisance").type):
        raise InputError("'nuisance' is not true or false", where=str(path))
    numbers = _numbers(table.column("number").to_pylist(), path)
    category = [str(name or "unknown") for name in table.column("category").to_pylist()]
    nuisance = [bool(one) for one in table.column("nuisance").to_pylist()]
    method = _optional(table, "method")
    classes = [class_of(c, m, nuisance=n) for c, m, n in zip(category, method, nuisance, strict=True)]
    return Truth(
        place={number: place for place, number in enumerate(numbers)},
        of_class=np.array([CLASSES.index(name) for name in classes], np.int64),
        kind=tuple(category),
        together=_together(_optional(table, "campaign")),
        since_us=_since(table, path),
    )


def _numbers(texts: Sequence[object], path: Path) -> list[int]:
    numbers = [read(str(text)) for text in texts]
    if len(set(numbers)) < len(numbers):
        raise InputError("a number comes twice", where=str(path), mend="keep one row of each number")
    return numbers


def _optional(table: pa.Table, name: str) -> list[str | None]:
    return table.column(name).to_pylist() if name in table.column_names else [None] * table.num_rows


def _since(table: pa.Table, path: Path) -> np.ndarray:
    """Return from when on each caller is what it is said to be, 0 where nothing is said."""
    if "from_us" not in table.column_names:
        return np.zeros(table.num_rows, np.int64)
    if not pa.types.is_integer(table.schema.field("from_us").type):
        raise InputError("'from_us' holds no whole microseconds", where=str(path))
    return np.array([since or 0 for since in table.column("from_us").to_pylist()], np.int64)


def _together(campaigns: list[str | None]) -> np.ndarray:
    """Return one number a campaign, and one of its own for each caller without."""
    codes = {name: -1 - i for i, name in enumerate(sorted({c for c in campaigns if c}))}
    return np.array([codes.get(name, i) if name else i for i, name in enumerate(campaigns)], np.int64)
