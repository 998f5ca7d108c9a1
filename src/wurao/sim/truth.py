"""What really happened, for judging: kept beside the facts in a folder of its own that nothing imports."""

import msgspec
import numpy as np
import pyarrow as pa

from wurao.core.clock import DAY_US
from wurao.sim.calls import Calls
from wurao.sim.campaigns import Wave
from wurao.sim.draw import day_start_us
from wurao.sim.town import Town
from wurao.sim.written import Written, texts


class Tally(msgspec.Struct):
    """Calls counted by source while they are written."""

    counts: list[int]

    def add(self, calls: Calls) -> None:
        """Count a batch."""
        for source, n in enumerate(np.bincount(calls["source"], minlength=len(self.counts)).tolist()):
            self.counts[source] += n


def tally(town: Town) -> Tally:
    """Return a tally of the town's sources: people, desks, campaigns."""
    return Tally([0] * (1 + len(town.desks) + len(town.waves)))


def callers(town: Town) -> pa.Table:
    """Return every number that calls by itself with what it is; privacy numbers live for one order and are left out."""
    parts = [_callers(town.population.numbers, "person", "person")]
    lasting = [desk for desk in town.desks if desk.service.number != "relay700"]
    parts += [_callers(desk.numbers, desk.service.name, desk.service.category) for desk in lasting]
    parts += [_vests(town, wave) for wave in town.waves]
    return pa.concat_tables(parts)


def _callers(numbers: Written, role: str, category: str) -> pa.Table:
    n = len(numbers)
    return _table(texts(numbers), role, category, None, nuisance=False, spans=([None] * n, [None] * n))


def _vests(town: Town, wave: Wave) -> pa.Table:
    spans: dict[int, tuple[int, int]] = {}
    for day in town.local_days().tolist():
        worn = wave.vests(day)
        for number, born, until in zip(worn.numbers.tolist(), worn.born.tolist(), worn.until.tolist(), strict=True):
            first, last = spans.get(number, (born, until))  # a trunk may come back to a number
            spans[number] = min(first, born), max(last, until)
    end_us = town.start_us + town.days * DAY_US
    since = [max(day_start_us(born), town.start_us) for born, _ in spans.values()]
    until_us = [min(day_start_us(until), end_us) for _, until in spans.values()]
    numbers = np.array(list(spans), np.int64)
    campaign = wave.campaign
    return _table(texts(numbers), "campaign", campaign.category, wave, nuisance=True, spans=(since, until_us))


def _table(
    numbers: pa.StringArray,
    role: str,
    category: str,
    wave: Wave | None,
    *,
    nuisance: bool,
    spans: tuple[list[int] | list[None], list[int] | list[None]],
) -> pa.Table:
    n = len(numbers)
    return pa.table(
        {
            "number": numbers,
            "role": pa.array([role] * n, pa.string()),
            "category": pa.array([category] * n, pa.string()),
            "method": pa.array([wave.campaign.method if wave else None] * n, pa.string()),
            "campaign": pa.array([wave.campaign.name if wave else None] * n, pa.string()),
            "nuisance": pa.array([nuisance] * n, pa.bool_()),
            "from_us": pa.array(spans[0], pa.int64()),
            "until_us": pa.array(spans[1], pa.int64()),
        }
    )


def campaigns(town: Town, counts: list[int]) -> pa.Table:
    """Return the campaigns with their numbers and calls."""
    first = 1 + len(town.desks)
    rows = [
        {
            "campaign": wave.campaign.name,
            "category": wave.campaign.category,
            "method": wave.campaign.method,
            "numbers": len(_vests(town, wave)),
            "calls": counts[first + i],
        }
        for i, wave in enumerate(town.waves)
    ]
    return pa.Table.from_pylist(rows)


def leaks(town: Town) -> pa.Table:
    """Return which holder's customers a campaign bought, with how many of them it had at the end."""
    end_us = town.start_us + town.days * DAY_US
    rows = [
        {"holder": holder, "campaign": campaign, "subscribers": len(np.unique(town.holders.leaked(campaign, end_us)))}
        for holder, campaign in town.figures.leaks.leaking.items()
    ]
    return pa.Table.from_pylist(rows)
