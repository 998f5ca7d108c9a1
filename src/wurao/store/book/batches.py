"""Rows in batches, so that a mass load costs bounded memory."""

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Final, TypeVar

T = TypeVar("T")
BATCH: Final = 20_000
"""Rows written or read at a time."""


def batches(rows: Iterable[T], size: int = BATCH) -> Iterator[list[T]]:
    """Cut rows into lists of at most ``size``."""
    left = iter(rows)
    while batch := list(islice(left, size)):
        yield batch
