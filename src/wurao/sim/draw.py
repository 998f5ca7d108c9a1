"""Reproducible randomness: a generator of its own for each seed, purpose and hour, so that order never matters."""

import hashlib

import numpy as np
from numpy.typing import NDArray

from wurao.core.clock import CHINA_OFFSET_US, DAY_US, HOUR_US

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


def generator(seed: int, *purpose: str | int) -> np.random.Generator:
    """Return the generator for one purpose, the same wherever and whenever it is asked for."""
    digest = hashlib.blake2b(repr((seed, *purpose)).encode(), digest_size=16).digest()
    return np.random.Generator(np.random.Philox(key=int.from_bytes(digest, "little")))


def lognormal(rng: np.random.Generator, median: float, sigma: float, n: int) -> Floats:
    """Return n lognormal draws with the given median."""
    return median * np.exp(sigma * rng.standard_normal(n))


def local_hour(hour: int) -> int:
    """Return the local hour of the day, 0…23, of an hour counted from 1970 UTC."""
    return (hour + CHINA_OFFSET_US // HOUR_US) % 24


def local_day(hour: int) -> int:
    """Return the local day, counted from 1970, of an hour counted from 1970 UTC."""
    return (hour + CHINA_OFFSET_US // HOUR_US) // 24


def is_weekend(day: int) -> bool:
    """Say whether a day counted from 1970, a Thursday, is a Saturday or Sunday."""
    return (day + 3) % 7 >= 5


def day_start_us(day: int) -> int:
    """Return the instant at which a local day begins."""
    return day * DAY_US - CHINA_OFFSET_US
