"""Naming: from the word of a decision to the row that people read, whoever decided."""

from collections.abc import Callable
from functools import lru_cache
from typing import Final, NamedTuple

from wurao.core.categories import CATEGORIES
from wurao.core.payload import CallSymbol, DecisionFlag, DecisionWord
from wurao.core.verdict import Guard
from wurao.edge.nouns import UNSHOWN, Decision
from wurao.store.tables.tableset import TableSet

_WORDS: Final = 1 << 14
"""How many decisions that differ are kept in names."""
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
        named = _named(decided.word)
        return Decision(
            receipt=decided.receipt,
            caller=decided.caller,
            callee=decided.callee,
            at_us=decided.at_us,
            ingress=decided.ingress,
            action=named.action,
            code=named.code,
            score_deci=named.score_deci,
            category=named.category,
            guard=named.guard,
            symbols=(*named.called, *self._standing(decided.caller, named.flags)),
            state=_state(named.flags),
            generation=decided.generation,
            change=decided.change,
        )

    def _standing(self, caller: int, flags: DecisionFlag) -> tuple[str, ...]:
        if not flags & (DecisionFlag.RISK | DecisionFlag.RANGE):
            return ()
        near = ("REPORTED_RANGE",) if DecisionFlag.RANGE in flags else ()
        if DecisionFlag.RISK not in flags:
            return near
        known = self._tables.detail(caller)
        return (*(known.symbols if known else self._behind(caller)), *near)


def _state(flags: DecisionFlag) -> str:
    if DecisionFlag.SHADOW in flags:
        return "shadow"
    return UNSHOWN if DecisionFlag.UNLABELLED in flags else "live"


class _Named(NamedTuple):
    """A word in names; ``flags`` are none where the guard came before any symbol."""

    action: str
    code: int
    score_deci: int
    category: str
    guard: str
    flags: DecisionFlag
    called: tuple[str, ...]


@lru_cache(_WORDS)
def _named(word: int) -> _Named:
    told = DecisionWord.unpack(word)
    judged = told.guard not in (Guard.NONE, Guard.NOT_ENROLLED)
    called = tuple(symbol.name for symbol in CallSymbol if judged and told.symbols >> symbol & 1)
    category, guard = CATEGORIES[told.category].name, told.guard.text
    flags = told.flags if judged else told.flags & (DecisionFlag.SHADOW | DecisionFlag.UNLABELLED)
    return _Named(told.action.text, told.code, told.score_deci, category, guard, flags, called)
