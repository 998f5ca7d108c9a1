"""People: a network of acquaintances and the calls along it, in both directions, into the world and out of it."""

from functools import lru_cache

import msgspec
import numpy as np
from numpy.typing import NDArray

from wurao.sim import calls as going
from wurao.sim.calls import HANDSET, Calls, handset_tac
from wurao.sim.draw import Floats, Ints, day_start_us, generator, is_weekend, mixed, moments
from wurao.sim.figures import Figures, Manner, People
from wurao.sim.traits import Traits, drawn
from wurao.sim.written import Written

PERSON = 0
"""People's source."""
_BLOCK = 16_384
_CLOSEST = 60
_CELLS = 0xCE115
_FROM_OUTSIDE = 0.75
"""People elsewhere call in so much less than they are called: part of it goes by other ways. Chosen."""
KEPT_BLOCKS = 64


def typical(people: People) -> Traits:
    """Return the traits of a call by some person or other, as a single row."""
    traits = drawn(np.random.default_rng(0), manner(people), 1)
    middle = {"talk_s": _middle(people.talk_s), "talk_sigma": _middle(people.talk_sigma)}
    return traits | {name: np.full(1, value) for name, value in middle.items()}


def _middle(span: tuple[float, float]) -> float:
    return float(np.sqrt(span[0] * span[1]))


def manner(people: People) -> Manner:
    """Return how people call, in the words of other callers."""
    return Manner(
        curve=people.curve,
        weekend=people.weekend,
        calls_a_day=(people.calls_a_day, people.calls_a_day),
        answer=(people.answer, people.answer),
        talk_s=people.talk_s,
        talk_sigma=people.talk_sigma,
        brush_off=(0.02, 0.02),
        hangs_up=(people.hangs_up, people.hangs_up),
        ring_limit_s=(45, 45),
        ring_jitter=(0.3, 0.3),
        redial=(people.redial, people.redial),
        callback=(people.callback, people.callback),
        known=people.known,
        cells=people.cells,
        handsets=people.handsets,
        lines=(),
    )


class Ties(msgspec.Struct, frozen=True):
    """Directed ties by person, subscribers first: person i's are those from ``first[i]`` to ``first[i + 1]``.

    ``reach`` is the running sum of their weights, which are calls a day.
    """

    friend: NDArray[np.int32]
    first: Ints
    reach: Floats


def ties(seed: int, subscribers: int, elsewhere: int, people: People) -> Ties:
    """Return who calls whom how often; every tie runs both ways, each with a weight of its own."""
    rng = generator(seed, "ties")
    everybody = subscribers + elsewhere
    begun = rng.geometric(1 / people.friends, subscribers).clip(1, 10 * people.friends)
    owner = np.repeat(np.arange(subscribers, dtype=np.int32), begun)
    near = owner + np.round(rng.standard_cauchy(len(owner)) * 30).clip(-(10**6), 10**6).astype(np.int64)
    far = subscribers + rng.integers(0, max(elsewhere, 1), len(owner))
    friend = np.where((rng.random(len(owner)) < people.local_share) | (elsewhere == 0), near % subscribers, far)
    met = owner != friend
    owner, friend = owner[met], friend[met].astype(np.int32)
    strength = rng.pareto(1.0, len(owner)).clip(0.02, _CLOSEST).astype(np.float32)
    own = np.exp(people.activity_sigma * rng.standard_normal(everybody))
    begins = np.exp(people.initiative_sigma * rng.standard_normal(everybody))
    begins[subscribers:] *= _FROM_OUTSIDE
    both, others = np.concatenate([owner, friend]), np.concatenate([friend, owner])
    weight = np.tile(strength, 2) * (own * begins)[both] * np.sqrt(own[others])
    order = np.argsort(both, kind="stable")
    counts = np.bincount(both, minlength=everybody)
    first = np.concatenate([[0], np.cumsum(counts)])
    mean = weight[both < subscribers].sum() / subscribers
    return Ties(others[order], first, np.cumsum(weight[order] * (people.calls_a_day / max(mean, 1e-9))))


