"""Reproducible randomness: a generator of its own for each seed, purpose, block of numbers and day.

Whatever is asked for alone, in another order or beside others has the same answer. What a number keeps for life without
being stored (whom it knows, which handset it has) is a hash of the number: ``mixed``.
"""

import hashlib
from typing import Final

import numpy as np
from numpy.typing import NDArray

from wurao.core.clock import CHINA_OFFSET_US, DAY_US, HOUR_US

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

BLOCK: Final = 4096
"""Numbers that share a generator; part of what a seed means."""
_ODD: Final = (0x9E3779B97F4A7C15, 0xBF58476D1CE4E5B9, 0x94D049BB133111EB)


def generator(seed: int, *purpose: str | int) -> np.random.Generator:
    """Return the generator for one purpose, the same wherever and whenever it is asked for."""
    digest = hashlib.blake2b(repr((seed, *purpose)).encode(), digest_size=16).digest()
    return np.random.Generator(np.random.Philox(key=int.from_bytes(digest, "little")))


def mixed(salt: int, *parts: Ints | int) -> Ints:
    """Return a hash of integers, element by element, below 2^62 (splitmix64)."""
    state = np.array(salt & (2**64 - 1), np.uint64)
    for part in parts:
        state = _splitmix(state ^ np.asarray(part).astype(np.uint64))
    return (state >> np.uint64(2)).astype(np.int64)


def _splitmix(state: NDArray[np.uint64]) -> NDArray[np.uint64]:
    with np.errstate(over="ignore"):
        state = state + np.uint64(_ODD[0])
        state = (state ^ (state >> np.uint64(30))) * np.uint64(_ODD[1])
        state = (state ^ (state >> np.uint64(27))) * np.uint64(_ODD[2])
        return state ^ (state >> np.uint64(31))


def lognormal(rng: np.random.Generator, median: float | Floats, sigma: float | Floats, n: int) -> Floats:
    """Return n lognormal draws with the given medians."""
    return np.asarray(median * np.exp(sigma * rng.standard_normal(n)))


def blocks(n: int) -> list[tuple[int, int]]:
    """Return the blocks of n numbers as half-open ranges."""
    return [(low, min(low + BLOCK, n)) for low in range(0, n, BLOCK)]


def local_day(at_us: int) -> int:
    """Return the local day, counted from 1970, of an instant."""
    return (at_us + CHINA_OFFSET_US) // DAY_US


def is_weekend(day: int) -> bool:
    """Say whether a day counted from 1970, a Thursday, is a Saturday or Sunday."""
    return (day + 3) % 7 >= 5


def day_start_us(day: int) -> int:
    """Return the instant at which a local day begins."""
    return day * DAY_US - CHINA_OFFSET_US


def moments(curve: tuple[float, ...], shares: Floats) -> Floats:
    """Return the microsecond of the day by which a share of a day's calls have begun; ``curve`` weighs the hours."""
    reached = np.concatenate([[0.0], np.cumsum(curve)]) / sum(curve)
    hours = np.arange(25, dtype=np.float64) + np.linspace(0, 1e-9, 25)
    return np.interp(shares, reached, hours) * HOUR_US
