"""Naming: from the word of a decision to the row that people read, whoever decided."""

from collections.abc import Callable
from typing import NamedTuple

from wurao.core.categories import CATEGORIES
from wurao.core.payload import CallSymbol, DecisionFlag, DecisionWord
from wurao.core.verdict import Guard
from wurao.edge.nouns import Decision
from wurao.store.tables.tableset import TableSet

Behind = Callable[[int], tuple[str, ...]]
"""Names the symbols that stand on a number in the book: what changed since the last build is told only there."""


class Decided(NamedTuple):
    """A call and the word that was decided of it: numbers uint64, ``at_us`` microseconds UTC."""

    receipt: str
    caller: int
    callee: int
    at_us: int
    ingress: str
    word: int
    generation: int
    change: int


class Naming:
    """Names symbols by the tables in force and by what the book says ``behind`` them."""

    def __init__(self, tables: TableSet, behind: Behind) -> None:
        self._tables = tables
        self._behind = behind

    def decision(self, decided: Decided) -> Decision:
        """Return the row of one decision; raises ValueError or IndexError for a word that means nothing."""
        word = DecisionWord.unpack(decided.word)
        return Decision(
            receipt=decided.receipt,
            caller=decided.caller,
            callee=decided.callee,
            at_us=decided.at_us,
            ingress=decided.ingress,
            action=word.action.text,
            code=word.code,
            score_deci=word.score_deci,
            category=CATEGORIES[word.category].name,
            guard=word.guard.text,
            symbols=self._symbols(decided.caller, word),
            state="shadow" if DecisionFlag.SHADOW in word.flags else "live",
            generation=decided.generation,
            change=decided.change,
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
