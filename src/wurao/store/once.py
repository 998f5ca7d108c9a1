"""A costly function of a number, computed once for each distinct number and looked up in sorted arrays.

``Once`` keeps 8 bytes and the result per number instead of Python objects; it forgets everything once it holds
``LIMIT`` numbers.
"""

from collections.abc import Callable
from functools import lru_cache
from typing import Final

import numpy as np
import numpy.typing as npt

LIMIT: Final = 4_000_000
"""Distinct numbers kept; 100–130 MB at most."""

LATELY: Final = 65_536
"""Numbers that ``Lately`` keeps; some 15 MB."""


class Lately:
    """As ``Once``, for small batches without end: what is new costs no copy of what is known, and less is kept."""

    def __init__(self, compute: Callable[[int], bytes], width: int) -> None:
        self._compute = lru_cache(LATELY)(compute)
        self._type = np.dtype((np.void, width))

    def of(self, numbers: npt.NDArray[np.uint64]) -> npt.NDArray[np.void]:
        """Return the result for each number, same length; 0 counts as a number."""
        return np.frombuffer(b"".join(map(self._compute, numbers.tolist())), self._type)


class Once:
    """``compute(number) -> width bytes`` over uint64 arrays.

    Threads may share it: the state is one tuple, replaced whole; the worst is that a number is computed twice.
    """

    def __init__(self, compute: Callable[[int], bytes], width: int) -> None:
        self._compute = compute
        self._type = np.dtype((np.void, width))
        self._known: tuple[npt.NDArray[np.uint64], npt.NDArray[np.void]] = (
            np.empty(0, np.uint64),
            np.empty(0, self._type),
        )

    def of(self, numbers: npt.NDArray[np.uint64]) -> npt.NDArray[np.void]:
        """Return the result for each number, same length; 0 counts as a number."""
        distinct, inverse = np.unique(numbers, return_inverse=True)
        return self._look_up(distinct)[inverse]

    def _look_up(self, distinct: npt.NDArray[np.uint64]) -> npt.NDArray[np.void]:
        known, results = self._known
        if len(known) + len(distinct) > LIMIT:
            known, results = known[:0], results[:0]
        position = np.searchsorted(known, distinct)
        found = np.zeros(len(distinct), np.bool_)
        inside = position < len(known)
        found[inside] = known[position[inside]] == distinct[inside]
        fresh = distinct[~found]
        computed = np.frombuffer(b"".join(map(self._compute, fresh.tolist())), self._type)
        out = np.empty(len(distinct), self._type)
        out[found] = results[position[found]]
        out[~found] = computed
        if len(fresh):
            at = position[~found]
            self._known = (np.insert(known, at, fresh), np.insert(results, at, computed))
        return out
