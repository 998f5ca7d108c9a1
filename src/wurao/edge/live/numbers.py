"""Numbers: what is known of one, and what people of the desk teach of it."""

from typing import Final

from wurao.core.clock import Clock
from wurao.core.errors import InputError
from wurao.core.payload import INVALID_CALLER
from wurao.core.standing import Standing
from wurao.edge.live.history import LiveHistory
from wurao.edge.nouns import DecisionFilter, Known
from wurao.screening.knowledge import Knowledge
from wurao.store.book import Book
from wurao.store.book.standing import StandingKey

NUISANCE: Final = "TAUGHT_NUISANCE"
WANTED: Final = "TAUGHT_WANTED"
DESK: Final = "operator"
"""The source of what the desk taught."""
_LATEST: Final = 20


class LiveNumbers:
    """Reads what every plane and the operator know; writes what the desk teaches as standing."""

    def __init__(self, clock: Clock, book: Book, knowledge: Knowledge, history: LiveHistory) -> None:
        self._clock = clock
        self._book = book
        self._knowledge = knowledge
        self._history = history

    def known(self, number: int) -> Known:
        """Return all that is known of one number."""
        latest = self._history.find(DecisionFilter(number=number, limit=_LATEST))
        return Known(number, tuple(self._knowledge.around(number)), tuple(latest))

    def teach(self, number: int, who: str, *, wanted: bool) -> None:
        """Let a person of the desk say that a number is wanted or a nuisance; effective within a second."""
        if not 0 < number < INVALID_CALLER:
            raise InputError("a withheld or impossible number can't be taught", mend="weigh its symbol instead")
        learnt, forgotten = (WANTED, NUISANCE) if wanted else (NUISANCE, WANTED)
        row = Standing(number, learnt, 1.0, DESK, self._clock.now_us(), facts={"by": who})
        self._book.write_standing([row], clear=[StandingKey(number, 0, forgotten)])
