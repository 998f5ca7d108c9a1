"""Appeals: the domain's rules over the book, with the symbols of the receipt that is appealed against."""

from collections.abc import Callable, Mapping
from typing import Final

from wurao.core.clock import DAY_US, Clock
from wurao.core.verdict import Guard
from wurao.edge.nouns import Appeal, AppealState, DecisionFilter
from wurao.edge.services import History
from wurao.screening import appeal as domain
from wurao.screening.grounds import Grounds, Stopped, grounds
from wurao.screening.policy import Rule
from wurao.store.book import Book
from wurao.store.book.appeals import MAX_QUEUE, AppealRow

LOOKED_BACK_US: Final = 90 * DAY_US
LOOKED_OVER: Final = 1_000
"""Decisions from which a holder's grounds are taken."""
_SYSTEM: Final = Guard.SYSTEM.text


class LiveAppeals:
    """Files and decides appeals; ``history`` looks up what was done with calls, ``rules`` returns those of now."""

    def __init__(self, clock: Clock, book: Book, history: History, rules: Callable[[], Mapping[str, Rule]]) -> None:
        self._clock = clock
        self._book = book
        self._history = history
        self._rules = rules

    def file(self, number: int, receipt: str, text: str, *, proven: bool = False) -> Appeal:
        """Keep an appeal; one that is pending for the same number and receipt is returned instead."""
        holder = self._holder(number) if proven else ""
        return _appeal(domain.file(self._book, self._clock, number, receipt=receipt, text=text, holder=holder))

    def get(self, appeal_id: str) -> Appeal | None:
        """Return one appeal."""
        row = self._book.appeal(appeal_id)
        return None if row is None else _appeal(row)

    def of(self, number: int) -> list[Appeal]:
        """Return the appeals for a number since it is in its holder's hands, newest first."""
        since_us = self._book.in_hands_since(number)
        return [_appeal(row) for row in self._book.appeals_of(number) if row.filed_us >= since_us]

    def grounds(self, number: int) -> Grounds:
        """Return what the holder of a number may know of why its calls were stopped, 90 days back at most."""
        since_us = max(self._clock.now_us() - LOOKED_BACK_US, self._book.in_hands_since(number))
        calls = self._history.find(DecisionFilter(number=number, since_us=since_us, limit=LOOKED_OVER))
        refused = [call for call in calls if call.caller == number and call.stopped and call.guard == _SYSTEM]
        stopped = [Stopped(call.at_us, call.category, call.symbols) for call in refused]
        return grounds(self._rules(), self._book.standings_for(number), stopped)

    def queue(self, state: AppealState, limit: int) -> list[Appeal]:
        """Return appeals in a state: pending oldest first, decided newest first."""
        return [_appeal(row) for row in self._book.appeal_queue(state, limit)]

    def count(self, state: AppealState) -> int:
        """Return how many appeals are in a state."""
        return self._book.appeal_count(state)

    def decide(self, appeal_id: str, who: str, reason: str, *, uphold: bool) -> Appeal:
        """Decide a pending appeal; upheld it is live in the tables within a second. Raises InputError."""
        row = self._book.appeal(appeal_id)
        call = self._history.get(row.receipt) if row and row.receipt else None
        symbols = call.symbols if call and row and call.caller == row.number and call.stopped else ()
        settled = domain.decide(
            self._book, self._clock, appeal_id, uphold=uphold, who=who, reason=reason, symbols=symbols
        )
        return _appeal(settled)

    def _holder(self, number: int) -> str:
        # Nobody hands us a real-name register, so a number stands for its holder, as long as it is in these hands.
        return f"number {number} since {self._book.in_hands_since(number)}"


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
