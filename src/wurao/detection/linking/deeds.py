"""What a campaign did, told from the facts: whom it called and where, by which trunks, what people said of it.

Counts are over the campaign's last 31 days, so that an old one is told as fast as a young one. The graph is a sample
that fits a page: its busiest numbers and the people whom they called most, those first whom several of them called.
"""

from __future__ import annotations  # pyarrow's types take no [Any] at run time

from typing import TYPE_CHECKING, Any, Final

import msgspec
import pyarrow as pa

from wurao.core.campaigns import Described
from wurao.core.clock import DAY_US
from wurao.store.identities import Identities
from wurao.store.lake import Lake, reading
from wurao.store.schema import ID

if TYPE_CHECKING:
    import duckdb

TOLD_US: Final = 31 * DAY_US
CALLERS: Final = 10
CALLED: Final = 26
TIES: Final = 130
"""Numbers, people and who of them called whom: more can't be told apart in a picture."""
ROWS: Final = 10
QUOTES: Final = 8
LONGEST: Final = 280
_OPENING: Final = frozenset({"operator"})
_ITS: Final = """
create temp table its as select caller_id, callee_id, callee_sealed, callee_segment, talk_ms, ingress
from calls semi join members using (caller_id)
"""
_TOLD: Final = """
create temp table told as select subject_number_id as caller_id, reporter_id, occurred_us, category, text
from reports
semi join members on reports.subject_number_id = members.caller_id where coalesce(wanted, '0') <> '1'
"""
_SUMS: Final = """
select count(*) as calls, count(*) filter (talk_ms > 0) as answered, count(distinct callee_id) as people from its
"""
_SEGMENTS: Final = """
select callee_segment as name, count(*) as calls, count(distinct callee_id) as people
from its where callee_segment > 0 group by name order by people desc, name limit $rows
"""
_INGRESS: Final = """
select coalesce(ingress, '') as name, count(*) as calls, count(distinct callee_id) as people
from its group by name order by calls desc, name limit $rows
"""
_TRADES: Final = """
select split_part(coalesce(category, 'unknown'), '.', 1) as name, count(*) as calls,
    count(distinct reporter_id) as people
from told group by name order by calls desc, name limit $rows
"""
_REPORTS: Final = "select count(*) as reports, count(distinct reporter_id) as reporters from told"
_QUOTES: Final = """
select lower(hex(caller_id)) as key, occurred_us as at_us, coalesce(category, 'unknown') as category,
    left(text, $longest) as text
from told where length(trim(coalesce(text, ''))) > 0
qualify row_number() over (partition by text order by occurred_us desc, caller_id) = 1
order by at_us desc, key limit $quotes
"""
_GRAPH: Final = """
with busiest as (
    select caller_id from its group by caller_id order by count(*) desc, caller_id limit $callers
), ours as (
    select its.* from its semi join busiest using (caller_id)
), known as (
    select callee_id from ours where callee_id is not null
    group by callee_id order by count(distinct caller_id) desc, count(*) desc, callee_id limit $called
)
select lower(hex(caller_id)) as key, count(*) as calls, any_value(callee_sealed) as callee_sealed
from ours semi join known using (callee_id) group by caller_id, callee_id
order by calls desc, caller_id, callee_id limit $ties
"""


class Share(msgspec.Struct, frozen=True):
    """A segment of seven digits, a trunk or a trade, with calls (or reports) and people called (or reporting)."""

    name: str
    calls: int
    people: int


class Quote(msgspec.Struct, frozen=True):
    """What somebody wrote about a call of this number."""

    key: str
    at_us: int
    category: str
    text: str


class Edge(msgspec.Struct, frozen=True):
    """Calls of one number to one person; whoever shows the callee masks it."""

    key: str
    callee: int
    calls: int


class Deeds(msgspec.Struct, frozen=True):
    """A campaign's calls since ``since_us`` and what was reported of them."""

    since_us: int
    calls: int
    answered: int
    people: int
    reports: int
    reporters: int
    segments: tuple[Share, ...]
    ingress: tuple[Share, ...]
    trades: tuple[Share, ...]
    quotes: tuple[Quote, ...]
    graph: tuple[Edge, ...]


def deeds(lake: Lake, identities: Identities, described: Described) -> Deeds:
    """Return what the numbers of a campaign did up to their last call; raises StoreError."""
    last_us = described.campaign.last_us
    since_us = max(described.campaign.first_us, last_us - TOLD_US)
    span = (since_us, last_us + 1)
    members = pa.table({"caller_id": pa.array([bytes.fromhex(one.key) for one in described.members], ID)})
    with lake.connection() as connection:
        connection.register("members", members)
        lake.relation(connection, "calls", *span).create_view("calls")
        lake.relation(connection, "reports", *span).create_view("reports")
        with reading():
            connection.execute(_ITS)
            connection.execute(_TOLD)
            sums, reports = _rows(connection, _SUMS)[0], _rows(connection, _REPORTS)[0]
            shares = [_shares(connection, query) for query in (_SEGMENTS, _INGRESS, _TRADES)]
            quotes = _rows(connection, _QUOTES, longest=LONGEST, quotes=QUOTES)
            graph = connection.sql(_GRAPH, params={"callers": CALLERS, "called": CALLED, "ties": TIES}).to_arrow_table()
    edges = identities.reveal("calls", graph, _OPENING).to_pylist()
    return Deeds(
        since_us=since_us,
        **sums,
        **reports,
        segments=shares[0],
        ingress=shares[1],
        trades=shares[2],
        quotes=tuple(Quote(**row) for row in quotes),
        graph=tuple(Edge(row["key"], row["callee"], row["calls"]) for row in edges),
    )


def _shares(connection: duckdb.DuckDBPyConnection, query: str) -> tuple[Share, ...]:
    return tuple(Share(str(row["name"]), row["calls"], row["people"]) for row in _rows(connection, query, rows=ROWS))


def _rows(connection: duckdb.DuckDBPyConnection, query: str, **values: int) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = connection.sql(query, params=values).to_arrow_table().to_pylist()
    return found
