"""Legitimate bulk callers: couriers on their rounds, riders behind privacy numbers, desks and a reminder robot."""

import numpy as np

from wurao.core.clock import HOUR_US
from wurao.sim.calls import Calls, dial, followed, handset_tac, none, starts
from wurao.sim.directory import DESKS
from wurao.sim.draw import Ints, generator, is_weekend, local_day, local_hour
from wurao.sim.figures import Figures, Service
from wurao.sim.written import Written

_BANK = 955_71
_FREEPHONE = 4_008_571_000
_RELAY = 700_000_000_000_000


def count(service: Service, subscribers: int, numbers: dict[str, int]) -> int:
    """Return how many numbers a service has in a town of that size; ``numbers`` overrides the figure by name."""
    return numbers.get(service.name, max(service.least, round(service.per_10k * subscribers / 10_000)))


class Desk:
    """One service: its numbers and its calls."""

    def __init__(self, seed: int, figures: Figures, service: Service, numbers: Written, subscribers: Written) -> None:
        self._seed = seed
        self._figures = figures
        self._subscribers = subscribers
        self.service = service
        self.numbers = numbers

    def calls(self, hour: int) -> Calls:
        """Return the service's calls of an hour, with second tries and people's call-backs."""
        service = self.service
        rng = generator(self._seed, "service", service.name, hour)
        rate = service.calls_a_day * self._figures.share(service.curve, local_hour(hour))
        rate *= service.weekend if is_weekend(local_day(hour)) else 1
        member = np.repeat(np.arange(len(self.numbers)), rng.poisson(rate, len(self.numbers)))
        if not len(member):
            return none()
        callee = self._subscribers[self._customers(rng, member, local_day(hour))]
        caller = self._presented(rng, member)
        begun = dial(rng, caller, callee, starts(rng, hour, len(member)), service.manner)
        end_us = (hour + 1) * HOUR_US
        tries, backs = followed(rng, begun, service.manner, self._figures.people.manner, end_us)
        calls = np.concatenate([begun, tries])
        handsets = service.number in {"mobile", "relay700"}
        calls["imei_tac"] = handset_tac(calls["caller"]) if handsets else 0
        calls["cells"] = rng.integers(1, service.cells + 1, len(calls)) if handsets else 0
        return np.concatenate([calls, _from_handsets(backs)])

    def _customers(self, rng: np.random.Generator, member: Ints, day: int) -> Ints:
        n = len(self._subscribers)
        if not self.service.rounds:
            return rng.integers(0, n, len(member))
        home = generator(self._seed, "rounds", self.service.name, day).integers(0, n, len(self.numbers))
        return (home[member] + rng.integers(0, self.service.rounds, len(member))) % n

    def _presented(self, rng: np.random.Generator, member: Ints) -> Written:
        if self.service.number == "relay700":  # bound to one order: a new number each call
            return _RELAY + rng.integers(0, 10**12, len(member))
        return self.numbers[member]


def _from_handsets(backs: Calls) -> Calls:
    backs["imei_tac"] = handset_tac(backs["caller"])
    backs["cells"] = 1
    return backs


def desks(
    seed: int, figures: Figures, numbers: dict[str, int], handsets: Written, subscribers: Written
) -> tuple[Desk, ...]:
    """Return the town's services; mobiles are taken from the front of ``handsets``."""
    found = []
    fixed = used = 0
    for service in figures.services:
        n = count(service, len(subscribers), numbers)
        if service.number == "mobile":
            own, used = handsets[used : used + n], used + n
        elif service.number == "fixed":
            own, fixed = DESKS + fixed + np.arange(n), fixed + n
        else:
            first = {"n95": _BANK, "n400": _FREEPHONE, "relay700": _RELAY}[service.number]
            own = first + np.arange(n)
        found.append(Desk(seed, figures, service, own, subscribers))
    return tuple(found)
