"""Rules of thumb that operators use, run on the same calls: what each knows when a call begins, and whom it would hit.

- **Calls an hour**: calls of the number within the last hour, this one included.
- **OpenSIPS**: the module fraud_detection, one rule for all destinations. Calls within 60 s, calls of the day and
  calls in a row to one number, all three anew each day; calls that are not over; and the longest talk so far, which it
  learns when a call ends and, as it tells at once, never has to forget. The module ships no thresholds.
  <https://github.com/OpenSIPS/opensips/tree/master/modules/fraud_detection>
- **Report list**: a number is listed once so many reports about it have arrived.

A rule hits a call where something that it counts has reached its threshold; the number is caught at that call.
Thresholds are tuned: the lowest that hit at most a stated share of wanted numbers of a world that is not tested on.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import duckdb
import msgspec
import numpy as np
import numpy.typing as npt

RULES: Final[Mapping[str, tuple[str, ...]]] = {
    "calls_an_hour": ("hour",),
    "opensips": ("minute", "day", "concurrent", "in_a_row", "longest_ms"),
    "report_list": ("reports",),
}
"""Rule → what it counts, columns of ``told``."""
_SHRINK: Final = (1, 0.8, 0.6, 0.5, 0.4, 0.3, 0.2, 0.1, 0.0)
"""How much of the allowed rate each of several counters gets: the most that their union bears."""

_TOLD: Final = """
create table told as
with mine as (
  select caller, callee, start_us, talk_ms, start_us + (coalesce(ring_ms, 0) + talk_ms) * 1000 as end_us,
         (start_us + 28800000000) // 86400000000 as day, coalesce(disposition, '') <> 'failed' as rang,
         row_number() over (partition by caller order by start_us, callee) as nth
  from calls semi join truth on caller = truth.number
), happened as (
  select caller, start_us as at_us, 2 as place, 1 as ringing, 0 as report, 0 as talked_ms, nth from mine
  union all select caller, end_us, 0, -1, 0, talk_ms, null from mine
  union all select number, received_us, 1, 0, 1, 0, null from reports
), standing as (
  select caller, nth, sum(ringing) over so_far as concurrent, sum(report) over so_far as reports,
    max(talked_ms) over so_far as longest_ms
  from happened window so_far as (partition by caller order by at_us, place, nth rows unbounded preceding)
  qualify nth is not null
), counted as (
  select caller, nth, day, callee, start_us,
    callee is distinct from lag(callee) over (partition by caller, day order by nth) as turns,
    rang and row_number() over (partition by caller, callee, rang order by nth) = 1 as another
  from mine
), runs as (
  select *, sum(turns::int) over (partition by caller, day order by nth rows unbounded preceding) as run from counted
)
select caller, nth,
  count(*) over (partition by caller order by start_us range between 3599999999 preceding and current row) as hour,
  count(*) over (partition by caller, day order by start_us range between 59999999 preceding and current row) as minute,
  row_number() over (partition by caller, day order by nth) as day,
  row_number() over (partition by caller, day, run order by nth) as in_a_row,
  concurrent, reports, longest_ms,
  sum(another::int) over (partition by caller order by nth rows unbounded preceding) - another::int as victims
from runs join standing using (caller, nth)
"""


class Limits(msgspec.Struct, frozen=True):
    """From which counts on a rule labels and rejects; a counter without a limit is left out."""

    label: Mapping[str, float]
    reject: Mapping[str, float]


def tell(db: duckdb.DuckDBPyConnection) -> None:
    """Make the table ``told``: what the rules know of each call of the callers in ``truth``, and victims before it.

    Expects ``calls`` as intake types them, ``truth`` (number) and ``reports`` (number, received_us).
    """
    db.execute(_TOLD)


def most(db: duckdb.DuckDBPyConnection, callers: npt.NDArray[np.int64], rule: str) -> npt.NDArray[np.int64]:
    """Return the largest count of each of these callers, [callers, counters]; 0 for who made no call."""
    columns = ", ".join(f"max({name})::bigint as {name}" for name in RULES[rule])
    found = db.execute(f"select caller, {columns} from told group by caller").fetchnumpy()  # noqa: S608 - our names
    table = np.zeros((len(callers), len(RULES[rule])), np.int64)
    order = np.argsort(callers)
    places = order[np.searchsorted(callers, found["caller"], sorter=order)]
    for i, name in enumerate(RULES[rule]):
        table[places, i] = found[name]
    return table


def tuned(counts: npt.NDArray[np.int64], names: Sequence[str], rate: float) -> dict[str, int]:
    """Return the lowest limits that hit at most a share ``rate`` of numbers with these largest counts."""
    for share in _SHRINK:
        limits = [_lowest(counts[:, i], share * rate) for i in range(len(names))]
        if np.mean((counts >= np.array(limits)).any(axis=1)) <= rate:
            break
    return dict(zip(names, limits, strict=True))


def _lowest(counts: npt.NDArray[np.int64], rate: float) -> int:
    """Return the lowest limit that at most a share ``rate`` of the counts reaches, at least 1."""
    ordered = np.sort(counts)[::-1]
    return int(max(ordered[int(rate * len(ordered))] + 1, 1)) if len(ordered) else 1


def first_hits(
    db: duckdb.DuckDBPyConnection, callers: npt.NDArray[np.int64], limits: Mapping[str, float]
) -> npt.NDArray[np.int64]:
    """Return the call (1-based) at which each of these callers is first hit, 0 for never."""
    reached = " or ".join(f"{name} >= {limit}" for name, limit in limits.items())
    found = db.execute(f"select caller, min(nth) as nth from told where {reached} group by caller").fetchnumpy()  # noqa: S608
    first = np.zeros(len(callers), np.int64)
    order = np.argsort(callers)
    first[order[np.searchsorted(callers, found["caller"], sorter=order)]] = found["nth"]
    return first


def victims_before(
    db: duckdb.DuckDBPyConnection, callers: npt.NDArray[np.int64], first: npt.NDArray[np.int64]
) -> npt.NDArray[np.int64]:
    """Return how many telephones of different people rang before the call ``first`` of each caller."""
    asked = {"caller": callers, "nth": first, "place": np.arange(len(callers))}
    db.register("asked", _table(asked))
    found = db.execute("select place, victims::bigint as victims from told join asked using (caller, nth)").fetchnumpy()
    db.unregister("asked")
    victims = np.zeros(len(callers), np.int64)
    victims[found["place"]] = found["victims"]
    return victims


def _table(columns: Mapping[str, npt.NDArray[np.int64]]) -> Any:
    import pyarrow as pa

    return pa.table(dict(columns))
