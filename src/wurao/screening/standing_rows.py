"""Standing as columns: what the build reads of millions of rows, and a single change of one."""

from collections.abc import Iterable
from itertools import islice
from typing import Any, Final, NamedTuple, Self

import numpy as np
import numpy.typing as npt

from wurao.core.categories import METHODS, find
from wurao.core.standing import Standing

BATCH: Final = 1 << 16
_METHOD: Final = {name: index for index, name in enumerate(METHODS)}


class StandingRows(NamedTuple):
    """Rows of standing, one position each in every column, in any order.

    ``symbol`` indexes ``symbols``, ``campaign`` indexes ``campaigns`` ("" is none), ``method`` METHODS, ``category`` is
    a category's code; ``expires_us`` 0 is never.
    """

    subject: npt.NDArray[np.uint64]
    span: npt.NDArray[np.uint8]
    symbol: npt.NDArray[np.uint16]
    strength: npt.NDArray[np.float32]
    category: npt.NDArray[np.uint8]
    method: npt.NDArray[np.uint8]
    campaign: npt.NDArray[np.uint32]
    expires_us: npt.NDArray[np.int64]
    symbols: tuple[str, ...]
    campaigns: tuple[str, ...]

    @classmethod
    def of(cls, rows: Iterable[Standing]) -> Self:
        """Return rows as columns; they are taken in batches, so that millions of them cost 30 bytes each."""
        numbered = _Numbered(), _Numbered(("",))
        taken = iter(rows)
        parts = [_columns([], *numbered)]
        while batch := list(islice(taken, BATCH)):
            parts.append(_columns(batch, *numbered))
        columns = (np.concatenate(column) for column in zip(*parts, strict=True))
        return cls._make([*columns, tuple(numbered[0]), tuple(numbered[1])])

    def where(self, kept: npt.NDArray[np.bool_] | npt.NDArray[np.intp]) -> Self:
        """Return the rows that are ``kept``, by a flag for each or by their positions."""
        return self._replace(
            subject=self.subject[kept],
            span=self.span[kept],
            symbol=self.symbol[kept],
            strength=self.strength[kept],
            category=self.category[kept],
            method=self.method[kept],
            campaign=self.campaign[kept],
            expires_us=self.expires_us[kept],
        )


class _Numbered(dict[str, int]):
    """Names with the order in which they were first seen."""

    def __init__(self, known: Iterable[str] = ()) -> None:
        super().__init__({name: index for index, name in enumerate(known)})

    def __missing__(self, name: str) -> int:
        self[name] = len(self)
        return self[name]


def _columns(rows: list[Standing], symbols: _Numbered, campaigns: _Numbered) -> tuple[npt.NDArray[Any], ...]:
    return (
        np.array([r.subject for r in rows], np.uint64),
        np.array([r.span for r in rows], np.uint8),
        np.array([symbols[r.symbol] for r in rows], np.uint16),
        np.array([r.strength for r in rows], np.float32),
        np.array([find(r.category).code for r in rows], np.uint8),
        np.array([_METHOD.get(r.method, _METHOD["unknown"]) for r in rows], np.uint8),
        np.array([campaigns[r.campaign] for r in rows], np.uint32),
        np.array([r.expires_us for r in rows], np.int64),
    )
