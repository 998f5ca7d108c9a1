"""What the daily run found, for pages: read when asked from the home's scores, lake and registry."""

import logging
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

from prometheus_client import Metric
from prometheus_client.core import GaugeMetricFamily

from wurao.core.clock import DAY_US, Clock
from wurao.core.errors import StoreError
from wurao.detection.daily import kept
from wurao.detection.daily.misuse import Audited, audit
from wurao.detection.daily.scored import Figures, Score
from wurao.detection.daily.timeline import Timeline, timeline
from wurao.detection.live.rehearsed import Rehearsed
from wurao.store.book import Book
from wurao.store.home import Home
from wurao.store.identities import Identities
from wurao.store.lake import Lake

_log: Final = logging.getLogger(__name__)
_ID_BYTES: Final = 16
Live = Callable[[], Rehearsed | None]
TOLD_US: Final = 14 * DAY_US
"""How far back a caller's calls are told at least."""


class LiveDetection:
    """Reads the newest run each time, so that one that ends while pages are open shows at once; also a collector."""

    def __init__(
        self, home: Home, lake: Lake, identities: Identities, book: Book, clock: Clock, live: Live = lambda: None
    ) -> None:
        self._home = home
        self._lake = lake
        self._identities = identities
        self._book = book
        self._clock = clock
        self._live = live

    def live(self) -> Rehearsed | None:
        """Return what the live model has rehearsed, None where none is at work."""
        return self._live()

    def figures(self) -> Figures | None:
        """Return the figures of the newest run, None before the first. Raises StoreError."""
        path = self._path()
        return kept.figures(path) if path else None

    def collect(self) -> Iterator[Metric]:
        """Yield the metrics of the newest run; before the first only that it is due, none where it can't be read."""
        try:
            run = self.figures()
        except StoreError as error:
            _log.warning("the newest run has no metrics: %s", error.diagnostics())
            return
        if run is not None or self._lake.parts("calls", self._clock.now_us() - TOLD_US):
            at_s = run.at_us / 1e6 if run else 0
            yield GaugeMetricFamily("wurao_daily_run_timestamp_seconds", "When callers were judged, 0: never", at_s)
        if run is not None:
            yield GaugeMetricFamily("wurao_daily_flagged", "Callers that the newest run flags", run.flagged)
            yield GaugeMetricFamily(
                "wurao_daily_drifted", "Features that have shifted since training", len(run.drifted)
            )

    def flagged(self) -> list[Score]:
        """Return the callers that the newest run flags, the surest first. Raises StoreError."""
        path = self._path()
        return kept.flagged(path, self._identities) if path else []

    def registry(self, flagged: list[Score]) -> list[Audited]:
        """Return verified callers among the flagged, and entries of the registry whose proof has run out."""
        return audit(flagged, self._book.each_entry(), self._clock.now_us())

    def withdraw(self, key: str, span: int, who: str) -> None:
        """End the verification of the number or block of 10^``span`` with this key; effective within a second."""
        for entry in self._book.each_entry():
            if entry.span == span and self.key(entry.subject) == key:
                self._book.end_verified(entry.subject, span, f"by {who}")
                return

    def key(self, number: int) -> str:
        """Return what names a caller in addresses without telling its number."""
        return self._identities.id_of(number).hex()

    def score(self, key: str) -> Score | None:
        """Return a caller's row of the newest run, None where it has none. Raises StoreError."""
        path, caller_id = self._path(), _id(key)
        return kept.score_of(path, self._identities, caller_id) if path and caller_id else None

    def timeline(self, key: str) -> Timeline | None:
        """Return a caller's calls since those that the newest run judged, or since it changed hands, None without any.

        Raises StoreError.
        """
        now_us, caller_id, judged = self._clock.now_us(), _id(key), self.figures()
        from_us = min(judged.from_us if judged else now_us, now_us - TOLD_US)
        found = timeline(self._lake, self._identities, caller_id, from_us, now_us) if caller_id else None
        since_us = self._book.in_hands_since(found.number) if found else 0
        return found if since_us <= from_us else timeline(self._lake, self._identities, caller_id, since_us, now_us)

    def _path(self) -> Path | None:
        return kept.in_force(self._home, self._book)


def _id(key: str) -> bytes:
    """Return the id in a key, empty where it is none."""
    try:
        found = bytes.fromhex(key)
    except ValueError:
        return b""
    return found if len(found) == _ID_BYTES else b""
