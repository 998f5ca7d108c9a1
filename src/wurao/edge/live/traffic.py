"""Traffic: what went through the edges, for ``/metrics`` – calls by trunk and action, how long a decision took."""

import threading
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from typing import Final

import numpy as np
from prometheus_client import Metric
from prometheus_client.core import CounterMetricFamily, HistogramMetricFamily

from wurao.core.payload import DecisionFlag
from wurao.core.verdict import Action, Guard
from wurao.edge.nouns import RingState
from wurao.edge.ring import MAX_INGRESS, Records

BUCKETS_US: Final = (2, 5, 10, 20, 50, 100, 200, 500, 1_000, 10_000, 100_000, 1_000_000)
OTHER: Final = "other"
"""Stands for every trunk that the policy doesn't name: who calls must not decide how many series there are."""

Trunks = Callable[[], Iterable[str]]
"""Returns the names of the trunks that the policy of now knows."""


class Traffic:
    """Counts what the collector read; a prometheus_client collector."""

    def __init__(self, trunks: Trunks, rings: Callable[[], RingState], unknown: Callable[[], int]) -> None:
        self._trunks = trunks
        self._rings = rings
        self._unknown = unknown
        self._calls: Counter[tuple[str, ...]] = Counter()
        self._faults: Counter[tuple[str, ...]] = Counter()
        self._took: Counter[int] = Counter()
        self._took_us = 0
        self._lock = threading.Lock()

    def count(self, records: Records) -> None:
        """Count a batch of records."""
        cut = {name.encode()[:MAX_INGRESS]: name for name in self._trunks()}
        words = records["word"] & np.uint64(_TELLING)
        told = Counter(zip(records["ingress"].tolist(), words.tolist(), strict=True))
        took = Counter(np.searchsorted(BUCKETS_US, records["took_us"]).tolist())
        with self._lock:
            for (ingress, word), calls in told.items():
                trunk = cut.get(ingress, OTHER) if ingress else ""
                self._calls[trunk, _action(word)] += calls
                if word >> 3 & 31 == Guard.FAULT:
                    self._faults[trunk,] += calls
            self._took.update(took)
            self._took_us += int(records["took_us"].sum(dtype=np.uint64))

    def collect(self) -> Iterator[Metric]:
        """Yield the metrics of now."""
        with self._lock:
            calls, faults, took = dict(self._calls), dict(self._faults), dict(self._took)
            took_s = self._took_us / 1e6
        yield _counter("wurao_edge_calls", "Calls decided at an edge", ("trunk", "action"), calls)
        yield _counter("wurao_edge_fail_opens", "Calls that rang because of a fault of ours", ("trunk",), faults)
        yield _histogram(took, took_s)
        rings = self._rings()
        yield _counter("wurao_rings_collected", "Records collected from the rings", (), {(): rings.collected})
        yield _counter("wurao_rings_lost", "Records that found their ring full", (), {(): rings.lost})
        yield _counter("wurao_rings_damaged", "Records that meant nothing", (), {(): rings.damaged})
        yield _counter("wurao_refusals_unknown", "Spam buttons for no known call", (), {(): self._unknown()})


_TELLING: Final = 0b1111_1111 | DecisionFlag.SHADOW << 17
"""The bits of a word that are counted by: action, guard, shadow."""


def _action(word: int) -> str:
    action = word & 7
    if word & DecisionFlag.SHADOW << 17:
        return Action.RING.text
    return Action(action).text if action < len(Action) else OTHER


def _counter(name: str, said: str, labels: tuple[str, ...], counts: dict[tuple[str, ...], int]) -> CounterMetricFamily:
    family = CounterMetricFamily(name, said, labels=labels)
    for values, count in counts.items():
        family.add_metric(list(values), count)
    return family


def _histogram(took: dict[int, int], seconds: float) -> HistogramMetricFamily:
    buckets, total = [], 0
    for at, bound in enumerate(BUCKETS_US):
        total += took.get(at, 0)
        buckets.append((str(bound / 1e6), float(total)))
    total += took.get(len(BUCKETS_US), 0)
    buckets.append(("+Inf", float(total)))
    family = HistogramMetricFamily("wurao_edge_decision_seconds", "From a call's arrival to its decision")
    family.add_metric([], buckets, seconds)
    return family
