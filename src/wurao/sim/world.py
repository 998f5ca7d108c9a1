"""The world: all sources together, day by day; the same seed gives the same calls in whatever order one asks."""

from collections.abc import Iterator
from functools import lru_cache
from typing import Final, Protocol

import msgspec
import numpy as np
from numpy.typing import NDArray

from wurao.core.errors import InputError
from wurao.sim import people, services, vests
from wurao.sim.calls import Calls, none, without_clashes
from wurao.sim.campaigns import Wave
from wurao.sim.complaints import Centre, Complaints
from wurao.sim.directory import directory
from wurao.sim.draw import Ints, day_start_us, generator, local_day
from wurao.sim.figures import Campaign, Figures
from wurao.sim.leads import LeadList
from wurao.sim.leaks import disclose
from wurao.sim.setting import Setting
from wurao.sim.written import PLUS, Written

MAX_SUBSCRIBERS: Final = 5_000_000
MAX_DAYS: Final = 1000
MAX_NUMBERS: Final = 400_000
MAX_VESTS: Final = 50_000
SHARD: Final = 2_000_000
"""Calls that are put in order together; part of what a seed means."""
KEPT_DAYS: Final = 2
_HERE, _ELSEWHERE, _ABROAD = range(3)


class Source(Protocol):
    """Whoever calls."""

    def batches(self, day: int) -> list[tuple[int, int]]:
        """Return the ranges of numbers that are drawn at a time on a local day."""

    def calls(self, low: int, high: int, day: int) -> Calls:
        """Return the calls of one range of numbers on a local day."""


class Options(msgspec.Struct, frozen=True):
    """What one may ask of a world.

    ``numbers``: only these kinds, trades or ``person`` call, so many of each. ``wider`` stretches how much legitimate
    numbers of a kind differ. ``blocking``: calls that our own blocking stops show as rejected. ``lasts``: days for
    which the world goes on, where that is longer than what is written of it.
    """

    numbers: dict[str, int] = {}
    wider: float = 1
    blocking: bool = False
    lasts: int = 0


