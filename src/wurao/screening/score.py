"""Points of many numbers at once: strengths times weights, composites added, groups capped.

One implementation serves the build of generations (a chunk of numbers), a single change (one row), the table of
call-time masks and the explanation, so that they can't differ. A cap scales its group's points evenly: what an
explanation shows adds up to the total.
"""

from typing import Final

import msgspec
import numpy as np
import numpy.typing as npt

from wurao.screening.composite import Expression
from wurao.screening.policy import Policy, Rule, Stage

Floats = npt.NDArray[np.float32]
DUST: Final = 1e-4
"""Absorbs float32 rounding before floor: 6.0 points reached as 5.99999 is level 6."""


class Scored(msgspec.Struct, frozen=True):
    """Points per number (row) and rule (column) after caps; ``live`` sums LIVE rules, ``all`` SHADOW ones too."""

    points: Floats
    live: Floats
    all: Floats


class Scorer:
    """Scores the rules of some stages; ``names`` are the columns: first the symbols, then the composites."""

    def __init__(self, policy: Policy, *stages: Stage) -> None:
        rules = {n: r for n, r in policy.rules.items() if r.stage in stages}
        self.rules: Final = rules
        self.symbols: Final = tuple(n for n in policy.symbols if n in rules)
        self.names: Final = (*self.symbols, *(n for n in policy.composites if n in rules))
        self._composites = [Expression(policy.composites[n].when) for n in self.names[len(self.symbols) :]]
        self._weights = np.array([rules[n].weight for n in self.names], np.float32)
        self._is_live = np.array([rules[n].state == "live" for n in self.names], bool)
        self._groups = _columns_by_group(policy, [rules[n] for n in self.names])

    def score(self, strengths: Floats) -> Scored:
        """Return the points of numbers whose strengths (n × symbols, 0…1) are given."""
        points = self._with_composites(strengths) * self._weights
        live = self._capped(points * self._is_live)
        everything = self._capped(points) if not self._is_live.all() else live
        shown = np.where(self._is_live, live, everything)
        return Scored(shown, _total(live), _total(everything))

    def _with_composites(self, strengths: Floats) -> Floats:
        if not self._composites:
            return strengths
        flags = {name: strengths[:, i] > 0 for i, name in enumerate(self.symbols)}
        added = [c.evaluate(flags).astype(np.float32) for c in self._composites]
        columns: Floats = np.column_stack([strengths, *added])
        return columns

    def _capped(self, points: Floats) -> Floats:
        capped = points.copy()
        for columns, cap in self._groups:
            size = np.abs(points[:, columns].sum(axis=1))
            over = size > cap
            if over.any():
                capped[np.ix_(over, columns)] *= (cap / size[over])[:, None]
        return capped


def _columns_by_group(policy: Policy, rules: list[Rule]) -> list[tuple[npt.NDArray[np.intp], np.float32]]:
    groups = dict.fromkeys(rule.group for rule in rules)
    return [
        (np.flatnonzero([rule.group == group for rule in rules]), np.float32(policy.groups[group].cap))
        for group in groups
    ]


def _total(points: Floats) -> Floats:
    total: Floats = points.sum(axis=1) + np.float32(DUST)
    return total
