"""History: the one stream of decisions – the newest in memory, all of them in journal and lake."""

import threading
from collections import Counter, deque
from collections.abc import Callable, Iterator
from itertools import islice
from typing import Final

import numpy as np
import numpy.typing as npt

from wurao.core.clock import HOUR_US, Clock
from wurao.core.verdict import Action
from wurao.edge.live.batch import Batch
from wurao.edge.nouns import Decision, DecisionFilter, Hour, Tally

NEWEST: Final = 50_000
"""Decisions kept in memory at least, 65 bytes each; older ones are read from the lake."""
_TOGETHER: Final = 1_000
"""A batch joins the one before it where that has fewer decisions."""
_HOURS: Final = 24 * 8
_RING: Final = Action.RING.text
_NONE: Final = (0, 0, 0, 0)
"""Calls of an hour: stopped, labelled (or judged by SHADOW alone), rung, rung unlabelled."""

Older = Callable[[DecisionFilter], list[Decision]]
"""Reads decisions from journal and lake, newest first."""


class LiveHistory:
    """Counts and shows decisions; ``open_appeals`` and ``false_blocks`` (since an instant) come from the book."""

    def __init__(
        self, clock: Clock, older: Older, open_appeals: Callable[[], int], false_blocks: Callable[[int], int]
    ) -> None:
        self._clock = clock
        self._older = older
        self._open_appeals = open_appeals
        self._false_blocks = false_blocks
        self._newest: deque[Batch] = deque()
        self._held = 0
        self._count = 0
        self._hours: dict[int, list[int]] = {}
        self._lock = threading.Lock()

    def add(self, batch: Batch) -> None:
        """Take decisions that were kept."""
        ticks = _ticks(batch)
        with self._lock:
            if self._newest and len(self._newest[-1]) < _TOGETHER:
                batch = self._newest.pop().joined(batch)
            self._newest.append(batch)
            self._count += ticks.total()
            self._held += ticks.total()
            while self._held - len(self._newest[0]) >= NEWEST:
                self._held -= len(self._newest.popleft())
            for (hour, column), calls in ticks.items():
                self._tick(hour, column, calls)

    def find(self, wanted: DecisionFilter) -> list[Decision]:
        """Return the newest decisions that pass the filter, from memory and, where that ends, from the lake."""
        found = list(islice(self._passing(wanted), wanted.limit))
        if len(found) == wanted.limit:
            return found
        have = {decision.receipt for decision in found}
        older = (d for d in self._older(wanted) if d.receipt not in have)
        return sorted([*found, *older], key=lambda d: -d.at_us)[: wanted.limit]

    def get(self, receipt: str) -> Decision | None:
        """Return the decision of one receipt."""
        newest = next(self._passing(DecisionFilter(receipt=receipt)), None)
        return newest or next(iter(self._older(DecisionFilter(receipt=receipt, limit=1))), None)

    def since(self, mark: int, limit: int) -> tuple[int, list[Decision]]:
        """Return the decisions kept after ``mark``, at most ``limit``, rejects first, and the new mark; -1 is now."""
        with self._lock:
            new = min(self._count - mark, self._held) if mark >= 0 else 0
            now, held = self._count, list(self._newest)
        stopped: list[tuple[Batch, int]] = []
        others: list[tuple[Batch, int]] = []
        for batch in reversed(held):
            if not new:
                break
            first = max(len(batch) - new, 0)
            new -= len(batch) - first
            stops = np.array([sample.stopped for sample in batch.samples])[batch.rows["outcome"][first:]]
            stopped[:0] = [(batch, first + at) for at in np.flatnonzero(stops).tolist()]
            others[:0] = [(batch, first + at) for at in np.flatnonzero(~stops)[:limit].tolist()]
        return now, [batch.decision(at) for batch, at in (stopped + others)[:limit]]

    def _passing(self, wanted: DecisionFilter) -> Iterator[Decision]:
        """Yield what is in memory and passes the filter, newest first."""
        with self._lock:
            held = list(self._newest)
        for batch in reversed(held):
            for at in np.flatnonzero(_passes(batch, wanted))[::-1].tolist():
                yield batch.decision(at)

    def tally(self, since_us: int) -> Tally:
        """Return the counts of the strip since then, by whole hours."""
        counts = [row for hour, row in self._hours_since(since_us)] or [list(_NONE)]
        stopped, labelled, _, unlabelled = (sum(column) for column in zip(*counts, strict=True))
        wrongly, rang = self._false_blocks(since_us), labelled + unlabelled
        return Tally(since_us, wrongly, stopped, rang, unlabelled, self._open_appeals())

    def hours(self, since_us: int) -> list[Hour]:
        """Return the counts by hour since then, oldest first, hours without calls included."""
        return [
            Hour(hour * HOUR_US, stopped, labelled, rung + unlabelled)
            for hour, (stopped, labelled, rung, unlabelled) in self._hours_since(since_us)
        ]

    def _hours_since(self, since_us: int) -> list[tuple[int, list[int]]]:
        last = self._clock.now_us() // HOUR_US
        first = max(since_us // HOUR_US, last - _HOURS)
        with self._lock:
            return [(hour, list(self._hours.get(hour, _NONE))) for hour in range(first, last + 1)]

    def _tick(self, hour: int, column: int, calls: int) -> None:
        if hour not in self._hours and len(self._hours) >= 2 * _HOURS:
            del self._hours[min(self._hours)]
        self._hours.setdefault(hour, list(_NONE))[column] += calls


def _ticks(batch: Batch) -> Counter[tuple[int, int]]:
    """Return how many decisions there are by hour and column."""
    columns = np.array([_column(sample) for sample in batch.samples], np.int64)
    hours = batch.rows["at_us"] // HOUR_US
    ticks, count = np.unique(hours * len(_NONE) + columns[batch.rows["outcome"]], return_counts=True)
    return Counter(
        {divmod(tick, len(_NONE)): calls for tick, calls in zip(ticks.tolist(), count.tolist(), strict=True)}
    )


def _column(decision: Decision) -> int:
    if decision.stopped:
        return 0
    if decision.rang_unlabelled:
        return 3
    return 2 if decision.action == _RING else 1


def _passes(batch: Batch, wanted: DecisionFilter) -> npt.NDArray[np.bool_]:
    rows = batch.rows
    told = np.array([_is_of(sample, wanted) for sample in batch.samples], np.bool_)
    passes: npt.NDArray[np.bool_] = told[rows["outcome"]] & (rows["at_us"] >= wanted.since_us)
    if wanted.until_us:
        passes &= rows["at_us"] < wanted.until_us
    if wanted.receipt:
        passes &= rows["receipt"] == wanted.receipt.encode()
    if wanted.number:
        passes &= (rows["caller"] == wanted.number) | (rows["callee"] == wanted.number)
    if wanted.callee:
        passes &= rows["callee"] == wanted.callee
    return passes


def _is_of(sample: Decision, wanted: DecisionFilter) -> bool:
    return (
        wanted.action in ("", sample.action)
        and wanted.category in ("", sample.category)
        and wanted.ingress in ("", sample.ingress)
    )
