"""The detail file: score, method, campaign and symbols of a number, one word in the row of its risk slot.

Read only when a call doesn't ring. Word: score in deci-points 16 | method 3 | symbol set 16 | campaign 28; names lie in
``detail.json``. A number the overlay speaks of has no detail here: its facts are in the book.
"""

import msgspec
import numpy as np
import numpy.typing as npt

from wurao.core.categories import METHODS


class Detail(msgspec.Struct, frozen=True):
    """What stands behind a number's level; ``score_deci`` in tenths of a point."""

    score_deci: int
    method: str
    symbols: tuple[str, ...]
    campaign: str


class Names(msgspec.Struct, frozen=True):
    """What the words of a detail file point to; index 0 is "none" in both."""

    campaigns: tuple[str, ...] = ("",)
    symbol_sets: tuple[tuple[str, ...], ...] = ((),)


def pack(
    score_deci: npt.NDArray[np.uint16],
    method: npt.NDArray[np.uint8],
    symbol_set: npt.NDArray[np.uint16],
    campaign: npt.NDArray[np.uint32],
) -> npt.NDArray[np.uint64]:
    """Return the words of many numbers; ``method`` indexes METHODS, the other two index ``Names``."""
    words = score_deci.astype(np.uint64)
    words |= method.astype(np.uint64) << np.uint64(16)
    words |= symbol_set.astype(np.uint64) << np.uint64(19)
    words |= campaign.astype(np.uint64) << np.uint64(35)
    return words


def unpack(word: int, names: Names) -> Detail | None:
    """Return the detail of a word, None where the row is empty or points outside ``names``."""
    method, symbols, campaign = word >> 16 & 7, word >> 19 & 0xFFFF, word >> 35
    if not word or method >= len(METHODS) or symbols >= len(names.symbol_sets) or campaign >= len(names.campaigns):
        return None
    return Detail(word & 0xFFFF, METHODS[method], names.symbol_sets[symbols], names.campaigns[campaign])
