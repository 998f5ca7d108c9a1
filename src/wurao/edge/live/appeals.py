"""Appeals: the domain's rules over the book, with the symbols of the receipt that is appealed against."""

from collections.abc import Callable

from wurao.core.clock import Clock
from wurao.edge.nouns import Appeal, AppealState, Decision
from wurao.screening import appeal as domain
from wurao.store.book import Book
from wurao.store.book.appeals import MAX_QUEUE, AppealRow

Found = Callable[[str], Decision | None]
"""Finds the decision of a receipt."""


class LiveAppeals:
    """Files and decides appeals; ``found`` looks up what was done with the call."""

    def __init__(self, clock: Clock, book: Book, found: Found) -> None:
        self._clock = clock
        self._book = book
        self._found = found

    def file(self, number: int, receipt: str, text: str) -> Appeal:
        """Keep an appeal; one that is pending for the same number and receipt is returned instead."""
        return _appeal(domain.file(self._book, self._clock, number, receipt=receipt, text=text))

    def get(self, appeal_id: str) -> Appeal | None:
        """Return one appeal."""
        row = self._book.appeal(appeal_id)
        return None if row is None else _appeal(row)

    def queue(self, state: AppealState, limit: int) -> list[Appeal]:
        """Return appeals in a state: pending oldest first, decided newest first."""
        return [_appeal(row) for row in self._book.appeal_queue(state, limit)]

    def count(self, state: AppealState) -> int:
        """Return how many appeals are in a state."""
        return self._book.appeal_count(state)

    def decide(self, appeal_id: str, who: str, reason: str, *, uphold: bool) -> Appeal:
        """Decide a pending appeal; upheld it is live in the tables within a second. Raises InputError."""
        row = self._book.appeal(appeal_id)
        call = self._found(row.receipt) if row and row.receipt else None
        symbols = call.symbols if call and row and call.caller == row.number and call.stopped else ()
        settled = domain.decide(
            self._book, self._clock, appeal_id, uphold=uphold, who=who, reason=reason, symbols=symbols
        )
        return _appeal(settled)


def upheld_since(book: Book, since_us: int) -> int:
    """Return how many calls were wrongly stopped, as far as appeals upheld since then say (at most 1,000)."""
    return sum(row.decided_us >= since_us for row in book.appeal_queue("redressed", MAX_QUEUE))


def _appeal(row: AppealRow) -> Appeal:
    return Appeal(
        appeal_id=row.appeal_id,
        number=row.number,
        receipt=row.receipt,
        text=row.text,
        filed_us=row.filed_us,
        state=row.state,
        reason=row.reason,
        decided_us=row.decided_us,
        decided_by=row.decided_by,
    )
