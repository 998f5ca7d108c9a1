"""Screen: decides calls over the shield tables, keeps each decision, explains on request."""

from collections.abc import Callable, Sequence

import msgspec
import numpy as np

from wurao.core.clock import Clock
from wurao.core.payload import CIRCUMSTANCES
from wurao.core.verdict import Verdict
from wurao.edge._receipts import Receipts
from wurao.edge.live.naming import Decided, Naming
from wurao.edge.nouns import Ask, Decision
from wurao.screening._decide import Decider
from wurao.screening._recent import RecentCalls
from wurao.store.tables.tableset import TableSet

Keep = Callable[[list[Decision]], None]
Explain = Callable[[Ask], Verdict]


class LiveScreen:
    """Decides with ``decider`` over ``tables``; ``keep`` takes the decisions, ``explain`` says why."""

    def __init__(
        self, clock: Clock, tables: TableSet, decider: Decider, keep: Keep, explain: Explain, naming: Naming
    ) -> None:
        self._clock = clock
        self._tables = tables
        self._decider = decider
        self._keep = keep
        self._explain = explain
        self._naming = naming
        self._receipts = Receipts()
        self._recent = RecentCalls()

    def decide(self, ask: Ask) -> Decision:
        """Decide one call; a fault of ours rings."""
        return self.decide_many([ask])[0]

    def decide_many(self, asks: Sequence[Ask]) -> list[Decision]:
        """Decide calls in order, one answer each; all are kept."""
        now = self._clock.now_us()
        timed = [ask if ask.at_us else msgspec.structs.replace(ask, at_us=now) for ask in asks]
        generation = self._tables.generation.number if self._tables.generation else 0
        change = self._tables.change
        decisions = [
            self._naming.decision(
                Decided(
                    self._receipts.id_of(ask.at_us, self._receipts.secret()),
                    ask.caller,
                    ask.callee,
                    ask.at_us,
                    ask.ingress,
                    word,
                    generation,
                    change,
                )
            )
            for ask, word in zip(timed, self._words(timed), strict=True)
        ]
        self._keep(decisions)
        return decisions

    def explain(self, ask: Ask) -> Verdict:
        """Return the verdict with every symbol; decides nothing and keeps nothing."""
        return self._explain(ask)

    def _words(self, asks: Sequence[Ask]) -> list[int]:
        words = np.empty(len(asks), np.uint64)
        callers, callees = (np.array([getattr(ask, of) for ask in asks], np.uint64) for of in ("caller", "callee"))
        at_us = np.array([ask.at_us for ask in asks], np.int64)
        repeated = np.empty(len(asks), np.uint8)
        self._recent.seen_batch(callees, callers, at_us, repeated)
        told = np.array([ask.repeat | CIRCUMSTANCES.get(ask.attestation, 0) for ask in asks], np.uint8)
        trunks = {name: self._decider.ingress_index(name) for name in {ask.ingress for ask in asks}}
        ingress = np.array([trunks[ask.ingress] for ask in asks], np.uint16)
        self._decider.decide_batch(callers, callees, ingress, at_us, told | repeated, words)
        decided: list[int] = words.tolist()
        return decided
