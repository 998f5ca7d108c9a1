"""Standing as columns: what the build reads of millions of rows, and a single change of one."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple, Self

import numpy as np
import numpy.typing as npt

from wurao.core.categories import METHODS, find
from wurao.core.standing import Standing


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
        """Return rows as columns."""
        rows = list(rows)
        symbols = tuple(dict.fromkeys(r.symbol for r in rows))
        campaigns = tuple(dict.fromkeys(["", *(r.campaign for r in rows)]))
        return cls(
            np.array([r.subject for r in rows], np.uint64),
            np.array([r.span for r in rows], np.uint8),
            _indices([r.symbol for r in rows], symbols).astype(np.uint16),
            np.array([r.strength for r in rows], np.float32),
            np.array([find(r.category).code for r in rows], np.uint8),
            _indices([r.method if r.method in METHODS else "unknown" for r in rows], METHODS).astype(np.uint8),
            _indices([r.campaign for r in rows], campaigns),
            np.array([r.expires_us for r in rows], np.int64),
            symbols,
            campaigns,
        )

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


def _indices(values: Sequence[str], known: Sequence[str]) -> npt.NDArray[np.uint32]:
    at = {value: index for index, value in enumerate(known)}
    return np.array([at[value] for value in values], np.uint32)
