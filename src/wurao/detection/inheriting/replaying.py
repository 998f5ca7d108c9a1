"""Days of call records replayed: campaigns linked the night before, then the day's calls as the watch hears them.

For learning and for measuring; numbers are in clear, as intake types a file of calls.
"""

from __future__ import annotations  # pyarrow's types take no [Any] at run time

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import ibis
import numpy as np
import pyarrow as pa

from wurao.core.clock import CHINA_OFFSET_US, DAY_US
from wurao.detection.features.running import run
from wurao.detection.inheriting.first_calls import FirstCall
from wurao.detection.inheriting.signatures import Ints, Signatures
from wurao.detection.inheriting.signing import signed
from wurao.detection.linking import counted
from wurao.detection.linking.linked import link
from wurao.detection.linking.pair_model import PairModel
from wurao.detection.linking.profiles import suspects

Span = tuple[int, int]


def last_days(calls: ibis.Table, count: int) -> list[Span]:
    """Return the last ``count`` Chinese days of calls as spans of microseconds UTC, without the first of all."""
    ends = run(calls.aggregate(first=calls.start_us.min(), last=calls.start_us.max())).to_pylist()[0]
    if ends["first"] is None:
        return []
    first, last = ((ends[name] + CHINA_OFFSET_US) // DAY_US for name in ("first", "last"))
    days = range(max(first + 1, last + 1 - count), last + 1)
    return [(day * DAY_US - CHINA_OFFSET_US, (day + 1) * DAY_US - CHINA_OFFSET_US) for day in days]


def groups_before(calls: ibis.Table, day: Span, model: PairModel) -> list[list[object]]:
    """Return the groups that the linking finds in all calls before a day."""
    return link(_before(calls, day), _clear, model).groups


def suspects_before(calls: ibis.Table, day: Span) -> list[int]:
    """Return the callers before a day that the linking would look at."""
    summary = counted.summary(_before(calls, day))
    return [int(row["caller"]) for row in summary.filter(pa.array(suspects(summary))).to_pylist()]


def signatures_before(calls: ibis.Table, day: Span, groups: Mapping[str, Sequence[object]]) -> Signatures:
    """Return the signatures of groups by all calls before a day."""
    before = _before(calls, day)
    first_us = run(before.aggregate(first=before.start_us.min())).to_pylist()[0]["first"]
    return signed(before, (_clear, _clear), groups, (first_us, day[0]))


def replayed(calls: ibis.Table, day: Span) -> Iterator[tuple[int, FirstCall]]:
    """Yield who calls and the call, for all calls that begin within a day, in order."""
    its = calls.filter((calls.start_us >= day[0]) & (calls.start_us < day[1]))
    names = ("start_us", "caller", "callee", "ingress")
    table = run(its.select(*names).order_by("start_us", "caller", "callee"))
    for at_us, caller, callee, ingress in zip(*(table.column(name).to_pylist() for name in names), strict=True):
        yield caller, FirstCall(at_us, callee, callee, ingress)


def _before(calls: ibis.Table, day: Span) -> ibis.Table:
    return calls.filter(calls.start_us < day[0])


def _clear(numbers: Any) -> Ints:
    return np.asarray(numbers).astype(np.int64)
