"""The calls fact as rows that the features read, whichever way its numbers are written.

A table that intake typed has numbers; the lake has keyed ids, and beside them what the digits said, computed at intake
(``intake.deriving``). Both end in the same columns here: ``caller``, ``callee``, ``segment`` and ``step``.
"""

from typing import Final

import ibis

from wurao.core.clock import CHINA_OFFSET_US, DAY_US
from wurao.core.errors import InputError
from wurao.core.numbering import CHINA
from wurao.detection.features.windows import Window

LOWEST_MOBILE: Final = CHINA * 10**11 + 13 * 10**9
HIGHEST_MOBILE: Final = CHINA * 10**11 + 20 * 10**9 - 1
_OPTIONAL: Final = dict.fromkeys(("ring_ms", "talk_ms", "cells"), "int64") | dict.fromkeys(
    ("call_id", "disposition", "released_by", "ingress", "user_agent", "attestation", "imei_tac"), "string"
)
_SEGMENT: Final = 10_000
"""Numbers of a segment: a Chinese mobile number less its last four digits is the segment."""


def calls_of(table: ibis.Table) -> ibis.Table:
    """Return caller, callee and what is known of each call, without anonymous callers; a missing column is null.

    ``table`` has the columns of the calls fact as intake types them, or as the lake stores them. Raises InputError if
    it has neither, or if its numbers are text: what a text says is for intake to read.
    """
    at_rest = "caller_id" in table.columns
    caller, callee = _numbers(table, "caller_id", "callee_id") if at_rest else _numbers(table, "caller", "callee")
    digits = {"segment": table.callee_segment, "step": table.callee_step} if at_rest else {"segment": _segment(callee)}
    table = table.select(*_said(table), **digits, caller=caller, callee=callee, start_us=table.start_us.cast("int64"))
    known = table.mutate(
        talk_ms=table.talk_ms.fill_null(0),
        cancelled=table.disposition == "cancelled",
        released=table.released_by == "callee",
        attested=table.attestation == "A",
    ).drop("disposition", "released_by", "attestation")
    return known.filter(known.caller.notnull() if at_rest else known.caller > 0)


def rows_in(calls: ibis.Table, window: Window) -> ibis.Table:
    """Return the calls inside each caller's window, each with what the caller's calls before it say.

    ``gap_s`` since the previous call, ``step`` from its callee, ``concurrent`` if an earlier call still rang or was
    talked on, ``opens_day`` if no earlier one was on that Chinese day. One sort serves all: (start_us, call_id).
    """
    order = [calls.start_us, calls.call_id, calls.callee]
    so_far = ibis.window(group_by=calls.caller, order_by=order)
    before = ibis.window(group_by=calls.caller, order_by=order, rows=(None, -1))
    end_us = calls.start_us + (calls.ring_ms.fill_null(0) + calls.talk_ms) * 1000
    told = calls.mutate(
        rank=ibis.row_number().over(so_far),
        first_us=calls.start_us.first().over(so_far),
        before_us=calls.start_us.lag().over(so_far),
        busy_us=end_us.max().over(before),
        step=calls.step if "step" in calls.columns else (calls.callee - calls.callee.lag().over(so_far)),
    )
    inside = told.rank < window.calls if window.calls else told.start_us < told.first_us + window.span_us
    rows = told.filter(inside)
    return rows.mutate(
        gap_s=(rows.start_us - rows.before_us).cast("float64") / 1e6,
        concurrent=(rows.busy_us > rows.start_us).fill_null(False),  # noqa: FBT003 - ibis takes it so
        opens_day=(_day(rows.start_us) != _day(rows.before_us)).fill_null(True),  # noqa: FBT003
        of_day_us=_of_day(rows.start_us),
    )


def _numbers(table: ibis.Table, caller: str, callee: str) -> tuple[ibis.Value, ibis.Value]:
    lacking = {caller, callee, "start_us"} - set(table.columns)
    if lacking:
        raise InputError(f"these are no calls: '{min(lacking)}' is missing", mend="give calls as intake types them")
    if table[caller].type().is_string():
        raise InputError(f"'{caller}' is text", mend="let intake read the numbers first")
    if table[caller].type().is_numeric():
        return table[caller].cast("int64"), table[callee].cast("int64")
    return table[caller], table[callee]


def _said(table: ibis.Table) -> list[ibis.Value]:
    """Return the columns that need not be there, in their types."""
    return [
        (table[name].cast(kind) if name in table.columns else ibis.null(kind)).name(name)
        for name, kind in _OPTIONAL.items()
    ]


def _segment(callee: ibis.Value) -> ibis.Value:
    mobile = callee.between(LOWEST_MOBILE, HIGHEST_MOBILE)
    return ibis.cases((mobile, (callee - callee % _SEGMENT)), else_=ibis.null("int64"))


def _of_day(at_us: ibis.Value) -> ibis.Value:
    return (at_us + CHINA_OFFSET_US) % DAY_US


def _day(at_us: ibis.Value) -> ibis.Value:
    return at_us - _of_day(at_us)
