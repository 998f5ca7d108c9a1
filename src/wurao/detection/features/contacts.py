"""What pairs of numbers say: who was new to the caller, who called back, who ever called.

A pair is a caller and one callee of its window. The other direction is looked up over all calls at hand, up to the end
of the window: what came later, a detector could not have known.
"""

import ibis

from wurao.detection.features.windows import Window


def contacts(calls: ibis.Table, rows: ibis.Table, summary: ibis.Table, window: Window) -> ibis.Table:
    """Return ``uniq``, ``new``, ``called_back`` and ``reciprocal`` of each caller.

    ``calls`` are all calls, ``rows`` those in windows, ``summary`` has ``first_us``, ``last_us`` and ``n`` a caller.
    """
    pairs = rows.group_by("caller", "callee").agg(out_us=rows.start_us.min())
    backs = _backs(calls, pairs, summary, window)
    known = pairs.left_join(backs, ["caller", "callee"]).drop("caller_right", "callee_right")
    called = known.group_by("caller").agg(
        peers=known.count(),
        known=known.before.fill_null(0).sum(),
        called_back=known.after.fill_null(0).mean(),
        reciprocal=known.before.notnull().cast("int64").mean(),
    )
    shares = called.join(summary.select("caller", "n"), "caller")
    return shares.select(
        "caller",
        "called_back",
        "reciprocal",
        uniq=shares.peers / shares.n,
        new=(shares.peers - shares.known) / shares.n,
    )


def _backs(calls: ibis.Table, pairs: ibis.Table, summary: ibis.Table, window: Window) -> ibis.Table:
    """Return the pairs whose callee called the caller by the end of the window, and whether before or after it did."""
    end_us = summary.first_us + window.span_us - 1 if window.span_us else summary.last_us
    ends = summary.select("caller", end_us=end_us)
    back = calls.select(caller=calls.callee, callee=calls.caller, back_us=calls.start_us)
    met = pairs.join(back, ["caller", "callee"]).join(ends, "caller")
    met = met.filter(met.back_us <= met.end_us)
    return met.group_by("caller", "callee").agg(
        before=(met.back_us < met.out_us).cast("int64").max(),
        after=(met.back_us > met.out_us).cast("int64").max(),
    )
