"""Legitimate bulk callers: from couriers on their rounds to reminder robots on the same diallers as the nuisance."""

from functools import lru_cache
from typing import Final

import numpy as np

from wurao.core.clock import HOUR_US
from wurao.sim import calls as going
from wurao.sim.calls import DESK, HANDSET, OPTIONAL, OWN, Calls, handset_tac
from wurao.sim.directory import DESKS
from wurao.sim.draw import BLOCK, Ints, blocks, day_start_us, generator, is_weekend, mixed, moments
from wurao.sim.figures import Kind, Manner
from wurao.sim.private import private
from wurao.sim.setting import Setting
from wurao.sim.traits import Traits, drawn, of
from wurao.sim.written import Written

_SKEW: Final = 1.7
"""Some people are customers everywhere, others hardly anywhere. Chosen."""
KEPT_BLOCKS: Final = 64
_N95: Final = 95_571_000
_FREEPHONE: Final = 4_008_571_000
_RELAY: Final = 700_000_000_000_000


class Desk:
    """All numbers of one kind and their calls."""

    def __init__(self, setting: Setting, kind: Kind, numbers: Written, lines: tuple[int, ...], wider: float) -> None:
        self._setting = setting
        self._lines = np.array(lines)
        self._wider = wider
        self.kind = kind
        self.numbers = numbers
        self._block = lru_cache(maxsize=KEPT_BLOCKS)(self._drawn)

    def batches(self, day: int) -> list[tuple[int, int]]:
        """Return the ranges of numbers whose calls ``calls`` draws at a time."""
        del day  # these numbers are here every day
        return blocks(len(self.numbers))

    def traits(self, low: int, high: int) -> Traits:
        """Return the traits of a block of numbers."""
        return of(self._block(low), 0, high - low)

    def _drawn(self, low: int) -> Traits:
        rng = generator(self._setting.seed, "traits", self.kind.name, low)
        return drawn(rng, self.kind, BLOCK, self._wider)

    def calls(self, low: int, high: int, day: int) -> Calls:
        """Return a day's calls of a block of numbers: to customers, from them, and private ones."""
        kind, setting = self.kind, self._setting
        rng = generator(setting.seed, "service", kind.name, low, day)
        traits, own = self.traits(low, high), self.numbers[low:high]
        traits["talk_s"] = traits["talk_s"] * setting.drift(kind.name, day)
        made, who = self._work(rng, traits, own, day)
        answers = going.back(rng, made, traits["callback"][who], setting.people)
        asked = self._asked(rng, traits, own, day)
        going_out, mine, coming = private(rng, traits["private_a_day"], own, own, setting, day)
        made, who = np.concatenate([made, going_out]), np.concatenate([who, mine])
        if not kind.at_once:
            made["handset"] = HANDSET
            made, who = going.one_at_a_time(rng, made, who)
        made["line"] = self._lines[mixed(0x11E, made["caller"]) % len(self._lines)]
        if kind.number == "mobile":
            made["imei_tac"] = tac(rng, traits, who, made["caller"])
            made["cells"] = 1 + rng.poisson(np.maximum(traits["cells"][who] - 1, 0))
        made["source"] = OWN
        hidden = rng.random(len(made)) < kind.relay
        made["caller"] = np.where(hidden, _RELAY + rng.integers(0, 10**12, len(made)), made["caller"])
        made["handset"] = np.where(hidden, DESK, made["handset"])
        return going.within_day(np.concatenate([made, answers, asked, coming]), day_start_us(day + 1))

    def _work(self, rng: np.random.Generator, traits: Traits, own: Written, day: int) -> tuple[Calls, Ints]:
        setting = self._setting
        member, start_us = worked(rng, traits, self.kind, setting.figures.curves[self.kind.curve], day)
        callee = setting.subscribers[self._customers(rng, traits, own, member, day)]
        made = going.dial(rng, traits, member, (own[member], callee), start_us)
        tries, who = going.again(rng, made, member, traits)
        return np.concatenate([made, tries]), np.concatenate([member, who])

    def _asked(self, rng: np.random.Generator, traits: Traits, own: Written, day: int) -> Calls:
        """Calls of customers who ask something."""
        setting = self._setting
        member = np.repeat(np.arange(len(own)), rng.poisson(traits["incoming_a_day"]))
        curve = setting.figures.curves[self.kind.curve]
        start_us = day_start_us(day) + moments(curve, rng.random(len(member))).astype(np.int64)
        caller = setting.subscribers[self._customers(rng, traits, own, member, day)]
        zeros = np.zeros(len(member), np.int64)
        asked = going.dial(rng, setting.people, zeros, (caller, own[member]), start_us)
        asked["handset"] = OPTIONAL
        return asked

    def _customers(self, rng: np.random.Generator, traits: Traits, own: Written, member: Ints, day: int) -> Ints:
        n, kind = len(self._setting.subscribers), self.kind
        if kind.reach == "anyone":
            found = (rng.random(len(member)) ** _SKEW * n).astype(np.int64)
        else:
            home = mixed(0x40E, own, day if kind.reach == "round" else 0) % n
            found = (home[member] + rng.integers(0, kind.nearby, len(member))) % n
        known = rng.random(len(member)) < traits["known"][member]
        rank = (rng.random(len(member)) ** 2 * traits["regulars"][member]).astype(np.int64)
        regular = mixed(0x4E6, own[member], rank) % n
        return np.where(known, regular, found)


def tac(rng: np.random.Generator, traits: Traits, who: Ints, caller: Written) -> np.ndarray:
    """Return the handset of each call: most on the first of those that a number has."""
    which = np.floor(rng.random(len(who)) * np.round(traits["handsets"][who]))
    return handset_tac(caller, which.astype(np.int64))


def worked(
    rng: np.random.Generator, traits: Traits, manner: Manner, curve: tuple[float, ...], day: int
) -> tuple[Ints, Ints]:
    """Return who calls when on a day: members in order, and instants in order for each member."""
    n = len(traits["calls_a_day"])
    rate = traits["calls_a_day"] * (manner.weekend if is_weekend(day) else 1) * (rng.random(n) < traits["works"])
    count = rng.poisson(rate * np.exp(0.25 * rng.standard_normal(n)))
    member = np.repeat(np.arange(n), count)
    at = np.sort(member + rng.random(len(member))) - member
    rank = np.arange(len(member)) - np.repeat(np.cumsum(count) - count, count)
    even = traits["even"][member]
    at = (1 - even) * at + even * (rank + 0.5) / np.maximum(count[member], 1)
    session = traits["session"]
    first = rng.random(n) * (1 - session)
    at = first[member] + session[member] * at
    shift = 0.6 * rng.standard_normal(n)  # hours: not everybody begins at the same time
    into_us = np.clip(moments(curve, at) + (shift * HOUR_US)[member], 0, 24 * HOUR_US - 1)
    return member, day_start_us(day) + into_us.astype(np.int64)


def amount(per_10k: float, least: int, subscribers: int) -> int:
    """Return how many numbers a kind has in a world of that size."""
    return max(least, round(per_10k * subscribers / 10_000))


def numbers_of(kind: Kind, count: int, taken: dict[str, int], handsets: Written) -> Written:
    """Return a kind's numbers; ``taken`` counts what was given away of each sort and is moved on."""
    first = taken.get(kind.number, 0)
    taken[kind.number] = first + count
    if kind.number == "mobile":
        return handsets[first : first + count]
    begin = {"fixed": DESKS, "n95": _N95, "n400": _FREEPHONE}[kind.number]
    return begin + first + np.arange(count)
