"""A batch of decisions in columns: a row of numbers for each, and what many have in common said once.

The collector handles thousands a second and people look at few of them: what they read is made when they ask.
"""

from collections.abc import Iterable, Sequence
from functools import cached_property
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from wurao.edge.nouns import Decision

ROW: Final = np.dtype(
    [
        ("receipt", "S21"),
        ("caller", "<u8"),
        ("callee", "<u8"),
        ("at_us", "<i8"),
        ("generation", "<i8"),
        ("change", "<i8"),
        ("outcome", "<i4"),
    ]
)
"""A decision; ``outcome`` is the place of what it has in common with others."""
Rows = npt.NDArray[np.void]


class Outcome(NamedTuple):
    """What decisions have in common, in names; ``score_deci`` is tenths."""

    ingress: str
    action: str
    code: int
    score_deci: int
    category: str
    guard: str
    symbols: tuple[str, ...]
    state: str


class Batch:
    """Decisions, oldest first: ``rows`` (ROW) over their ``outcomes``."""

    def __init__(self, rows: Rows, outcomes: Sequence[Outcome]) -> None:
        self.rows = rows
        self.outcomes = outcomes

    @classmethod
    def of(cls, decisions: Iterable[Decision]) -> "Batch":
        """Return decisions as a batch."""
        outcomes: dict[Outcome, int] = {}
        told = [
            (
                *(d.receipt.encode(), d.caller, d.callee, d.at_us, d.generation, d.change),
                outcomes.setdefault(_outcome(d), len(outcomes)),
            )
            for d in decisions
        ]
        return cls(np.array(told, ROW), list(outcomes))

    def __len__(self) -> int:
        """Return how many decisions there are."""
        return len(self.rows)

    def decision(self, at: int) -> Decision:
        """Return one decision as people read it."""
        receipt, caller, callee, at_us, generation, change, outcome = self.rows[at].item()
        return _decision((receipt.decode(), caller, callee, at_us), self.outcomes[outcome], (generation, change))

    @cached_property
    def samples(self) -> list[Decision]:
        """A decision of each outcome, with numbers and times of nobody's: what holds of it holds of all with it."""
        return [_decision(("", 0, 0, 0), told, (0, 0)) for told in self.outcomes]

    def chosen(self, which: npt.NDArray[np.bool_]) -> "Batch":
        """Return the decisions that are marked."""
        return Batch(self.rows[which], self.outcomes)

    def joined(self, later: "Batch") -> "Batch":
        """Return these decisions and ``later`` ones as one batch."""
        outcomes = {told: at for at, told in enumerate(self.outcomes)}
        places = [outcomes.setdefault(told, len(outcomes)) for told in later.outcomes]
        rows = np.concatenate([self.rows, later.rows])
        rows["outcome"][len(self) :] = np.array(places, np.int32)[later.rows["outcome"]]
        return Batch(rows, list(outcomes))


def _decision(call: tuple[str, int, int, int], told: Outcome, tables: tuple[int, int]) -> Decision:
    receipt, caller, callee, at_us = call
    ingress, action, code, score_deci, category, guard, symbols, state = told
    generation, change = tables
    return Decision(
        *(receipt, caller, callee, at_us, ingress, action, code, score_deci, category, guard, symbols, state),
        generation,
        change,
    )


def _outcome(d: Decision) -> Outcome:
    return Outcome(d.ingress, d.action, d.code, d.score_deci, d.category, d.guard, d.symbols, d.state)
