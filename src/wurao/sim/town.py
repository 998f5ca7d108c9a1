"""The town: all sources together, hour by hour; the same seed gives the same calls in whatever order one asks."""

from collections.abc import Iterator
from functools import lru_cache
from typing import Protocol

import msgspec
import numpy as np
from numpy.typing import NDArray

from wurao.core.clock import HOUR_US
from wurao.core.errors import InputError
from wurao.sim import campaigns, complaints, people, services
from wurao.sim.calls import Calls
from wurao.sim.directory import directory
from wurao.sim.draw import Ints
from wurao.sim.figures import Figures
from wurao.sim.leaks import disclose
from wurao.sim.written import PLUS, Written

MAX_SUBSCRIBERS = 20_000_000
MAX_DAYS = 3660
KEPT_HOURS = 8


class Source(Protocol):
    """Whoever calls."""

    def calls(self, hour: int) -> Calls:
        """Return the calls that begin in an hour counted from 1970 UTC."""


class Line(msgspec.Struct, frozen=True):
    """What the network says of the way a call came."""

    ingress: str
    user_agent: str
    attestation: str


_HERE, _ELSEWHERE, _ABROAD = range(3)
_LINES = (Line("local", "", "A"), Line("trunk-1", "", "A"), Line("overseas", "", ""))


class Town:
    """A town of ``subscribers`` that begins at ``start_us`` and has no end; ``days`` bounds only its disclosures.

    ``numbers`` overrides how many numbers a service or campaign has, by name. Raises InputError for absurd sizes.
    """

    def __init__(
        self,
        figures: Figures,
        seed: int,
        subscribers: int,
        start_us: int,
        days: int = 366,
        numbers: dict[str, int] | None = None,
    ) -> None:
        numbers = _checked(figures, subscribers, days, numbers or {})
        self.figures = figures
        self.seed = seed
        self.start_us = start_us
        self.days = days
        sizes = [
            _size(campaign.least, campaign.per_10k, campaign.name, subscribers, numbers)
            for campaign in figures.campaigns
        ]
        mobiles = [services.count(s, subscribers, numbers) for s in figures.services if s.number == "mobile"]
        agents = [size for c, size in zip(figures.campaigns, sizes, strict=True) if c.numbers == "handsets"]
        elsewhere = round(subscribers * figures.people.elsewhere_per_subscriber)
        self.directory = directory(seed, subscribers, elsewhere, sum(mobiles) + sum(agents))
        self.subscribers = self.directory.subscribers
        self.holders = disclose(seed, figures.leaks, self.subscribers, start_us, days)
        self.population = people.Population(seed, figures, self.directory)
        handsets = self.directory.handsets
        self.desks = services.desks(seed, figures, numbers, handsets, self.subscribers)
        self.waves = self._waves(sizes, handsets[sum(mobiles) :])
        self._sorted = np.sort(self.subscribers)
        self.lines = self._all_lines()
        self._centre = complaints.Desk(
            seed, figures, complaints.public(seed, figures, self.subscribers), 1 + len(self.desks)
        )
        self.hour = lru_cache(maxsize=KEPT_HOURS)(self._hour)

    def _waves(self, sizes: list[int], handsets: Written) -> tuple[campaigns.Wave, ...]:
        waves = []
        for campaign, size in zip(self.figures.campaigns, sizes, strict=True):
            own = handsets[:size] if campaign.numbers == "handsets" else handsets[:0]
            handsets = handsets[len(own) :]
            waves.append(campaigns.Wave(self.seed, self.figures, campaign, size, own, self.holders))
        return tuple(waves)

    def _all_lines(self) -> tuple[Line, ...]:
        desks = (Line("local", desk.service.agent, "A") for desk in self.desks)
        waves = (Line(w.campaign.ingress, a, w.campaign.attestation) for w in self.waves for a in w.campaign.agents)
        return (*_LINES, *desks, *waves)

    def _hour(self, hour: int) -> Calls:
        """Return all calls that begin in an hour counted from 1970 UTC, in order of their start."""
        own = self.population.calls(hour)
        own["line"] = np.where(self.is_subscriber(own["caller"]), _HERE, _ELSEWHERE)
        parts = [own]
        line = len(_LINES)
        for number, (source, agents) in enumerate(self._sources(), 1):
            calls = source.calls(hour)
            from_source = ~self.is_subscriber(calls["caller"])
            line_of = line + calls["caller"] // 10 % agents
            line_of = np.where(calls["caller"] >= PLUS, _ABROAD, line_of)
            calls["line"] = np.where(from_source, line_of, _HERE)
            calls["source"] = np.where(from_source, number, people.PERSON)
            parts.append(calls)
            line += agents
        calls = np.concatenate(parts)
        return calls[np.argsort(calls["start_us"], kind="stable")]

    def _sources(self) -> Iterator[tuple[Source, int]]:
        yield from ((desk, 1) for desk in self.desks)
        yield from ((wave, len(wave.campaign.agents)) for wave in self.waves)

    def complaints(self, hour: int) -> complaints.Complaints:
        """Return the complaints about an hour's calls in order of receipt, which may be days later."""
        return self._centre.complaints(hour, self.hour(hour))

    def is_subscriber(self, numbers: Written) -> NDArray[np.bool_]:
        """Say of each number whether it is a subscriber's."""
        at = np.searchsorted(self._sorted, numbers).clip(0, len(self._sorted) - 1)
        same: NDArray[np.bool_] = self._sorted[at] == numbers
        return same

    def hours(self) -> range:
        """Return the hours, counted from 1970 UTC, of the town's ``days``."""
        first = self.start_us // HOUR_US
        return range(first, first + 24 * self.days)

    def local_days(self) -> Ints:
        """Return the local days that the town's hours touch, counted from 1970."""
        hours = self.hours()
        return np.arange((hours[0] + 8) // 24, (hours[-1] + 8) // 24 + 1)


def _size(least: int, per_10k: float, name: str, subscribers: int, numbers: dict[str, int]) -> int:
    return numbers.get(name, max(least, round(per_10k * subscribers / 10_000)))


def _checked(figures: Figures, subscribers: int, days: int, numbers: dict[str, int]) -> dict[str, int]:
    if not 10 <= subscribers <= MAX_SUBSCRIBERS:
        raise InputError(f"a town has 10 to {MAX_SUBSCRIBERS:,} subscribers, not {subscribers:,}")
    if not 1 <= days <= MAX_DAYS:
        raise InputError(f"a town is simulated for 1 to {MAX_DAYS} days, not {days}")
    known = {s.name for s in figures.services} | {c.name for c in figures.campaigns}
    for name, count in numbers.items():
        if name not in known:
            raise InputError(f"nobody in the town is called {name!r}", mend=f"choose from {', '.join(sorted(known))}")
        if not 1 <= count <= 20_000:
            raise InputError(f"{name} can have 1 to 20,000 numbers, not {count}")
    return numbers
