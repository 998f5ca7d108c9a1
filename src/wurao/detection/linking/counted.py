"""What is counted of calls so that numbers can be compared: long tables (number, key, calls), on DuckDB or Spark.

Every habit is a histogram: how often a number's calls fall under a key. So numbers with five calls and with five
thousand are compared by the same arithmetic, and a column that the calls lack gives an empty table.
"""

from collections.abc import Sequence
from typing import Final

import ibis
import pyarrow as pa

from wurao.core.clock import CHINA_OFFSET_US, DAY_US, HOUR_US
from wurao.detection.features.running import run
from wurao.detection.linking.steps import GAP_STEPS, PAUSE_H

SHORT_MS: Final = 8_000
_RING_STEP_MS: Final = 1_500
_RINGS: Final = 40
SEGMENT: Final = "segment"
"""Ten thousand numbers, of a callee."""
TEXTS: Final = ("ingress", "user_agent", "imei_tac")
"""Columns compared as they are written."""
HABITS: Final = ("talk", "ring", "gap", "hour", "outcome", "cells", "attested")
"""Columns compared as histograms with an order."""


def summary(calls: ibis.Table) -> pa.Table:
    """Return a row a caller: ``caller``, ``n`` calls, ``uniq`` callees, how many of them are ``known`` (call it too).

    ``calls`` as ``features.rows.calls_of`` returns them; ``first_us`` and ``last_us`` are its first and last start.
    """
    pairs = calls.group_by("caller", "callee").agg(k=lambda t: t.count())
    back = pairs.select(caller=pairs.callee, callee=pairs.caller, back=1)
    met = pairs.left_join(back, ["caller", "callee"])
    called = met.group_by("caller").agg(uniq=met.count(), known=met.back.count())
    spans = calls.group_by("caller").agg(
        n=lambda t: t.count(), first_us=lambda t: t.start_us.min(), last_us=lambda t: t.start_us.max()
    )
    both = spans.join(called, "caller")
    return run(both.select("caller", "n", "first_us", "last_us", "uniq", "known").order_by("caller"))


def habits(calls: ibis.Table, chosen: ibis.Table, names: Sequence[str]) -> dict[str, pa.Table]:
    """Return each habit of the ``chosen`` callers (``caller``, ``at``) as a table ``at``, ``key``, ``k``."""
    rows = _rows(calls, chosen)
    return {name: run(_count(rows, rows[name])) for name in names}


def contacts(calls: ibis.Table, chosen: ibis.Table) -> pa.Table:
    """Return ``at``, ``other``, ``day``, ``out`` calls to and ``back`` calls from that number, day by day."""
    told = calls.filter(calls.callee.notnull()).select("caller", "callee", day=_day(calls))
    out = told.join(chosen, "caller").select("at", "day", other="callee", out=1, back=0)
    into = told.join(chosen.select(callee="caller", at="at"), "callee").select(
        "at", "day", other="caller", out=0, back=1
    )
    both = out.union(into)
    return run(both.group_by("at", "other", "day").agg(out=both.out.sum(), back=both.back.sum()))


def _rows(calls: ibis.Table, chosen: ibis.Table) -> ibis.Table:
    """Return the calls of the chosen with the key of each habit; null where the call says nothing of it."""
    mine = calls.join(chosen, "caller")
    ordered = ibis.window(group_by="at", order_by=[mine.start_us, mine.callee])
    mine = mine.mutate(before_us=mine.start_us.lag().over(ordered))
    gap_s = (mine.start_us - mine.before_us).cast("float64") / 1e6
    talked = mine.talk_ms > 0
    released = ibis.cases((mine.released.isnull(), 0), (mine.released, 1), else_=2)
    length = ibis.cases((~talked, 0), (mine.talk_ms < SHORT_MS, 1), (talked, 2))
    rang = (mine.ring_ms / _RING_STEP_MS).cast("float64").floor().clip(upper=_RINGS)
    return mine.mutate(
        talk=ibis.cases((talked, _log(mine.talk_ms.cast("float64") / 1e3, 3)), else_=ibis.null("int64")),
        ring=ibis.cases((talked, ibis.null("int64")), else_=rang.cast("int64")),
        gap=ibis.cases((gap_s < PAUSE_H * HOUR_US / 1e6, _log(gap_s, GAP_STEPS)), else_=ibis.null("int64")),
        hour=((mine.start_us + CHINA_OFFSET_US) % DAY_US / HOUR_US).cast("float64").floor().cast("int64"),
        outcome=length * 3 + released,
        cells=mine.cells.clip(upper=8),
        attested=mine.attested.cast("int64"),
    )


def _log(value: ibis.Value, steps: float) -> ibis.Value:
    return ((value + 1).ln() * steps).floor().cast("int64")


def _count(rows: ibis.Table, key: ibis.Value) -> ibis.Table:
    told = rows.select("at", key=key)
    return told.filter(told.key.notnull()).group_by("at", "key").agg(k=lambda t: t.count())


def _day(calls: ibis.Table) -> ibis.Value:
    return ((calls.start_us + CHINA_OFFSET_US) / DAY_US).cast("float64").floor().cast("int64")