class Population:
    """The calls of people; reads nothing but its seed, figures and numbers."""

    def __init__(
        self, seed: int, figures: Figures, numbers: tuple[Written, Written], joins: Ints, only: int | None
    ) -> None:
        self._seed = seed
        self._figures = figures
        self._joins = joins
        self.subscribers = len(numbers[0])
        self.callers = len(numbers[0]) + len(numbers[1]) if only is None else only
        self.numbers: Written = np.concatenate(numbers)
        self._traits = lru_cache(maxsize=KEPT_BLOCKS)(self._drawn)
        self._typical = typical(figures.people)
        self.ties = ties(seed, self.subscribers, len(numbers[1]), figures.people)

    def batches(self, day: int) -> list[tuple[int, int]]:
        """Return the ranges of people whose calls ``calls`` draws at a time."""
        del day  # people are always here
        return [(low, min(low + _BLOCK, self.callers)) for low in range(0, self.callers, _BLOCK)]

    def calls(self, low: int, high: int, day: int) -> Calls:
        """Return a day's calls of a block of people, with second tries and call-backs."""
        people = self._figures.people
        rng = generator(self._seed, "people", low, day)
        traits = self._traits(low, high)
        member, tie = self._chosen(rng, low, high, 1.0 if not is_weekend(day) else people.weekend)
        callee = self.ties.friend[tie].astype(np.int64)
        strange = rng.random(len(member)) > traits["known"][member]
        callee[strange] = rng.integers(0, self.subscribers, int(strange.sum()))
        begun = callee != member + low
        begun &= (self._joins[np.minimum(member + low, self.subscribers - 1)] <= day) | (
            member + low >= self.subscribers
        )
        member, callee = member[begun], callee[begun]
        curve = self._figures.curves[people.curve]
        start_us = day_start_us(day) + moments(curve, rng.random(len(member))).astype(np.int64)
        made = going.dial(rng, traits, member, (self.numbers[member + low], self.numbers[callee]), start_us)
        tries, who = going.again(rng, made, member, traits)
        made, member = np.concatenate([made, tries]), np.concatenate([member, who])
        made["handset"] = HANDSET
        made, member = going.one_at_a_time(rng, made, member)
        backs = going.back(rng, made, traits["callback"][member], self._typical)
        made["imei_tac"] = handset_tac(
            made["caller"], (rng.random(len(made)) ** 2 * np.round(traits["handsets"][member])).astype(np.int64)
        )
        made["cells"] = 1 + rng.poisson(np.maximum(traits["cells"][member] - 1, 0))
        return going.within_day(np.concatenate([made, backs]), day_start_us(day + 1))

    def _chosen(self, rng: np.random.Generator, low: int, high: int, rate: float) -> tuple[Ints, Ints]:
        """Draw who calls and along which tie: a Poisson number of points on the person's stretch of ``reach``."""
        reach, first = self.ties.reach, self.ties.first
        begins = np.where(first[low : high + 1] > 0, reach[first[low : high + 1] - 1], 0.0)
        weight = np.diff(begins)
        count = rng.poisson(rate * weight)
        member = np.repeat(np.arange(high - low), count)
        point = begins[member] + rng.random(len(member)) * weight[member]
        tie = np.searchsorted(reach, point, side="right")
        return member, np.clip(tie, first[member + low], np.maximum(first[member + low + 1] - 1, 0))

    def _drawn(self, low: int, high: int) -> Traits:
        people = self._figures.people
        return drawn(generator(self._seed, "traits", "person", low), manner(people), high - low)


def fill_in(calls: Calls, people: People) -> None:
    """Write the handsets and cells of calls that people make on others' behalf: answers and questions."""
    bare = (calls["source"] == PERSON) & (calls["imei_tac"] == 0)
    calls["imei_tac"][bare] = handset_tac(calls["caller"][bare])
    chance = mixed(_CELLS, calls["caller"][bare], calls["start_us"][bare]) % 1000
    calls["cells"][bare] = 1 + (chance < 1000 * (_middle(people.cells) - 1))
