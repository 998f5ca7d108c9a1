"""Refusing: a called person's 607 (RFC 8197) becomes a report and an entry of that person's own list.

The RFC asks that no filter for others stands on a 607 whose caller's identity nobody vouched for: such a report is
kept, and moves nothing but the person's own list.
"""

import time
from collections import deque
from collections.abc import Callable
from typing import Final

from wurao.core.payload import INVALID_CALLER
from wurao.edge.nouns import Decision, Report, Source
from wurao.edge.ring import Refusal
from wurao.edge.services import Reports, Wishes

PATIENCE_S: Final = 5.0
"""How long a refusal waits for its decision, which another ring may still hold."""
MAX_WAITING: Final = 10_000


class Refusing:
    """Heeds refusals; ``found`` looks up a receipt, ``vouched`` tells which trunks vouch for callers."""

    def __init__(
        self,
        found: Callable[[str], Decision | None],
        vouched: Callable[[str], bool],
        wishes: Wishes,
        reports: Reports,
    ) -> None:
        self._found = found
        self._vouched = vouched
        self._wishes = wishes
        self._reports = reports
        self._waiting: deque[tuple[float, Refusal]] = deque()
        self.unknown = 0
        """Refusals of calls that the history doesn't hold, or of callers without a number."""

    def heed(self, refusals: list[Refusal]) -> None:
        """Heed these; one whose decision isn't there yet is tried again by ``heed_waiting``. Raises StoreError."""
        for refusal in refusals:
            self._heed(refusal, time.monotonic() + PATIENCE_S)

    def heed_waiting(self) -> None:
        """Try again what waits for its decision; raises StoreError."""
        for _ in range(len(self._waiting)):
            until, refusal = self._waiting.popleft()
            self._heed(refusal, until)

    def _heed(self, refusal: Refusal, until: float) -> None:
        decision = self._found(refusal.receipt)
        if decision and decision.caller not in (0, INVALID_CALLER) and decision.callee:
            self._report(decision)
        elif decision or time.monotonic() >= until or len(self._waiting) >= MAX_WAITING:
            self.unknown += 1
        else:
            self._waiting.append((until, refusal))

    def _report(self, decision: Decision) -> None:
        report_id = f"607-{decision.receipt}"
        if self._reports.get(report_id):  # the collector before us died between filing and releasing
            return
        if self._wishes.get(decision.callee) is not None:
            self._wishes.deny(decision.callee, decision.caller)
        source: Source = "607" if self._vouched(decision.ingress) else "607-unvouched"
        report = Report(
            subject=decision.caller,
            occurred_us=decision.at_us,
            reporter=decision.callee,
            receipt=decision.receipt,
            source=source,
        )
        self._reports.file(report, report_id)