class World:
    """A world of ``subscribers`` for ``days`` local days from the one that holds ``start_us``.

    Raises InputError for absurd sizes.
    """

    def __init__(
        self, figures: Figures, seed: int, subscribers: int, start_us: int, days: int, options: Options | None = None
    ) -> None:
        self.options = _checked(figures, subscribers, days, options or Options())
        self.figures = figures
        self.seed = seed
        first = local_day(start_us)
        self.days = range(first, first + days)
        self.lasts = range(first, first + max(days, self.options.lasts))
        self.start_us, self.end_us = day_start_us(self.days.start), day_start_us(self.days.stop)
        counts = [self._count(kind.name, kind.per_10k, kind.least, subscribers) for kind in figures.kinds]
        mobiles = sum(n for n, kind in zip(counts, figures.kinds, strict=True) if kind.number == "mobile")
        elsewhere = round(subscribers * figures.people.elsewhere_per_subscriber)
        self.directory = directory(seed, subscribers, elsewhere, mobiles)
        self.subscribers = self.directory.subscribers
        self.joins = self._joining(subscribers)
        self.holders = disclose(seed, figures.leaks, self.subscribers, self.start_us, len(self.lasts))
        self.setting = Setting(seed, figures, self.subscribers, people.typical(figures.people), first)
        self.lines = tuple(figures.lines.values())
        self.population = self._population()
        self.desks = self._desks(counts)
        self.waves = self._waves(subscribers)
        self.sources: tuple[Source, ...] = (self.population, *self.desks, *self.waves)
        self._centre = Centre(seed, figures, self.subscribers, 1 + len(self.desks), [w.campaign for w in self.waves])
        self.day = lru_cache(maxsize=KEPT_DAYS)(self._day)

    def _count(self, name: str, per_10k: float, least: int, subscribers: int) -> int:
        asked = self.options.numbers
        return asked.get(name, 0) if asked else services.amount(per_10k, least, subscribers)

    def _joining(self, subscribers: int) -> Ints:
        """The day from which each subscriber has the number; most had it before."""
        rng = generator(self.seed, "joins")
        joins = np.full(subscribers, self.days.start - 1)
        new = rng.random(subscribers) < self.figures.people.joining
        joins[new] = rng.integers(self.lasts.start, self.lasts.stop, int(new.sum()))
        return joins

    def _population(self) -> people.Population:
        asked = self.options.numbers
        numbers = self.directory.subscribers, self.directory.elsewhere
        only = asked.get("person", 0) if asked else None
        return people.Population(self.seed, self.figures, numbers, self.joins, only)

    def _line_numbers(self, names: tuple[str, ...]) -> tuple[int, ...]:
        order = list(self.figures.lines)
        return tuple(order.index(name) for name in names)

    def _desks(self, counts: list[int]) -> tuple[services.Desk, ...]:
        taken: dict[str, int] = {}
        found = []
        for kind, count in zip(self.figures.kinds, counts, strict=True):
            numbers = services.numbers_of(kind, count, taken, self.directory.handsets)
            lines = self._line_numbers(kind.lines)
            found.append(services.Desk(self.setting, kind, numbers, lines, self.options.wider))
        return tuple(found)

    def _waves(self, subscribers: int) -> tuple[Wave, ...]:
        wardrobe = vests.Wardrobe(self.seed, self.directory, self.subscribers)
        found: list[Wave] = []
        for trade in self.figures.campaigns:
            worn = self._count(trade.name, trade.per_10k, trade.least, subscribers)
            found += self._of_trade(trade, worn, wardrobe, len(found))
        return tuple(found)

    def _of_trade(self, trade: Campaign, worn: int, wardrobe: vests.Wardrobe, first: int) -> Iterator[Wave]:
        """Share the vests of a trade among campaigns; now and then one operator runs two."""
        rng = generator(self.seed, "trade", trade.name)
        mean = float(np.sqrt(trade.vests[0] * trade.vests[1]))
        campaigns = max(1, round(worn / mean)) if worn else 0
        hands = np.maximum(1, rng.multinomial(worn, rng.dirichlet(np.full(max(campaigns, 1), 2.0))))
        leads = self.holders.leaked(self.seed, trade.name, campaigns)
        operator = ""
        for at in range(campaigns):
            name = f"{trade.name}-{at + 1:02}"
            operator = operator if operator and rng.random() < 0.25 else f"operator-{first + at + 1:03}"
            blocking = self.figures.blocking if self.options.blocking else None
            worn_here = vests.worn(self.seed, name, trade, int(hands[at]), self.lasts, wardrobe, blocking)
            salt = int(rng.integers(0, 2**31))
            chosen = rng.permutation(self._line_numbers(trade.lines))[: int(rng.integers(1, 3))]
            whom = LeadList(self.setting, salt, leads[at])
            yield Wave(self.setting, name, trade, worn_here, whom, tuple(chosen.tolist()), operator)

    def shards(self, day: int) -> Iterator[Calls]:
        """Yield all calls that begin on a local day, each shard in order of start: one in a small world."""
        parts: list[Calls] = []
        for number, source in enumerate(self.sources):
            for low, high in source.batches(day):
                calls = source.calls(low, high, day)
                calls["source"] = np.where(calls["source"] > 0, number, people.PERSON)
                parts.append(calls)
                if sum(map(len, parts)) >= SHARD:
                    yield self._finished(np.concatenate(parts), day)
                    parts = []
        yield self._finished(np.concatenate(parts) if parts else none(), day)

    def _finished(self, calls: Calls, day: int) -> Calls:
        """Put a shard in order, and write how people's own calls came."""
        calls = without_clashes(calls[calls["caller"] != calls["callee"]])  # a lent card may be on the lead list
        theirs = calls["source"] == people.PERSON
        mine = self.is_subscriber(calls["caller"])
        calls["line"] = np.where(theirs, np.where(mine, _HERE, _ELSEWHERE), calls["line"])
        calls["line"] = np.where(calls["caller"] >= PLUS, _ABROAD, calls["line"])
        people.fill_in(calls, self.figures.people)
        return self._joined(calls, day)

    def _joined(self, calls: Calls, day: int) -> Calls:
        """Leave out what somebody does with a number before it is theirs."""
        late = self.subscribers[self.joins > day]
        if not len(late):
            return calls
        return calls[~np.isin(calls["caller"], late)]

    def _day(self, day: int) -> Calls:
        return np.concatenate(list(self.shards(day)))

    def complaints(self, day: int, shard: int, calls: Calls) -> Complaints:
        """Return the complaints about a shard of a day's calls in order of receipt, which may be days later."""
        return self._centre.complaints(day, shard, calls)

    def is_subscriber(self, numbers: Written) -> NDArray[np.bool_]:
        """Say of each number whether it is a subscriber's."""
        return self.setting.is_subscriber(numbers)


def _checked(figures: Figures, subscribers: int, days: int, options: Options) -> Options:
    if not 10 <= subscribers <= MAX_SUBSCRIBERS:
        raise InputError(f"a world has 10 to {MAX_SUBSCRIBERS:,} subscribers, not {subscribers:,}")
    if not 1 <= days <= MAX_DAYS:
        raise InputError(f"a world is simulated for 1 to {MAX_DAYS} days, not {days}")
    if not 0 <= options.wider <= 4:
        raise InputError(f"spans can be 0 to 4 times as wide, not {options.wider}")
    most = dict.fromkeys((kind.name for kind in figures.kinds), MAX_NUMBERS)
    most |= dict.fromkeys((campaign.name for campaign in figures.campaigns), MAX_VESTS)
    most["person"] = subscribers
    for name, count in options.numbers.items():
        if name not in most:
            raise InputError(f"nobody in the world is called {name!r}", mend=f"choose from {', '.join(sorted(most))}")
        if not 1 <= count <= most[name]:
            raise InputError(f"{name} can have 1 to {most[name]:,} numbers here, not {count:,}")
    return options
