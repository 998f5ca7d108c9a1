"""Which calls of a replay are a second call from the same number to the same person within three minutes.

Calls are taken in the order of the file, as they came in; a call whose predecessor is later than itself is none.
"""

from typing import Final

import numpy as np
import numpy.typing as npt

from wurao.core.clock import MINUTE_US

WITHIN_US: Final = 3 * MINUTE_US
MAX_KEPT: Final = 1 << 20
"""Calls carried over from one batch to the next."""
_MIX: Final = np.uint64(0x9E3779B97F4A7C15)

U64 = npt.NDArray[np.uint64]
I64 = npt.NDArray[np.int64]


class Repeats:
    """Remembers the calls of the last minutes between batches."""

    def __init__(self) -> None:
        self._keys: U64 = np.empty(0, np.uint64)
        self._at_us: I64 = np.empty(0, np.int64)

    def of(self, callers: U64, callees: U64, at_us: I64) -> npt.NDArray[np.bool_]:
        """Return for each call of the next batch whether it is a repeat; withheld numbers never are."""
        keys = np.concatenate((self._keys, _pair(callers, callees)))
        times = np.concatenate((self._at_us, at_us))
        order = np.argsort(keys, kind="stable")
        same = keys[order][1:] == keys[order][:-1]
        gap = np.diff(times[order])
        repeat = np.zeros(len(keys), np.bool_)
        repeat[order[1:]] = same & (gap >= 0) & (gap <= WITHIN_US)
        recent = np.flatnonzero(times >= times.max(initial=0) - WITHIN_US)[-MAX_KEPT:]
        kept = len(self._keys)
        self._keys, self._at_us = keys[recent], times[recent]
        found: npt.NDArray[np.bool_] = repeat[kept:] & (callers != 0)
        return found


def _pair(callers: U64, callees: U64) -> U64:
    mixed = callers * _MIX
    return (mixed ^ mixed >> np.uint64(29)) * _MIX ^ callees
