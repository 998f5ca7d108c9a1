"""The features themselves: a few lines each, defined in docs/features.md.

Engine-neutral by construction: instants and durations are int64, what is divided is float64, quantiles are exact and
continuous, logarithms natural, ties between calls of one caller are broken by (start_us, call_id). A value of which
the window knows nothing is null.
"""

from typing import Final

import ibis

from wurao.core.clock import HOUR_US
from wurao.detection.features.contacts import contacts
from wurao.detection.features.rows import calls_of, rows_in
from wurao.detection.features.windows import Window

SHORT_MS: Final = 8_000
"""Whoever answers a robot hangs up within eight seconds."""
BIN_MS: Final = 3_000
"""Talks are counted in bins of three seconds: the nodes of a script stand out."""
NEAR: Final = 10
"""Steps between callees up to here are sequential dialling."""
_LUNCH_US: Final = (12 * HOUR_US, 14 * HOUR_US)
_AROUND_LUNCH_US: Final = (10 * HOUR_US, 16 * HOUR_US)

FEATURES: Final = (
    "n",
    "uniq",
    "new",
    "answered",
    "short",
    "talk_q10",
    "talk_median",
    "talk_q90",
    "talk_cv",
    "talk_peak",
    "released",
    "gap_q10",
    "gap_median",
    "gap_q90",
    "gap_mad",
    "ring_median",
    "ring_mad",
    "cancel_ring",
    "hour_entropy",
    "lunch",
    "first_call",
    "concurrent",
    "called_back",
    "reciprocal",
    "sequential",
    "segment_entropy",
    "cells",
    "imeis",
    "trunks",
    "agents",
    "attested",
)
"""The features in the order of the columns, after ``caller``, ``first_us`` and ``last_us``."""


def features(calls: ibis.Table, window: Window) -> ibis.Table:
    """Return one row a caller: ``caller``, ``first_us`` and ``last_us`` of its window, then ``FEATURES``.

    ``calls`` as ``calls_of`` takes them; ``caller`` is int64 (E.164) or the lake's 16-byte id. Raises InputError.
    """
    known = calls_of(calls)
    rows = rows_in(known, window)
    summary = _summary(rows).alias("summary")  # named, it is computed once
    told = [
        _spread(rows, summary),
        _entropy(rows, rows.of_day_us - rows.of_day_us % HOUR_US, "hour_entropy"),
        _entropy(rows, rows.segment, "segment_entropy"),
        _peak(rows),
        contacts(known, rows, summary, window),
    ]
    for table in told:
        summary = summary.left_join(table, "caller").drop("caller_right")
    return summary.select("caller", "first_us", "last_us", *FEATURES)


def _summary(rows: ibis.Table) -> ibis.Table:
    talked, rang_out = rows.talk_ms > 0, rows.talk_ms == 0
    talk_s = rows.talk_ms.cast("float64") / 1e3
    ring_s = rows.ring_ms.cast("float64") / 1e3
    talk, gap = talk_s.quantile([0.1, 0.5, 0.9], where=talked), rows.gap_s.quantile([0.1, 0.5, 0.9])
    summary = rows.group_by("caller").agg(
        first_us=rows.start_us.min(),
        last_us=rows.start_us.max(),
        n=rows.count(),
        answered=_share(talked),
        short=_share(rows.talk_ms < SHORT_MS, talked),
        talk=talk,
        talk_cv=talk_s.std(where=talked, how="sample") / talk_s.mean(where=talked),
        released=_share(rows.released, talked),
        gap=gap,
        ring_median=ring_s.quantile(0.5, where=rang_out),
        cancel_ring=ring_s.quantile(0.5, where=rows.cancelled),
        lunch=_share(_between(rows.of_day_us, _LUNCH_US), _between(rows.of_day_us, _AROUND_LUNCH_US)),
        first_call=rows.of_day_us.mean(where=rows.opens_day) / HOUR_US,
        concurrent=_share(rows.concurrent),
        sequential=_share(rows.step.abs().between(1, NEAR)),
        cells=rows.cells.max(),
        imeis=rows.imei_tac.nunique(),
        trunks=rows.ingress.nunique(),
        agents=rows.user_agent.nunique(),
        attested=_share(rows.attested),
    )
    named = {
        f"{of}_{name}": summary[of][i] for of in ("talk", "gap") for i, name in enumerate(("q10", "median", "q90"))
    }
    return summary.mutate(**named).drop("talk", "gap")


def _share(condition: ibis.Value, where: ibis.Value | None = None) -> ibis.Value:
    """Return how often the condition holds among the calls of which it is known."""
    return condition.cast("int64").mean(where=where)


def _between(of_day_us: ibis.Value, span_us: tuple[int, int]) -> ibis.Value:
    return (of_day_us >= span_us[0]) & (of_day_us < span_us[1])


def _spread(rows: ibis.Table, summary: ibis.Table) -> ibis.Table:
    """Return the median absolute deviations: of gaps against their median, of unanswered rings in seconds."""
    near = rows.join(summary.select("caller", "gap_median", "ring_median"), "caller")
    rang_out = near.talk_ms == 0
    return near.group_by("caller").agg(
        gap_mad=(near.gap_s - near.gap_median).abs().quantile(0.5) / near.gap_median.max().nullif(0.0),
        ring_mad=(near.ring_ms.cast("float64") / 1e3 - near.ring_median).abs().quantile(0.5, where=rang_out),
    )


def _entropy(rows: ibis.Table, key: ibis.Value, name: str) -> ibis.Table:
    """Return the entropy of a key's distribution in nats; exactly 0 where there is one value."""
    counts = rows.mutate(key=key).filter(lambda t: t.key.notnull()).group_by("caller", "key").agg(k=lambda t: t.count())
    k = counts.k.cast("float64")
    total = k.sum()
    entropy = total.ln() - (k * k.ln()).sum() / total
    return counts.group_by("caller").agg(**{name: ibis.cases((k.max() == total, 0.0), else_=entropy)})


def _peak(rows: ibis.Table) -> ibis.Table:
    """Return Σp² over the bins of talk."""
    talked = rows.filter(rows.talk_ms > 0)
    counts = (
        talked.mutate(key=talked.talk_ms - talked.talk_ms % BIN_MS).group_by("caller", "key").agg(k=lambda t: t.count())
    )
    k = counts.k.cast("float64")
    return counts.group_by("caller").agg(talk_peak=(k * k).sum() / (k.sum() * k.sum()))
