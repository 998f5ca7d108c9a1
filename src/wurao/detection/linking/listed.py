"""The campaigns that stand, each with what it did of late: numbers in use and new, calls, people called."""

from __future__ import annotations  # pyarrow's types take no [Any] at run time

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import msgspec
from pyarrow import parquet

from wurao.core.campaigns import Campaign
from wurao.core.clock import DAY_US
from wurao.detection.linking import kept
from wurao.store.lake import Lake, reading

if TYPE_CHECKING:
    import duckdb

LATELY_US: Final = 7 * DAY_US
"""So far back from the run calls and people are counted, and numbers that began are new."""
IN_USE_US: Final = 2 * DAY_US
"""A number that called within so long before the run is in use."""
_WORN: Final = """
select campaign, count(*) filter (last_us >= $used) as in_use, count(*) filter (first_us >= $since) as new
from members group by campaign
"""
_DONE: Final = """
select campaign, count(*) as calls, count(distinct callee_id) as people
from calls join members using (caller_id) group by campaign
"""


class Listed(msgspec.Struct, frozen=True):
    """A campaign and its last seven days before the run; ``in_use`` numbers called in the last two."""

    campaign: Campaign
    in_use: int
    new: int
    calls: int
    people: int


def listed(path: Path, lake: Lake) -> list[Listed]:
    """Return the campaigns of a run that stand, the busiest of late first; raises StoreError."""
    at_us = kept.at_us(path)
    since_us, until_us = at_us - LATELY_US, at_us + 1
    with reading():
        members = parquet.read_table(path, columns=["campaign", "caller_id", "first_us", "last_us"])
    with lake.connection() as connection:
        lake.relation(connection, "calls", since_us, until_us).create_view("calls")
        connection.register("members", members)
        worn = _rows(connection, _WORN, {"used": at_us - IN_USE_US, "since": since_us})
        done = _rows(connection, _DONE, {})
    nothing = (0, 0)
    found = [Listed(one, *worn.get(one.id, nothing), *done.get(one.id, nothing)) for one in kept.standing(path)]
    return sorted(found, key=lambda one: (-one.calls, -one.campaign.calls, one.campaign.id))


def _rows(connection: duckdb.DuckDBPyConnection, query: str, values: dict[str, Any]) -> dict[str, tuple[int, int]]:
    with reading():
        found = connection.sql(query, params=values).fetchall()
    return {campaign: (first, second) for campaign, first, second in found}
