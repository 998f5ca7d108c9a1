"""What really happened, for judging: kept beside the facts in a folder of its own that nothing imports."""

import numpy as np
import pyarrow as pa

from wurao.sim.campaigns import Wave
from wurao.sim.draw import day_start_us
from wurao.sim.services import Desk
from wurao.sim.world import World
from wurao.sim.written import NOBODY, texts

OUTSIDER = "outsider"
"""A person of another carrier: only calls with subscribers are seen."""


def callers(world: World) -> pa.Table:
    """Return every number that calls by itself with what it is; privacy numbers live for one order and are left out.

    ``person`` is the hand that wears a campaign's vests one after the other, ``succeeds`` its vest before.
    """
    parts = [_people(world)]
    parts += [_desk(world, desk) for desk in world.desks if len(desk.numbers)]
    parts += [_vests(world, wave) for wave in world.waves]
    return _once(pa.concat_tables(parts))


def _once(callers: pa.Table) -> pa.Table:
    """Keep one row for each number: a lent card's row is its campaign's."""
    last = {number: place for place, number in enumerate(callers["number"].to_pylist())}
    return callers.take(pa.array(sorted(last.values()), pa.int64()))


def _people(world: World) -> pa.Table:
    numbers = world.population.numbers
    starts = np.full(len(numbers), world.start_us)
    joining = (world.joins >= world.days.start) & (world.joins < world.days.stop)
    starts[np.flatnonzero(joining)] = [day_start_us(day) for day in world.joins[joining].tolist()]
    ends = np.full(len(numbers), world.end_us)
    named = {"kind": "person", "method": "human", "category": "person"}
    table = _table(numbers, named, nuisance=False, spans=(starts, ends))
    outside = np.arange(len(numbers)) >= len(joining)
    kinds = pa.array(np.where(outside, OUTSIDER, "person").tolist(), pa.string())
    return table.set_column(table.schema.get_field_index("kind"), "kind", kinds)


def _desk(world: World, desk: Desk) -> pa.Table:
    n = len(desk.numbers)
    named = {"kind": desk.kind.name, "method": desk.kind.method, "category": desk.kind.category}
    spans = np.full(n, world.start_us), np.full(n, world.end_us)
    return _table(desk.numbers, named, nuisance=False, spans=spans)


def _vests(world: World, wave: Wave) -> pa.Table:
    campaign, vests = wave.campaign, wave.vests
    seen = vests.born < world.end_us
    named = {"kind": campaign.name, "method": campaign.method, "category": campaign.category, "campaign": wave.name}
    spans = np.maximum(vests.born, world.start_us), np.minimum(vests.until, world.end_us)
    table = _table(vests.numbers, named | {"operator": wave.operator}, nuisance=True, spans=spans)
    hands = pa.array([f"{wave.name}/{hand}" for hand in vests.hand.tolist()], pa.string())
    before = texts(np.where(vests.before >= 0, vests.numbers[vests.before], NOBODY))
    table = table.set_column(table.schema.get_field_index("person"), "person", hands)
    return table.set_column(table.schema.get_field_index("succeeds"), "succeeds", before).filter(pa.array(seen))


def _table(
    numbers: np.ndarray, named: dict[str, str], *, nuisance: bool, spans: tuple[np.ndarray, np.ndarray]
) -> pa.Table:
    n = len(numbers)
    columns: dict[str, pa.StringArray | pa.BooleanArray] = {"number": texts(numbers)}
    for name in ("kind", "category", "method", "campaign", "operator", "person", "succeeds"):
        columns[name] = pa.array([named.get(name)] * n, pa.string())
    columns["nuisance"] = pa.array([nuisance] * n, pa.bool_())
    return pa.table({**columns, "from_us": spans[0], "to_us": spans[1]})


def campaigns(world: World, counts: list[int]) -> pa.Table:
    """Return the campaigns with the numbers that they wore in order, and how many calls they made."""
    first = len(world.sources) - len(world.waves)
    columns = ("campaign", "kind", "category", "method", "operator")
    rows = [
        (wave.name, wave.campaign.name, wave.campaign.category, wave.campaign.method, wave.operator)
        for wave in world.waves
    ]
    table = {name: pa.array([row[i] for row in rows], pa.string()) for i, name in enumerate(columns)}
    worn = [texts(w.vests.numbers[w.vests.born < world.end_us]).to_pylist() for w in world.waves]
    return pa.table(
        {
            **table,
            "hands": pa.array([len(np.unique(wave.vests.hand)) for wave in world.waves], pa.int32()),
            "calls": pa.array(counts[first:], pa.int64()),
            "numbers": pa.array(worn, pa.list_(pa.string())),
        }
    )


def leaks(world: World) -> pa.Table:
    """Return which holder's customers a campaign bought, with how many of them it had at the end."""
    rows = []
    for wave in world.waves:
        for holder, trade in world.figures.leaks.leaking.items():
            if trade == wave.campaign.name:
                bought = wave.leads.bought(holder, world.end_us)
                rows.append({"holder": holder, "campaign": wave.name, "kind": trade, "subscribers": bought})
    texts_of: dict[str, pa.DataType] = dict.fromkeys(("holder", "campaign", "kind"), pa.string())
    schema = pa.schema({**texts_of, "subscribers": pa.int64()})
    return pa.Table.from_pylist(rows, schema=schema)
