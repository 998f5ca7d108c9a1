"""Watching: what the rings tell of a call goes into the records of its caller.

A decision knows that a call began, from whom to whom and when; how long it rang and was talked comes later, from call
records. A fault here costs counts, never a call and never its history.
"""

import logging
from collections.abc import Callable, Iterator, Mapping
from typing import Final

import numpy as np
from prometheus_client import Metric
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily

from wurao.core.payload import INVALID_CALLER
from wurao.core.verdict import Guard
from wurao.detection.live.lasting import LastingCallers
from wurao.detection.live.records import EVENT, RECORD, Kind, Trait, Void
from wurao.edge.ring import Records

_log: Final = logging.getLogger(__name__)
CALLERS: Final = 1_000_000
"""Callers watched at once, 144 MB at most; beyond that the longest silent make room."""
Heed = Callable[[Void], None]
Changed = Callable[[], Mapping[int, int]]
"""Returns numbers that changed hands since it was last asked, and when."""
Forget = Callable[[list[int]], None]
_NO_STRANGERS: Final = frozenset(
    {
        *(Guard.ALLOWED, Guard.DENIED, Guard.DIALLED, Guard.CONTACT, Guard.EXPECTED, Guard.ANSWERED, Guard.REPEAT),
        *(Guard.EMERGENCY_CALLBACK, Guard.NOT_ENROLLED, Guard.FAULT),
    }
)
"""Guards that tell of an earlier contact of these two numbers, or nothing about it."""
_STRANGERS: Final = np.array([guard not in _NO_STRANGERS for guard in range(32)])
"""By the five bits of a guard: whether a call that it settled may be the first between its numbers."""


class Watching:
    """Hands what was collected to the callers' records; a prometheus_client collector."""

    def __init__(
        self, lasting: LastingCallers, changed: Changed = dict, heed: Heed | None = None, forget: Forget | None = None
    ) -> None:
        """Who judges callers gets by ``heed`` the records of those that reached a k.

        ``forget`` tells them of numbers that are in new hands and have no record any longer.
        """
        self._lasting = lasting
        self._changed = changed
        self._heed = heed
        self._forget = forget

    def watch(self, records: Records) -> None:
        """Count calls that were collected; whatever fails is logged."""
        try:
            told = records[(records["caller"] > 0) & (records["caller"] < INVALID_CALLER)]
            if len(told):
                self._count(_events(told))
        except Exception:  # noqa: BLE001 - the calls are in the history all the same
            _log.exception("calls were not counted for their callers")

    def _count(self, events: Void) -> None:
        if self._heed is None:
            self._lasting.update(events)
            return
        reached = np.zeros(len(events), RECORD)
        copied = self._lasting.update(events, reached)
        if copied:
            self._heed(reached[:copied].copy())

    def keep(self) -> None:
        """Drop what was counted of former holders, and make durable the rest; raises StoreError."""
        gone = self._lasting.drop_begun_before(self._changed())
        if gone and self._forget:
            self._forget(gone)
        if self._lasting.due:
            self._lasting.snapshot()
        else:
            self._lasting.commit()

    def collect(self) -> Iterator[Metric]:
        """Yield the metrics of now."""
        callers = self._lasting.callers
        yield GaugeMetricFamily("wurao_callers_watched", "Callers with a record", callers.count)
        yield CounterMetricFamily("wurao_callers_evicted_total", "Callers that made room for others", callers.evicted)


def _events(records: Records) -> Void:
    events = np.zeros(len(records), EVENT)
    for name in ("at_us", "caller", "callee"):
        events[name] = records[name]
    events["kind"] = Kind.BEGUN
    events["traits"] = np.where(_STRANGERS[records["word"] >> 3 & 31], Trait.FRESH, 0)
    return events
