"""What a rule would have done with the calls of the history, in the words of the edge."""

from typing import Final

import msgspec
import numpy as np

from wurao.core.clock import Clock
from wurao.edge.live.history import LiveHistory
from wurao.edge.nouns import Decision, DecisionFilter, Hurt, Replay
from wurao.screening.replay import Effects, Past, Rehearsal
from wurao.screening.shield import Shield
from wurao.store.tables.tableset import TableSet

CALLS: Final = 50_000
"""The newest calls that are rehearsed."""
SHOWN: Final = 200
"""Calls shown by name, the wanted ones first."""


class Rehearsing:
    """Rehearses rules on the history."""

    def __init__(self, shield: Shield, tables: TableSet, history: LiveHistory, clock: Clock) -> None:
        self._shield = shield
        self._tables = tables
        self._history = history
        self._clock = clock

    def replay(self, name: str, since_us: int) -> Replay:
        """Return what a rule did or would have done since then, and whom it would have hurt. Raises InputError."""
        decisions = self._history.find(DecisionFilter(since_us=since_us, limit=CALLS))[::-1]
        past = Past(
            np.array([d.caller for d in decisions], np.uint64),
            np.array([d.callee for d in decisions], np.uint64),
            np.array([d.at_us for d in decisions], np.int64),
            [d.ingress for d in decisions],
        )
        rehearsal = Rehearsal(self._tables, self._shield.knowledge, self._clock.now_us())
        effects = rehearsal.of_rule(name, self._shield.policy, past)
        return Replay(name, since_us, effects.calls, effects.stopped, effects.labelled, _hurt(decisions, effects))


def _hurt(decisions: list[Decision], effects: Effects) -> tuple[Hurt, ...]:
    found = [
        Hurt(msgspec.structs.replace(decisions[row], action=action.text), wanted)
        for row, action, wanted in zip(effects.rows, effects.actions, effects.wanted, strict=True)
    ]
    return tuple(sorted(found, key=lambda hurt: (not hurt.wanted, -hurt.decision.at_us))[:SHOWN])
