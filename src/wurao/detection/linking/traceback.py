"""What a traceback request needs: the numbers of a campaign, when they called, and by which trunks – the hops known.

A trace goes hop by hop: each operator knows only whom a call came from. So a request gives the nearest hop (trunk,
user agent, attestation) with times, and a few calls by their time and callee to be looked up at the next one.
"""

from __future__ import annotations  # pyarrow's types take no [Any] at run time

from typing import Any, Final

import msgspec
import pyarrow as pa

from wurao.core.campaigns import Campaign, Described
from wurao.store.identities import Identities
from wurao.store.lake import Lake, reading
from wurao.store.schema import ID

SAMPLES: Final = 5
"""Calls of each number that are given one by one, the latest: operators keep records of calls for a few months."""
_OPENING: Final = frozenset({"operator"})
_HOPS: Final = """
select lower(hex(caller_id)) as key, ingress, user_agent, attestation, count(*) as calls,
    count(*) filter (talk_ms > 0) as answered, min(start_us) as first_us, max(start_us) as last_us
from calls semi join wanted using (caller_id) group by all order by key, calls desc, ingress, user_agent, attestation
"""
_SAMPLES: Final = """
select lower(hex(caller_id)) as key, call_id, start_us, talk_ms, ingress, callee_sealed
from calls semi join wanted using (caller_id)
qualify row_number() over (partition by caller_id order by start_us desc, call_id) <= $samples order by key, start_us
"""


class Hop(msgspec.Struct, frozen=True):
    """Calls of one number that came the same way; empty where the records don't say."""

    ingress: str | None
    user_agent: str | None
    attestation: str | None
    calls: int
    answered: int
    first_us: int
    last_us: int


class Sample(msgspec.Struct, frozen=True):
    """One call, to be looked up at the next hop; the callee in clear: the request names one's own subscriber."""

    call_id: str | None
    start_us: int
    callee: int
    talk_ms: int | None
    ingress: str | None


class Traced(msgspec.Struct, frozen=True):
    """One number with what is known of its way."""

    number: int
    first_us: int
    last_us: int
    calls: int
    hops: tuple[Hop, ...]
    samples: tuple[Sample, ...]


class Traceback(msgspec.Struct, frozen=True):
    """A campaign as a request to trace it."""

    campaign: Campaign
    numbers: tuple[Traced, ...]


def traceback(lake: Lake, identities: Identities, described: Described) -> Traceback:
    """Return a campaign's numbers with their hops and latest calls in its own span of time; raises StoreError."""
    wanted = pa.table({"caller_id": pa.array([bytes.fromhex(one.key) for one in described.members], ID)})
    campaign = described.campaign
    with lake.connection() as connection:
        lake.relation(connection, "calls", campaign.first_us, campaign.last_us + 1).create_view("calls")
        connection.register("wanted", wanted)
        with reading():
            hops = connection.sql(_HOPS).to_arrow_table().to_pylist()
            samples = connection.sql(_SAMPLES, params={"samples": SAMPLES}).to_arrow_table()
    opened = identities.reveal("calls", samples, _OPENING).to_pylist()
    by_key = {one.key: (_told(Hop, hops, one.key), _told(Sample, opened, one.key)) for one in described.members}
    numbers = (Traced(one.number, one.first_us, one.last_us, one.calls, *by_key[one.key]) for one in described.members)
    return Traceback(campaign, tuple(numbers))


def _told(kind: Any, rows: list[dict[str, Any]], key: str) -> tuple[Any, ...]:
    names = kind.__struct_fields__
    return tuple(kind(**{name: row[name] for name in names}) for row in rows if row["key"] == key)
