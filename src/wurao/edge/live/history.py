"""History: the one stream of decisions – the newest in memory, all of them in journal and lake."""

import threading
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator
from typing import Final

from wurao.core.clock import HOUR_US, Clock
from wurao.core.verdict import Action
from wurao.edge.nouns import Decision, DecisionFilter, Hour, Tally

NEWEST: Final = 50_000
"""Decisions kept in memory, about 40 MB; older ones are read from the lake."""
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
        self._newest: deque[Decision] = deque(maxlen=NEWEST)
        self._count = 0
        self._hours: dict[int, list[int]] = {}
        self._lock = threading.Lock()

    def add(self, decisions: Iterable[Decision]) -> None:
        """Take decisions that were kept, oldest first."""
        rows = list(decisions)
        ticks = Counter((row.at_us // HOUR_US, _column(row)) for row in rows)
        with self._lock:
            self._newest.extend(rows)
            self._count += len(rows)
            for (hour, column), calls in ticks.items():
                self._tick(hour, column, calls)

    def find(self, wanted: DecisionFilter) -> list[Decision]:
        """Return the newest decisions that pass the filter, from memory and, where that ends, from the lake."""
        with self._lock:
            newest = list(self._newest)
        found = list(_first(wanted.limit, (d for d in reversed(newest) if _passes(d, wanted))))
        if len(found) == wanted.limit:
            return found
        have = {decision.receipt for decision in found}
        older = (d for d in self._older(wanted) if d.receipt not in have)
        return sorted([*found, *older], key=lambda d: -d.at_us)[: wanted.limit]

    def get(self, receipt: str) -> Decision | None:
        """Return the decision of one receipt."""
        with self._lock:
            newest = next((d for d in reversed(self._newest) if d.receipt == receipt), None)
        return newest or next(iter(self._older(DecisionFilter(receipt=receipt, limit=1))), None)

    def since(self, mark: int, limit: int) -> tuple[int, list[Decision]]:
        """Return the decisions kept after ``mark``, at most ``limit``, rejects first, and the new mark; -1 is now."""
        with self._lock:
            new = min(self._count - mark, len(self._newest)) if mark >= 0 else 0
            fresh = [self._newest[-i] for i in range(new, 0, -1)]
            now = self._count
        fresh.sort(key=lambda d: not d.stopped)
        return now, fresh[:limit]

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


def _column(decision: Decision) -> int:
    if decision.stopped:
        return 0
    if decision.rang_unlabelled:
        return 3
    return 2 if decision.action == _RING else 1


def _passes(decision: Decision, wanted: DecisionFilter) -> bool:
    return (
        wanted.action in ("", decision.action)
        and wanted.category in ("", decision.category)
        and wanted.ingress in ("", decision.ingress)
        and wanted.receipt in ("", decision.receipt)
        and wanted.number in (0, decision.caller, decision.callee)
        and wanted.callee in (0, decision.callee)
        and decision.at_us >= wanted.since_us
        and (not wanted.until_us or decision.at_us < wanted.until_us)
    )


def _first(limit: int, decisions: Iterator[Decision]) -> Iterator[Decision]:
    for _, decision in zip(range(limit), decisions, strict=False):
        yield decision
