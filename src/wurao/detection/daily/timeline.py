"""When a caller called: calls begun, answered and soon over, by hour or, over more than two days, by day."""

from __future__ import annotations  # pyarrow's types take no [Any] at run time

from typing import Any, Final

import msgspec

from wurao.core.clock import CHINA_OFFSET_US, DAY_US, HOUR_US
from wurao.store.identities import Identities
from wurao.store.lake import Lake, reading

BY_HOUR_US: Final = 2 * DAY_US
_OPENING: Final = frozenset({"operator"})
_QUERY: Final = """
select start_us // $hour_us as hour, count(*) as begun, count(*) filter (talk_ms > 0) as answered,
    count(*) filter (talk_ms > 0 and talk_ms < 8000) as short,
    any_value(caller) as caller, any_value(caller_sealed) as caller_sealed
from calls where caller_id = $caller_id group by hour order by hour
"""


class Stretch(msgspec.Struct, frozen=True):
    """The calls that began in the hour or Chinese day from ``start_us`` on; ``short`` are talks below 8 s."""

    start_us: int
    begun: int
    answered: int
    short: int


class Timeline(msgspec.Struct, frozen=True):
    """A caller and its calls; ``length_us`` is that of a stretch. Whoever shows the number masks or logs it."""

    number: int
    length_us: int
    stretches: list[Stretch]


def timeline(lake: Lake, identities: Identities, caller_id: bytes, from_us: int, to_us: int) -> Timeline | None:
    """Return the calls of a caller in [``from_us``, ``to_us``), None if there is none; raises StoreError."""
    with lake.connection() as connection:
        lake.relation(connection, "calls", from_us, to_us).create_view("calls")
        with reading():
            found = connection.sql(_QUERY, params={"caller_id": caller_id, "hour_us": HOUR_US}).to_arrow_table()
    rows = identities.reveal("calls", found, _OPENING).to_pylist()
    if not rows:
        return None
    length_us = HOUR_US if (rows[-1]["hour"] - rows[0]["hour"]) * HOUR_US < BY_HOUR_US else DAY_US
    return Timeline(rows[0]["caller"], length_us, stretches(rows, length_us))


def stretches(hours: list[dict[str, Any]], length_us: int) -> list[Stretch]:
    """Return hours (``hour`` since 1970 UTC) as stretches of one length, those without calls between them included."""
    sums: dict[int, list[int]] = {}
    for row in hours:
        at = (row["hour"] * HOUR_US + CHINA_OFFSET_US) // length_us
        so_far = sums.get(at, [0, 0, 0])
        sums[at] = [so_far[0] + row["begun"], so_far[1] + row["answered"], so_far[2] + row["short"]]
    every = range(min(sums), max(sums) + 1)
    return [Stretch(at * length_us - CHINA_OFFSET_US, *sums.get(at, (0, 0, 0))) for at in every]
