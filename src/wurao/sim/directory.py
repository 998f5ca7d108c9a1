"""Who has which number: all mobiles – people, couriers, vests – lie mixed over the same segments."""

from typing import Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from wurao.sim.draw import Ints, generator
from wurao.sim.written import PLUS, ZERO, Written

PREFIXES: Final = (130, 131, 132, 133, 135, 136, 137, 138, 139, 150, 151, 152, 155, 156, 157, 158, 159, 166, 176, 177)
RESOLD: Final = (1700, 1701, 1705, 1710, 1650, 1620)
"""Beginnings of resold mobile numbers (移动转售), where campaigns like to shop and couriers too."""
RESOLD_SHARE: Final = 0.08
"""Share of segments that are resold. Chosen."""
DENSITY: Final = 3000
"""Numbers in use of the 10,000 in a segment. Chosen."""
SPARE: Final = 6500
"""Places of a segment from DENSITY to here are for vests, the rest is what spoofers make up."""
_AREA: Final = ZERO + 571 * 10**8
DESKS: Final = _AREA + 8_660_0000
"""Landlines of services."""
TRUNKS: Final = _AREA + 5_610_0000
"""The landline blocks of nuisance trunks begin here."""


class Directory(msgspec.Struct, frozen=True):
    """Numbers of the subscribers, of people elsewhere, of handsets for whoever works with one, and what is free."""

    subscribers: Written
    elsewhere: Written
    handsets: Written
    segments: Ints
    step: Ints
    first: Ints

    def place(self, segment: Ints, rank: Ints) -> Written:
        """Return the number at a rank, 0…9999, of a segment given by index."""
        return self.segments[segment] * 10_000 + (self.step[segment] * rank + self.first[segment]) % 10_000

    def spare(self, ordinals: Ints, resold: NDArray[np.bool_]) -> Written:
        """Return numbers that nobody has, by ordinal: after some thousand for each segment they come again."""
        few = max(1, round(RESOLD_SHARE * len(self.segments)))
        count = np.where(resold, few, len(self.segments) - few)
        segment = np.where(resold, 0, few) + ordinals % count
        return self.place(segment, DENSITY + ordinals // count % (SPARE - DENSITY))

    def beside(self, numbers: Written, ordinals: Ints) -> Written:
        """Return made-up numbers in the segments of given mobiles."""
        order = np.argsort(self.segments)
        segment = order[np.searchsorted(self.segments, numbers // 10_000, sorter=order)]
        return self.place(segment, SPARE + ordinals % (10_000 - SPARE))


def directory(seed: int, subscribers: int, elsewhere: int, handsets: int) -> Directory:
    """Return distinct mobile numbers for all, mixed over the same segments."""
    rng = generator(seed, "directory")
    total = subscribers + elsewhere + handsets
    segments = _segments(rng, max(4, -(-total // DENSITY)))
    step = rng.integers(0, 1000, len(segments)) * 10 + rng.choice((1, 3, 7, 9), len(segments))
    first = rng.integers(0, 10_000, len(segments))
    empty = np.empty(0, np.int64)
    places = Directory(empty, empty, empty, segments, step, first)
    slots = rng.permutation(len(segments) * DENSITY)[:total]
    numbers = places.place(slots // DENSITY, slots % DENSITY)
    return msgspec.structs.replace(
        places,
        subscribers=numbers[:subscribers],
        elsewhere=numbers[subscribers : total - handsets],
        handsets=numbers[total - handsets :],
    )


def _segments(rng: np.random.Generator, count: int) -> Ints:
    """Seven-digit segments; the resold come first."""
    few = max(1, round(RESOLD_SHARE * count))
    resold = rng.permutation(len(RESOLD) * 1000)[:few]
    usual = rng.permutation(len(PREFIXES) * 10_000)[: count - few]
    return np.concatenate(
        [
            np.array(RESOLD, np.int64)[resold // 1000] * 1000 + resold % 1000,
            np.array(PREFIXES, np.int64)[usual // 10_000] * 10_000 + usual % 10_000,
        ]
    )


def abroad(ordinals: Ints) -> Written:
    """Return numbers of Hong Kong and Malaysia by ordinal."""
    hong_kong = 852 * 10**8 + 5 * 10**7 + ordinals * 7_368_787 % (2 * 10**7)
    malaysia = 60_1 * 10**8 + 10**7 + ordinals * 7_368_787 % (9 * 10**7)
    return PLUS + np.where(ordinals % 2, malaysia, hong_kong)
