"""Naming: from the word of a decision to the row that people read, whoever decided."""

from collections.abc import Callable
from functools import lru_cache
from typing import Final, NamedTuple

from wurao.core.categories import CATEGORIES
from wurao.core.payload import CallSymbol, DecisionFlag, DecisionWord
from wurao.core.verdict import Guard
from wurao.edge.live.batch import Outcome
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
        receipt, caller, callee, at_us, ingress, word, generation, change = decided
        outcome = self.outcome(word, ingress, caller)
        return Decision(receipt, caller, callee, at_us, *outcome, generation, change)

    def outcome(self, word: int, ingress: str, caller: int) -> Outcome:
        """Return a word in names; the caller matters only where it ``stands``. Raises ValueError or IndexError."""
        told = _named(word)
        standing = self._standing(caller) if told.stands else ()
        symbols = (*told.symbols, *standing, *told.near)
        return Outcome(ingress, told.action, told.code, told.score_deci, told.category, told.guard, symbols, told.state)

    def _standing(self, caller: int) -> tuple[str, ...]:
        known = self._tables.detail(caller)
        return known.symbols if known else self._behind(caller)


def stands(word: int) -> bool:
    """Tell whether the caller's own standing spoke. Raises ValueError or IndexError for a word that means nothing."""
    return _named(word).stands


def _state(flags: DecisionFlag) -> str:
    if DecisionFlag.SHADOW in flags:
        return "shadow"
    return UNSHOWN if DecisionFlag.UNLABELLED in flags else "live"


class _Named(NamedTuple):
    """A word in names; ``stands``: the caller's own standing spoke, ``near``: what the numbers around it add."""

    action: str
    code: int
    score_deci: int
    category: str
    guard: str
    state: str
    symbols: tuple[str, ...]
    stands: bool
    near: tuple[str, ...]


@lru_cache(_WORDS)
def _named(word: int) -> _Named:
    told = DecisionWord.unpack(word)
    judged = told.guard not in (Guard.NONE, Guard.NOT_ENROLLED)  # else it came before any symbol
    return _Named(
        told.action.text,
        told.code,
        told.score_deci,
        CATEGORIES[told.category].name,
        told.guard.text,
        _state(told.flags),
        tuple(symbol.name for symbol in CallSymbol if judged and told.symbols >> symbol & 1),
        judged and DecisionFlag.RISK in told.flags,
        ("REPORTED_RANGE",) if judged and DecisionFlag.RANGE in told.flags else (),
    )
