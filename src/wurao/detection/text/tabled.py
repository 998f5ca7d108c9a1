"""Texts with their labels and groups, read from a table of Parquet or CSV, refused in one line if unfit."""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import msgspec
import numpy as np
import numpy.typing as npt
import pyarrow as pa

from wurao.core.errors import InputError
from wurao.detection.scoring.labelled import read_table
from wurao.detection.scripts.grouping import grouped
from wurao.detection.scripts.levels import SCRIPT
from wurao.detection.scripts.shingles import shingles
from wurao.detection.text.normalising import normalise

MAX_TEXTS: Final = 2_000_000
LEAST_OF_A_LABEL: Final = 5
"""Texts below which a label isn't learnt: one a fold."""
LEAST_SCRIPTS: Final = 3
"""Scripts of a label, one to test on and others to learn from."""
MAX_LABELS: Final = 200


class Texts(msgspec.Struct, frozen=True):
    """Texts, what each is labelled, and which belong together (the same template or campaign)."""

    texts: list[str]
    labels: list[str]
    groups: npt.NDArray[np.int64]


def read_texts(path: Path, text: str) -> tuple[pa.Table, list[str]]:
    """Return a table and its column of texts, empty where there is none. Raises InputError."""
    table = read_table(path)
    return table, _column(table, text, path)


def labelled_texts(path: Path, text: str, label: str, group: str | None = None) -> Texts:
    """Return the texts of a table; without ``group`` those that are one script belong together (1 ms each)."""
    table, texts = read_texts(path, text)
    labels = _column(table, label, path)
    missing = next((row for row, one in enumerate(labels) if not one), None)
    if missing is not None:
        raise InputError(
            f"row {missing + 1} has no label in '{label}'", where=str(path), mend="label it or leave it out"
        )
    if len(set(labels)) > MAX_LABELS:
        raise InputError(f"'{label}' has {len(set(labels)):,} labels", where=str(path), mend=f"at most {MAX_LABELS}")
    together = _column(table, group, path) if group else _scripts(texts, labels)
    return Texts(texts, labels, np.unique(together, return_inverse=True)[1].astype(np.int64))


def _scripts(texts: Sequence[str], labels: Sequence[str]) -> list[str]:
    """Return for each text its script's normal form, its own where a label has too few scripts to leave one out.

    Texts of signs and tokens alone are one script if they are the same.
    """
    plain = [normalise(one) for one in texts]
    leaders = grouped([shingles(one, masked=True) or frozenset((one,)) for one in plain], SCRIPT)
    of_label = Counter(label for label, _ in set(zip(labels, leaders, strict=True)))
    return [
        plain[leader if of_label[label] >= LEAST_SCRIPTS else at]
        for at, (label, leader) in enumerate(zip(labels, leaders, strict=True))
    ]


def refuse_few(data: Texts, where: Path) -> None:
    """Raise InputError unless there are two labels, each with enough texts to learn from and to test on."""
    names, times = np.unique(data.labels, return_counts=True)
    if len(names) < 2:
        raise InputError("there is nothing to tell apart: fewer than two labels", where=str(where))
    if times.min() < LEAST_OF_A_LABEL:
        raise InputError(
            f"label '{names[times.argmin()]}' has {times.min()} texts",
            where=str(where),
            mend=f"give at least {LEAST_OF_A_LABEL} of each, or leave the label out",
        )
    if len(np.unique(data.groups)) < LEAST_OF_A_LABEL:
        raise InputError("too few groups", where=str(where), mend="give texts of at least five templates")


def _column(table: pa.Table, name: str, path: Path) -> list[str]:
    if name not in table.column_names:
        known: Sequence[str] = table.column_names
        raise InputError(f"there is no column '{name}'", where=str(path), mend=f"columns are {', '.join(known[:6])}")
    if pa.types.is_nested(table.schema.field(name).type):
        raise InputError(f"column '{name}' holds lists or records", where=str(path), mend="give one text a row")
    if table.num_rows > MAX_TEXTS:
        raise InputError(
            f"{table.num_rows:,} rows are too many", where=str(path), mend=f"at most {MAX_TEXTS:,} at once"
        )
    return ["" if one is None else str(one) for one in table.column(name).to_pylist()]
