"""Appeals: kept in the book; an upheld one clears the number and counts against the rules that stopped it."""

import secrets
from collections.abc import Callable
from typing import Final

import msgspec

from wurao.core.clock import Clock
from wurao.core.errors import InputError
from wurao.core.standing import Standing
from wurao.edge.nouns import Appeal, AppealState, Decision
from wurao.store.book import Book
from wurao.store.book.appeals import MAX_QUEUE, AppealRow

REDRESSED: Final = "REDRESSED"
_ID_BYTES: Final = 9

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
        with self._book.together():
            same = (a for a in self._book.appeals_of(number) if a.state == "pending" and a.receipt == receipt)
            row = next(same, None)
            if row is None:
                row = AppealRow(secrets.token_urlsafe(_ID_BYTES), number, receipt, text, "", self._clock.now_us())
                self._book.put_appeal(row)
        return _appeal(row)

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
        pending = self._book.appeal(appeal_id)
        if pending is None:
            raise InputError("there is no such appeal")
        settled = msgspec.structs.replace(
            pending,
            state="redressed" if uphold else "rejected",
            reason=reason,
            decided_us=self._clock.now_us(),
            decided_by=who,
        )
        with self._book.together():
            self._book.settle_appeal(settled)
            if uphold:
                self._redress(settled)
        return _appeal(settled)

    def _redress(self, appeal: AppealRow) -> None:
        facts: dict[str, int | float | str] = {"appeal": appeal.appeal_id}
        row = Standing(appeal.number, REDRESSED, 1.0, "appeal", appeal.decided_us, facts=facts)
        self._book.write_standing([row])
        decision = self._found(appeal.receipt) if appeal.receipt else None
        if decision is None or decision.caller != appeal.number or not decision.stopped:
            return
        known = {rule.name for rule in self._book.rules()}
        for symbol in set(decision.symbols) & known:
            self._book.count_false_block(symbol, appeal.number, decision.at_us)


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
