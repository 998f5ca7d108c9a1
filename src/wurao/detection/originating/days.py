"""Own numbers by day, from call records, decisions and reports in the lake; complained-of ones first.

Subscribers' numbers are sealed at rest, so what their digits begin with is looked at after the service opened them.
"""

from __future__ import annotations  # pyarrow's types take no [Any] at run time

from typing import Any, Final

import duckdb

from wurao.core.clock import CHINA_OFFSET_US, DAY_US, day_of
from wurao.detection.originating.own import Own, OwnDay, Registry, contradiction
from wurao.store.identities import Identities
from wurao.store.lake import Lake, reading

_OPENING: Final = frozenset({"operator"})
"""Whoever shows the rows masks or logs them by the role of who looks (access.looking)."""
_QUERY: Final = """
with called as (
    select caller_id as id, (start_us + $zone_us) // $day_us as day, count(*) as calls,
        count(distinct callee_id) as callees,
        count(*) filter (disposition = 'answered' or (disposition is null and talk_ms > 0)) as answered,
        count(*) filter (talk_ms > 0 and talk_ms < 8000) as short,
        count(*) filter (disposition = 'rejected') as rejected,
        any_value(caller) as caller, any_value(caller_sealed) as caller_sealed,
        bool_or(list_contains($trunks, coalesce(ingress, ''))) as own
    from calls where caller_id is not null group by all
), decided as (
    select caller_id as id, (at_us + $zone_us) // $day_us as day, count(*) as calls,
        count(distinct callee_id) as callees,
        any_value(caller) as caller, any_value(caller_sealed) as caller_sealed,
        bool_or(list_contains($trunks, coalesce(ingress, ''))) as own
    from decisions where caller_id is not null group by all
), complained as (
    select subject_number_id as id, (occurred_us + $zone_us) // $day_us as day,
        split_part(coalesce(category, 'unknown'), '.', 1) as category,
        coalesce(reporter_id, row_id) as reporter,
        subject_number as caller, subject_number_sealed as caller_sealed
    from reports where subject_number_id is not null and target = 'call' and coalesce(wanted, '0') = '0'
), complaints as (
    select id, day, count(distinct reporter) as complainants,
        any_value(caller) as caller, any_value(caller_sealed) as caller_sealed
    from complained group by all
), named as (
    select id, day, category, count(distinct reporter) as people
    from complained where category <> 'unknown' group by all
), mostly as (
    select id, day, arg_max(category, (people, category)) as complaint, max(people) as agreeing
    from named group by all
), joined as (
    select day, coalesce(called.calls, decided.calls, 0) as calls,
        coalesce(called.callees, decided.callees, 0) as callees,
        answered, short, rejected, coalesce(complainants, 0) as complainants, complaint, agreeing,
        coalesce(called.caller, decided.caller, complaints.caller) as caller,
        coalesce(called.caller_sealed, decided.caller_sealed, complaints.caller_sealed) as caller_sealed,
        coalesce(called.own, false) or coalesce(decided.own, false) as own
    from called full join decided using (id, day) full join complaints using (id, day) left join mostly using (id, day)
)
select * from joined
where own or caller is null or len([p for p in $prefixes if starts_with(caller::varchar, p)]) > 0
"""


def own_days(
    lake: Lake, identities: Identities, own: Own, registry: Registry, from_us: int, to_us: int
) -> list[OwnDay]:
    """Return what own numbers did on each local day that [``from_us``, ``to_us``) meets; by complaint rate, then calls.

    Raises StoreError if the lake is damaged.
    """
    if not own.anybody:
        return []
    rows = [row for row in _rows(lake, identities, own, from_us, to_us) if _is_own(row, own)]
    return sorted((_told(row, registry) for row in rows), key=_worst_first)


def _rows(lake: Lake, identities: Identities, own: Own, from_us: int, to_us: int) -> list[dict[str, Any]]:
    with lake.connection() as connection:
        for fact in ("calls", "decisions", "reports"):
            lake.relation(connection, fact, from_us, to_us).create_view(fact)
        with reading():
            found = _asked(connection, own)
            table = found.to_arrow_table()
    return identities.reveal("decisions", table, _OPENING).to_pylist()


def _asked(connection: duckdb.DuckDBPyConnection, own: Own) -> duckdb.DuckDBPyRelation:
    given = {"trunks": list(own.trunks), "prefixes": list(own.prefixes), "zone_us": CHINA_OFFSET_US, "day_us": DAY_US}
    return connection.sql(_QUERY, params=given)


def _is_own(row: dict[str, Any], own: Own) -> bool:
    return bool(row["caller"]) and (row["own"] or str(row["caller"]).startswith(own.prefixes))


def _told(row: dict[str, Any], registry: Registry) -> OwnDay:
    organisation, purpose = registry(row["caller"]) or ("", "")
    complaint = row["complaint"] or ""
    return OwnDay(
        day=day_of(row["day"] * DAY_US, 0),
        number=row["caller"],
        calls=row["calls"],
        callees=row["callees"],
        answered=row["answered"],
        short=row["short"],
        rejected=row["rejected"],
        complainants=row["complainants"],
        complaint=complaint,
        organisation=organisation,
        purpose=purpose,
        contradiction=contradiction(purpose, complaint, row["agreeing"] or 0) if purpose else None,
    )


def _worst_first(row: OwnDay) -> tuple[float, int, str, int]:
    return -row.complaint_rate, -row.calls, row.day, row.number
