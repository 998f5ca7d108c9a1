"""What a decision's word is called: its state says whether the phone showed what was decided."""

from types import SimpleNamespace
from typing import Any

import pytest

from wurao.core.payload import CallSymbol, DecisionFlag, DecisionWord
from wurao.core.verdict import Action, Guard
from wurao.edge.live.naming import Decided, Naming
from wurao.web import words

TABLES: Any = SimpleNamespace(detail=lambda _: None)


@pytest.mark.parametrize(
    ("action", "flags", "state", "shown"),
    [
        (Action.LABEL, DecisionFlag(0), "live", "已标记"),
        (Action.LABEL, DecisionFlag.UNLABELLED | DecisionFlag.QUIET, "unshown", "响铃未标记"),
        (Action.LABEL, DecisionFlag.SHADOW, "shadow", "已标记"),
        (Action.REJECT, DecisionFlag(0), "live", "已拒接"),
    ],
)
@pytest.mark.parametrize("guard", [Guard.SYSTEM, Guard.SEGMENT])
def test_the_state_says_what_reached_the_phone(
    action: Action, guard: Guard, flags: DecisionFlag, state: str, shown: str
) -> None:
    word = DecisionWord(action, guard, 3, 0, flags, 0, 70, 1 << CallSymbol.IDENTITY_FAILED).pack()
    named = Naming(TABLES, lambda _: ()).decision(Decided("r", 1, 2, 3, "west", word, 1, 1))
    assert named.state == state
    assert named.symbols == ("IDENTITY_FAILED",)
    assert words.action(named) == shown
