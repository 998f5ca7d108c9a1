"""Heeding: a filed report takes effect within a second, all of them are weighed anew every hour."""

import threading

from wurao.core.clock import Clock
from wurao.edge.live.learning import learn, weigh
from wurao.edge.nouns import Report
from wurao.reporting.weights import REPORTED
from wurao.store.book import Book
from wurao.store.book.standing import StandingKey
from wurao.store.identities import Identities
from wurao.store.lake import Lake


class Heeding:
    """Collects reports as they are filed and weighs them in the worker's thread."""

    def __init__(self, lake: Lake, identities: Identities, book: Book, clock: Clock) -> None:
        self._lake = lake
        self._identities = identities
        self._book = book
        self._clock = clock
        self._waiting: list[Report] = []
        self._lock = threading.Lock()

    def heed(self, report: Report) -> None:
        """Take a report that was kept."""
        with self._lock:
            self._waiting.append(report)

    def heed_waiting(self) -> None:
        """Weigh the numbers that were reported since; their neighbours wait for the next ``weigh_all``."""
        with self._lock:
            waiting, self._waiting = self._waiting, []
        if not waiting:
            return
        subjects = {report.subject for report in waiting}
        weighed = weigh(self._lake, self._identities, self._book, self._clock)
        rows = [row for row in weighed.standing() if row.span == 0 and row.subject in subjects]
        self._book.write_standing(rows, clear=[StandingKey(one, 0, REPORTED) for one in subjects])

    def weigh_all(self) -> None:
        """Weigh all reports anew."""
        learn(self._lake, self._identities, self._book, self._clock)
