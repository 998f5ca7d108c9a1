"""Rules: every symbol with its weight, state, hits and budget, and what it would have done."""

from collections import Counter
from collections.abc import Callable
from typing import Literal

from wurao.core.errors import InputError
from wurao.edge.live.history import LiveHistory
from wurao.edge.nouns import DecisionFilter, Replay, Rule
from wurao.screening import policy as policies
from wurao.screening.shield import Shield
from wurao.store.book import Book
from wurao.store.book.rules import RuleBudget

Replayed = Callable[[str, int], Replay]
"""Replays one rule since an instant."""
_ROWS = 20_000


class LiveRules:
    """Policy for texts and weights, book for states and budgets, history for hits."""

    def __init__(self, shield: Shield, book: Book, history: LiveHistory, replayed: Replayed) -> None:
        self._shield = shield
        self._book = book
        self._history = history
        self._replayed = replayed

    def all(self) -> list[Rule]:
        """Return every rule by name."""
        rows = self._history.find(DecisionFilter(limit=_ROWS))
        hits = Counter(symbol for decision in rows for symbol in decision.symbols)
        known = {rule.name: rule for rule in self._book.rules()}
        written = self._shield.policy.rules
        return [self._rule(name, written[name], known[name], hits[name]) for name in sorted(written) if name in known]

    def set_live(self, name: str, who: str, *, live: bool) -> Rule:
        """Turn a rule LIVE or SHADOW."""
        if name not in self._shield.policy.rules:
            raise InputError(f"there is no rule {name[:48]!r}", mend="see `wurao config show`")
        state: Literal["live", "shadow"] = "live" if live else "shadow"
        turned = self._book.set_rule(name, state, f"by {who}")
        return self._rule(name, self._shield.policy.rules[name], turned, 0)

    def replay(self, name: str, since_us: int) -> Replay:
        """Return what the rule did or would have done since then, and whom it would have hurt."""
        return self._replayed(name, since_us)

    def maps(self) -> dict[str, int]:
        """Return the operator's maps and how many entries each has."""
        return self._shield.maps.sizes()

    def _rule(self, name: str, rule: policies.Rule, state: RuleBudget, hits: int) -> Rule:
        return Rule(
            name=name,
            title_zh=rule.title_zh,
            title_en=rule.title_en,
            weight=rule.weight,
            group=rule.group,
            state=state.state,
            hits=hits,
            false_blocks=self._book.false_block_count(state),
            budget=state.budget,
            window_days=state.window_days,
        )
