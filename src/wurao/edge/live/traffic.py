"""Traffic: what went through the edges, for ``/metrics`` – calls by trunk and action, how long a decision took."""

import threading
from collections import Counter
from collections.abc import Callable, Iterator
from itertools import accumulate
from typing import Any, Final

import numpy as np
import numpy.typing as npt
from prometheus_client import Metric
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily

from wurao.core.payload import DecisionFlag
from wurao.core.verdict import Action, Guard
from wurao.edge.live.collecting import Trunks
from wurao.edge.live.named import Places, ingresses
from wurao.edge.nouns import Filed, RingState
from wurao.edge.ring import Records

BUCKETS_US: Final = (2, 5, 10, 20, 50, 100, 200, 500, 1_000, 10_000, 100_000, 1_000_000)
OTHER: Final = "other"
"""Stands for every trunk that the policy doesn't name: who calls must not decide how many series there are."""


class Traffic:
    """Counts what the collector read; a prometheus_client collector."""

    def __init__(self, trunks: Trunks, rings: Callable[[], RingState], unknown: Callable[[], int]) -> None:
        self._trunks = trunks
        self._rings = rings
        self._unknown = unknown
        self._calls: Counter[tuple[str, ...]] = Counter()
        self._faults: Counter[tuple[str, ...]] = Counter()
        self._took: Counter[tuple[str, int]] = Counter()
        self._took_us: Counter[str] = Counter()
        self._reports: Counter[tuple[str, ...]] = Counter()
        self._lock = threading.Lock()

    def count(self, records: Records) -> None:
        """Count a batch of records."""
        known = list(self._trunks())
        names, place = ingresses(records, known)
        trunks = [name if name in known or not name else OTHER for name in names]
        told = _counted(place, records["word"] & np.uint64(_TELLING))
        took = _counted(place, np.searchsorted(BUCKETS_US, records["took_us"]))
        spent_us = np.bincount(place, records["took_us"], len(names)).astype(np.int64).tolist()
        with self._lock:
            for at, word, calls in told:
                self._calls[trunks[at], _action(word)] += calls
                if word >> 3 & 31 == Guard.FAULT:
                    self._faults[trunks[at],] += calls
            for at, bucket, calls in took:
                self._took[trunks[at], bucket] += calls
            for trunk, spent in zip(trunks, spent_us, strict=True):
                self._took_us[trunk] += spent

    def report(self, filed: Filed) -> None:
        """Count a report that was kept."""
        with self._lock:
            self._reports[filed.report.source,] += 1

    def collect(self) -> Iterator[Metric]:
        """Yield the metrics of now."""
        with self._lock:
            calls, faults, reports = dict(self._calls), dict(self._faults), dict(self._reports)
            took, took_us = Counter(self._took), dict(self._took_us)
        yield _counter("wurao_edge_calls", "Calls decided at an edge", ("trunk", "action"), calls)
        yield _counter("wurao_edge_fail_opens", "Calls that rang because of a fault of ours", ("trunk",), faults)
        yield _histogram(took, took_us)
        yield _counter("wurao_reports", "Reports kept", ("source",), reports)
        rings = self._rings()
        yield _counter("wurao_rings_collected", "Records collected from the rings", (), {(): rings.collected})
        yield _counter("wurao_rings_lost", "Records that found their ring full", (), {(): rings.lost})
        yield _counter("wurao_rings_damaged", "Records that meant nothing", (), {(): rings.damaged})
        yield _counter("wurao_rings_missing", "Calls whose edge had no ring", (), {(): rings.ringless})
        yield GaugeMetricFamily("wurao_rings_waiting", "Records that wait in the rings", value=rings.waiting)
        yield _counter("wurao_refusals_unknown", "Spam buttons for no known call", (), {(): self._unknown()})


_TELLING: Final = 0b1111_1111 | (DecisionFlag.SHADOW | DecisionFlag.UNLABELLED) << 17
"""The bits of a word that are counted by: action, guard, shadow, unlabelled."""
_UNLABELLED: Final = "unlabelled"


def _counted(place: Places, value: npt.NDArray[Any]) -> list[tuple[int, int, int]]:
    """Return each pair of a trunk's place and a value, and how often it comes."""
    values, which = np.unique(value, return_inverse=True)
    pairs, count = np.unique(place * len(values) + which, return_counts=True)
    places, those = np.divmod(pairs, len(values))
    return list(zip(places.tolist(), values[those].tolist(), count.tolist(), strict=True))


def _action(word: int) -> str:
    action = word & 7
    if word & DecisionFlag.SHADOW << 17:
        return Action.RING.text
    if word & DecisionFlag.UNLABELLED << 17:
        return _UNLABELLED
    return Action(action).text if action < len(Action) else OTHER


def _counter(name: str, said: str, labels: tuple[str, ...], counts: dict[tuple[str, ...], int]) -> CounterMetricFamily:
    family = CounterMetricFamily(name, said, labels=labels)
    for values, count in counts.items():
        family.add_metric(list(values), count)
    return family


def _histogram(took: Counter[tuple[str, int]], took_us: dict[str, int]) -> HistogramMetricFamily:
    family = HistogramMetricFamily(
        "wurao_edge_decision_seconds", "From a call's arrival to its decision", labels=["trunk"]
    )
    for trunk, spent_us in took_us.items():
        totals = list(accumulate(took[trunk, at] for at in range(len(BUCKETS_US) + 1)))
        bounds = [*(str(bound / 1e6) for bound in BUCKETS_US), "+Inf"]
        family.add_metric([trunk], [(b, float(n)) for b, n in zip(bounds, totals, strict=True)], spent_us / 1e6)
    return family
