"""Screen: decides calls over the shield tables, keeps each decision, explains on request."""

import secrets
from base64 import urlsafe_b64encode
from collections.abc import Callable, Iterator, Sequence
from typing import Final

import msgspec
import numpy as np

from wurao.core.categories import CATEGORIES
from wurao.core.clock import CHINA_OFFSET_US, DAY_US, Clock, day_of
from wurao.core.payload import CallSymbol, DecisionFlag, DecisionWord
from wurao.core.verdict import Guard, Verdict
from wurao.edge.nouns import Ask, Decision
from wurao.screening._decide import Decider
from wurao.screening._recent import RecentCalls
from wurao.store.tables.tableset import TableSet

_RECEIPT_BYTES: Final = 9
_GATEWAY: Final = "C"

Keep = Callable[[list[Decision]], None]
Explain = Callable[[Ask], Verdict]
Behind = Callable[[int], tuple[str, ...]]
"""Names the symbols that stand on a number in the book: what changed since the last build is told only there."""


class LiveScreen:
    """Decides with ``decider`` over ``tables``; ``keep`` takes the decisions, ``explain`` says why."""

    def __init__(
        self, clock: Clock, tables: TableSet, decider: Decider, keep: Keep, explain: Explain, behind: Behind
    ) -> None:
        self._clock = clock
        self._tables = tables
        self._decider = decider
        self._keep = keep
        self._explain = explain
        self._behind = behind
        self._recent = RecentCalls()

    def decide(self, ask: Ask) -> Decision:
        """Decide one call; a fault of ours rings."""
        return self.decide_many([ask])[0]

    def decide_many(self, asks: Sequence[Ask]) -> list[Decision]:
        """Decide calls in order, one answer each; all are kept."""
        now = self._clock.now_us()
        timed = [ask if ask.at_us else msgspec.structs.replace(ask, at_us=now) for ask in asks]
        decisions = list(map(self._decision, timed, self._words(timed), _receipts(timed)))
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
        told = np.array([ask.repeat | (ask.attestation == _GATEWAY) << 1 for ask in asks], np.uint8)
        trunks = {name: self._decider.ingress_index(name) for name in {ask.ingress for ask in asks}}
        ingress = np.array([trunks[ask.ingress] for ask in asks], np.uint16)
        self._decider.decide_batch(callers, callees, ingress, at_us, told | repeated, words)
        decided: list[int] = words.tolist()
        return decided

    def _decision(self, ask: Ask, decided: int, receipt: str) -> Decision:
        word = DecisionWord.unpack(decided)
        return Decision(
            receipt=receipt,
            caller=ask.caller,
            callee=ask.callee,
            at_us=ask.at_us,
            ingress=ask.ingress,
            action=word.action.text,
            code=word.code,
            score_deci=word.score_deci,
            category=CATEGORIES[word.category].name,
            guard=word.guard.text,
            symbols=self._symbols(ask.caller, word),
            state="shadow" if DecisionFlag.SHADOW in word.flags else "live",
            generation=self._tables.generation.number if self._tables.generation else 0,
            change=self._tables.change,
        )

    def _symbols(self, caller: int, word: DecisionWord) -> tuple[str, ...]:
        if word.guard in (Guard.NONE, Guard.NOT_ENROLLED):
            return ()
        called = [symbol.name for symbol in CallSymbol if word.symbols >> symbol & 1]
        return (*called, *self._standing(caller, word))

    def _standing(self, caller: int, word: DecisionWord) -> tuple[str, ...]:
        if not word.flags & (DecisionFlag.RISK | DecisionFlag.RANGE):
            return ()
        near = ("REPORTED_RANGE",) if DecisionFlag.RANGE in word.flags else ()
        if DecisionFlag.RISK not in word.flags:
            return near
        known = self._tables.detail(caller)
        return (*(known.symbols if known else self._behind(caller)), *near)


def _receipts(asks: Sequence[Ask]) -> Iterator[str]:
    """Yield an id for each call that begins with its Chinese day and can't be guessed."""
    days = {(at + CHINA_OFFSET_US) // DAY_US: day_of(at).replace("-", "") for at in {ask.at_us for ask in asks}}
    drawn = secrets.token_bytes(_RECEIPT_BYTES * len(asks))
    for place, ask in enumerate(asks):
        secret = drawn[place * _RECEIPT_BYTES : (place + 1) * _RECEIPT_BYTES]
        yield f"{days[(ask.at_us + CHINA_OFFSET_US) // DAY_US]}-{urlsafe_b64encode(secret).decode()}"
