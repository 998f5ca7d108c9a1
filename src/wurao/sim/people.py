"""People: a network of acquaintances and the calls along it, in both directions, into the town and out of it."""

import msgspec
import numpy as np

from wurao.core.clock import HOUR_US
from wurao.sim.calls import Calls, dial, followed, handset_tac, starts
from wurao.sim.directory import Directory
from wurao.sim.draw import Floats, Ints, generator, is_weekend, local_day, local_hour
from wurao.sim.figures import Figures, People
from wurao.sim.written import Written

PERSON = 0
"""People's source."""


class Ties(msgspec.Struct, frozen=True):
    """Directed ties between people by index; subscribers come first. ``reach`` is the running sum of their weights."""

    owner: Ints
    friend: Ints
    reach: Floats


def ties(seed: int, subscribers: int, elsewhere: int, figures: People) -> Ties:
    """Return who calls whom how often; every tie runs both ways, each with a weight of its own."""
    rng = generator(seed, "ties")
    begun = rng.geometric(1 / figures.friends, subscribers).clip(1, 10 * figures.friends)
    owner = np.repeat(np.arange(subscribers), begun)
    near = owner + np.round(rng.standard_cauchy(len(owner)) * 30).clip(-(10**6), 10**6).astype(np.int64)
    far = subscribers + rng.integers(0, max(elsewhere, 1), len(owner))
    friend = np.where((rng.random(len(owner)) < figures.local_share) | (elsewhere == 0), near % subscribers, far)
    met = owner != friend
    owner, friend = owner[met], friend[met]
    strength = rng.pareto(1.2, len(owner)).clip(0.02, 60)
    active = np.exp(figures.activity_sigma * rng.standard_normal(subscribers + elsewhere))
    both, others = np.concatenate([owner, friend]), np.concatenate([friend, owner])
    weight = np.tile(strength, 2) * active[both] * rng.uniform(0.5, 1.5, len(both))
    return Ties(both, others, np.cumsum(weight))


class Population:
    """The calls of people; reads nothing but its seed, figures and directory."""

    def __init__(self, seed: int, figures: Figures, numbers: Directory) -> None:
        self._seed = seed
        self._figures = figures
        self._subscribers = len(numbers.subscribers)
        self.numbers: Written = np.concatenate([numbers.subscribers, numbers.elsewhere])
        self.ties = ties(seed, self._subscribers, len(numbers.elsewhere), figures.people)

    def calls(self, hour: int) -> Calls:
        """Return people's calls that begin in an hour counted from 1970 UTC."""
        people = self._figures.people
        rng = generator(self._seed, "people", hour)
        share = self._figures.share(people.curve, local_hour(hour))
        share *= people.weekend if is_weekend(local_day(hour)) else 1
        n = int(rng.poisson(self._subscribers * people.calls_a_day * share * 1.5))  # half as many come from outside
        caller, callee = self._pairs(rng, n)
        begun = dial(rng, self.numbers[caller], self.numbers[callee], starts(rng, hour, len(caller)), people.manner)
        tries, backs = followed(rng, begun, people.manner, people.manner, (hour + 1) * HOUR_US)
        calls = np.concatenate([begun, tries, backs])
        calls["imei_tac"] = handset_tac(calls["caller"])
        calls["cells"] = 1 + rng.poisson(0.4, len(calls))
        calls["source"] = PERSON
        return calls

    def _pairs(self, rng: np.random.Generator, n: int) -> tuple[Ints, Ints]:
        reach = self.ties.reach
        tie = np.searchsorted(reach, rng.random(n) * reach[-1]).clip(0, len(reach) - 1)
        caller, callee = self.ties.owner[tie], self.ties.friend[tie].copy()
        strange = rng.random(n) < self._figures.people.stranger_share
        callee[strange] = rng.integers(0, self._subscribers, int(strange.sum()))
        apart = caller != callee
        return caller[apart], callee[apart]
