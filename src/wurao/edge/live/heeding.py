"""Heeding: a filed report takes effect within a second, all of them are weighed anew every hour."""

import queue
from typing import Final

from wurao.core.clock import Clock
from wurao.edge.live.learning import UNCHECKED, UNVOUCHED, learn
from wurao.edge.nouns import Filed, Report
from wurao.reporting import live
from wurao.screening import appeal
from wurao.store.book import Book
from wurao.store.identities import Identities
from wurao.store.lake import Lake

AT_ONCE: Final = 200
"""Reports of one transaction: a flood of them doesn't hold up what else the worker does."""


class Heeding:
    """Collects reports as they are filed and weighs them in the worker's thread."""

    def __init__(self, lake: Lake, identities: Identities, book: Book, clock: Clock) -> None:
        self._lake = lake
        self._identities = identities
        self._book = book
        self._clock = clock
        self._waiting: queue.SimpleQueue[Filed] = queue.SimpleQueue()
        self._weighed_us = 0

    def heed(self, filed: Filed) -> None:
        """Take a report that was kept."""
        if filed.report.source != UNVOUCHED:
            self._waiting.put(filed)

    def heed_waiting(self) -> None:
        """Weigh what was filed since; a redressed number that enough people report again loses its redress."""
        filed = [self._waiting.get() for _ in range(min(self._waiting.qsize(), AT_ONCE))]
        reports = [one.report for one in filed if one.received_us > self._weighed_us]
        if not reports:
            return
        with self._book.together():
            for report in reports:
                live.heed(self._book, _vote(report), self._clock.now_us())
            for number in {report.subject for report in reports}:
                appeal.lapse_if_reported(self._book, number)

    def weigh_all(self) -> None:
        """Weigh all reports anew; what waits and was received by now is among them."""
        self._weighed_us = self._clock.now_us()
        learn(self._lake, self._identities, self._book, self._clock)
        for number in self._book.redressed():
            appeal.lapse_if_reported(self._book, number)


def _vote(report: Report) -> live.Vote:
    stranger = {} if report.reporter else {"weight": UNCHECKED}
    return live.Vote(
        report.subject,
        report.occurred_us,
        report.reporter,
        report.category,
        report.method,
        report.wanted,
        **stranger,
    )
