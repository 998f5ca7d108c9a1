"""Who has which number in the town."""

from typing import Final

import msgspec
import numpy as np

from wurao.sim.draw import Ints, generator
from wurao.sim.written import ZERO, Written

PREFIXES: Final = (130, 131, 132, 133, 135, 136, 137, 138, 139, 150, 151, 152, 155, 156, 157, 158, 159, 166, 176, 177)
RESOLD: Final = (1700, 1701, 1705, 1710, 1650, 1620)
"""Beginnings of resold mobile numbers (移动转售), where campaigns like to shop."""
DENSITY: Final = 3000
"""Numbers in use of the 10,000 in a segment. Chosen."""
_AREA: Final = ZERO + 571 * 10**8
DESKS: Final = _AREA + 8_660_0000
"""Landlines of the town's services."""
TRUNKS: Final = _AREA + 5_610_0000
"""The landline blocks of nuisance trunks begin here."""


class Directory(msgspec.Struct, frozen=True):
    """Numbers of the subscribers, of people elsewhere, and of handsets for whoever works with one."""

    subscribers: Written
    elsewhere: Written
    handsets: Written


def directory(seed: int, subscribers: int, elsewhere: int, handsets: int) -> Directory:
    """Return distinct mobile numbers for all, mixed over the same segments."""
    rng = generator(seed, "directory")
    total = subscribers + elsewhere + handsets
    segments = _segments(rng, -(-total // DENSITY))
    slots = rng.permutation(len(segments) * 10_000)[:total]
    numbers = segments[slots // 10_000] * 10_000 + slots % 10_000
    return Directory(numbers[:subscribers], numbers[subscribers : total - handsets], numbers[total - handsets :])


def _segments(rng: np.random.Generator, count: int) -> Ints:
    chosen = rng.permutation(len(PREFIXES) * 10_000)[: max(count, 4)]
    return np.array(PREFIXES, np.int64)[chosen // 10_000] * 10_000 + chosen % 10_000
