"""Hands: which numbers have become somebody else's, told once each, so that a past isn't held against a new holder."""

from typing import Final

from wurao.core.clock import Clock
from wurao.store.book import Book

_MANY: Final = "snapshot"
"""What a mass of changes is told as."""


class Hands:
    """Follows the book's assignments; for one thread."""

    def __init__(self, book: Book, clock: Clock) -> None:
        self._book = book
        self._clock = clock
        self._change: int | None = None
        self._to_come: dict[int, int] = {}

    def changed(self) -> dict[int, int]:
        """Return the numbers that changed hands since the last time, at first all, and when (microseconds UTC).

        One announced for later is told at once, as its standing is cleared at once, and again when its time has come.
        Raises StoreError.
        """
        now_us, told = self._clock.now_us(), self._told()
        due = {number: at_us for number, at_us in self._to_come.items() if at_us <= now_us}
        later = {number: at_us for number, at_us in told.items() if at_us > now_us}
        self._to_come = {number: at_us for number, at_us in self._to_come.items() if number not in due} | later
        return due | told

    def _told(self) -> dict[int, int]:
        if self._change is None:
            last = self._book.last_change()
            told = self._book.new_hands()
        else:
            changes = self._book.changes_after(self._change)
            last = changes[-1].number if changes else self._change
            moved = {change.subject for change in changes if change.kind == "assignment"}
            many = any(change.kind == _MANY for change in changes)
            told = self._book.new_hands() if many else {one: self._book.in_hands_since(one) for one in moved}
        self._change = last
        return told
