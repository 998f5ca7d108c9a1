"""Vests: the numbers that a campaign wears, one after the other in each of its hands."""

from collections.abc import Callable
from typing import Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from wurao.core.clock import DAY_US, HOUR_US
from wurao.sim.directory import TRUNKS, Directory, abroad
from wurao.sim.draw import Floats, Ints, day_start_us, generator, lognormal, mixed
from wurao.sim.figures import Blocking, Campaign
from wurao.sim.traits import AMOUNTS, SHARES
from wurao.sim.written import Written

NEVER: Final = 2**62
_FOREIGN: Final = 0.15
_RESOLD: Final = 0.6
"""Of scattered numbers: from abroad, resold. Chosen."""
_WIDTH: Final = 10_000
_LASTING: Final = 0.7
"""Share of the variance between vests that stays with the hand. Chosen."""


class Vests(msgspec.Struct, frozen=True):
    """Numbers in order of birth: worn by a hand in [born, until), known to the blockers from ``caught``.

    ``before`` is the vest that the same hand wore before, -1 for none; ``z`` how each differs from its campaign.
    """

    numbers: Written
    hand: Ints
    before: Ints
    born: Ints
    until: Ints
    caught: Ints
    z: Floats

    def worn(self, from_us: int, until_us: int) -> Ints:
        """Return which vests are worn at some time of an interval."""
        return np.flatnonzero((self.born < until_us) & (self.until > from_us))


class Wardrobe:
    """Gives numbers to vests so that no two campaigns share one."""

    def __init__(self, seed: int, directory: Directory, subscribers: Written) -> None:
        self._seed = seed
        self._directory = directory
        self._subscribers = subscribers
        self._taken = {True: 0, False: 0}
        self._abroad = 0
        self._made_up = 0
        self._trunks = 0
        self._lenders = generator(seed, "lent").permutation(subscribers)
        self._rented = 0

    def numbers(self, campaign: Campaign, n: int) -> Written:
        """Return n numbers of the campaign's sort, in the order in which they will be worn."""
        sorts: dict[str, Callable[[int], Written]] = {
            "blocks": self._blocks,
            "neighbour": self._beside,
            "scattered": self._scattered,
            "farm": lambda n: self._spare(n, np.ones(n, bool)),
            "handsets": lambda n: self._spare(n, np.zeros(n, bool)),
            "rented": self._lent,
        }
        return sorts[campaign.numbers](n)

    def _blocks(self, n: int) -> Written:
        """Hundreds of a landline block, one after the other."""
        ordinals = np.arange(n)
        first = TRUNKS + self._trunks * _WIDTH
        self._trunks += -(-n // _WIDTH)
        return first + ordinals // 100 * 100 + ordinals * 37 % 100

    def _spare(self, n: int, resold: NDArray[np.bool_]) -> Written:
        ordinals = np.zeros(n, np.int64)
        for sort in (True, False):
            mine = resold == sort
            count = int(mine.sum())
            ordinals[mine] = self._taken[sort] + np.arange(count)
            self._taken[sort] += count
        return self._directory.spare(ordinals, resold)

    def _scattered(self, n: int) -> Written:
        rng = generator(self._seed, "scattered", self._taken[True])
        foreign = rng.random(n) < _FOREIGN
        numbers = self._spare(n, rng.random(n) < _RESOLD)
        count = int(foreign.sum())
        numbers[foreign] = abroad(self._abroad + np.arange(count))
        self._abroad += count
        return numbers

    def _lent(self, n: int) -> Written:
        """Cards of subscribers, whose own calls go on."""
        places = (self._rented + np.arange(n)) % len(self._lenders)
        self._rented += n
        return self._lenders[places]

    def _beside(self, n: int) -> Written:
        ordinals = self._made_up + np.arange(n)
        self._made_up += n
        victims = self._subscribers[mixed(self._seed, ordinals) % len(self._subscribers)]
        return self._directory.beside(victims, ordinals)


def worn(
    seed: int, name: str, campaign: Campaign, hands: int, days: range, wardrobe: Wardrobe, blocking: Blocking | None
) -> Vests:
    """Return all vests of one campaign for the local days given; the first are already worn when they begin."""
    rng = generator(seed, "vests", name)
    low, high = campaign.life_days
    median = float(np.sqrt(low * high))
    sigma = np.log(high / low) / 2.563 if high > low else 0.0
    chain = 4 + int(len(days) / median * 2.5)
    life_us = (lognormal(rng, median, float(sigma), hands * chain) * DAY_US).astype(np.int64).reshape(hands, chain)
    pause_us = (rng.exponential(2, (hands, chain)) * HOUR_US).astype(np.int64)
    start_us, end_us = day_start_us(days.start), day_start_us(days.stop)
    until = start_us - (rng.random(hands) * life_us[:, 0]).astype(np.int64)[:, None] + np.cumsum(life_us + pause_us, 1)
    until -= pause_us
    born = until - life_us
    hand, link = np.nonzero((until > start_us) & (born < end_us))
    order = np.argsort(born[hand, link], kind="stable")
    hand, link = hand[order], link[order]
    n = len(hand)
    place = np.full((hands, chain), -1)
    place[hand, link] = np.arange(n)
    before = np.where(link > 0, place[hand, np.maximum(link - 1, 0)], -1)
    found = born[hand, link], until[hand, link]
    return Vests(
        wardrobe.numbers(campaign, n),
        hand,
        before,
        *found,
        _caught(rng, found[0], blocking),
        _differences(rng, hand, hands),
    )


def _differences(rng: np.random.Generator, hand: Ints, hands: int) -> Floats:
    """Most of how a vest differs comes from the person or machine that wears it, and stays with the next vest."""
    traits = len(AMOUNTS) + len(SHARES)
    lasting = rng.standard_normal((hands, traits))[hand]
    passing = rng.standard_normal((len(hand), traits))
    return np.asarray(_LASTING**0.5 * lasting + (1 - _LASTING) ** 0.5 * passing)


def _caught(rng: np.random.Generator, born: Ints, blocking: Blocking | None) -> Ints:
    if blocking is None:
        return np.full(len(born), NEVER)
    hours = lognormal(rng, blocking.after_h, blocking.after_sigma, len(born))
    known = rng.random(len(born)) < blocking.stopped
    return np.where(known, born + (np.minimum(hours, 10**6) * HOUR_US).astype(np.int64), NEVER)
