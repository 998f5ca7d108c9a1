"""Screen: decides calls over the shield tables, hands each decision to the service's own ring, explains on request."""

import time
from collections.abc import Callable, Sequence
from typing import Final

from wurao.core.clock import Clock
from wurao.core.verdict import Verdict
from wurao.edge._teller import Teller, Told
from wurao.edge.live.naming import Decided, Naming
from wurao.edge.nouns import Ask, Call, Decision

AT_ONCE: Final = 10_000
"""Calls that are handed over together: less than a tenth of the ring."""
PATIENCE_S: Final = 10.0
"""How long a caller that isn't in a hurry waits for room in the ring."""
_PACE_S: Final = 0.01

Explain = Callable[[Ask], Verdict]


class LiveScreen:
    """Decides through ``teller``; ``explain`` says why, ``hurry`` asks the collector to empty the ring now."""

    def __init__(
        self, clock: Clock, teller: Teller, naming: Naming, explain: Explain, hurry: Callable[[], None]
    ) -> None:
        self._clock = clock
        self._teller = teller
        self._naming = naming
        self._explain = explain
        self._hurry = hurry

    def has_room(self, calls: int) -> bool:
        """Tell whether as many decisions can be kept; where they can't, the collector is asked to make room."""
        if self._teller.room() >= calls:
            return True
        self._hurry()
        return False

    def tell(self, calls: Sequence[Call]) -> Told:
        """Decide calls in order; all are handed over to be kept."""
        return self._teller.decide(calls, self._clock.now_us())

    def decide_many(self, asks: Sequence[Ask]) -> list[Decision]:
        """Decide calls in order, one answer each, as fast as decisions can be kept."""
        decisions: list[Decision] = []
        for start in range(0, len(asks), AT_ONCE):
            some = asks[start : start + AT_ONCE]
            self._wait_for_room(len(some))
            told = self.tell(some)
            decisions += [
                self._naming.decision(Decided(*row[:4], ask.ingress, row[4], told.generation, told.change))
                for ask, row in zip(some, told.rows(), strict=True)
            ]
        return decisions

    def explain(self, ask: Ask) -> Verdict:
        """Return the verdict with every symbol; decides nothing and keeps nothing."""
        return self._explain(ask)

    def _wait_for_room(self, calls: int) -> None:
        ends = time.monotonic() + PATIENCE_S
        while not self.has_room(calls) and time.monotonic() < ends:
            time.sleep(_PACE_S)
