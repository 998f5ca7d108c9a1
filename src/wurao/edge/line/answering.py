"""What a switch that asks over a socket is told of one call."""

from functools import lru_cache
from typing import Final, NamedTuple

from wurao.core.categories import CATEGORIES
from wurao.core.payload import DecisionFlag, DecisionWord
from wurao.core.verdict import Action
from wurao.edge.call_path import CallPath

NO_RECEIPT: Final = "-"
_KINDS: Final = 1 << 14
"""How many decisions that differ are kept in words."""


class Told(NamedTuple):
    """What is done with a call: the action as FORMATS names it, SIP code (0: goes on), category, receipt, points."""

    action: str
    code: int
    category: str
    receipt: str
    score: str


UNDECIDED: Final = Told(Action.RING.text, 0, CATEGORIES[0].name, NO_RECEIPT, "0.0")


class Answering:
    """Decides calls over ``path`` for the doors of one event loop; a fault of ours says ring."""

    def __init__(self, path: CallPath) -> None:
        self._path = path
        self.faults = 0

    def follow(self) -> None:
        """Take up tables that were switched to."""
        self._path.follow()

    def call(self, caller: str, callee: str, ingress: str, call: str = "") -> Told:
        """Decide one call by the numbers' text; ``call`` names one that may be asked about again."""
        try:
            screened = self._path.screen(caller, callee, ingress, call=call)
            if screened is None:
                return UNDECIDED
            action, code, category, score = _said(screened.word)
            return Told(action, code, category, screened.receipt, score)
        except Exception as fault:  # noqa: BLE001 - whatever it is, the phone rings
            self.faults += 1
            self._path.say(f"a call rings because of a fault: {type(fault).__name__}: {fault}")
            return UNDECIDED

    def refused(self, receipt: str) -> bool:
        """Hand over that the called person refused the call of this receipt; False where it can't be."""
        return self._path.refused(receipt)


@lru_cache(_KINDS)
def _said(word: int) -> tuple[str, int, str, str]:
    decided = DecisionWord.unpack(word)
    rings = decided.action == Action.RING or DecisionFlag.SHADOW in decided.flags
    return (
        Action.RING.text if rings else decided.action.text,
        0 if rings else decided.code,
        CATEGORIES[decided.category].name,
        f"{decided.score_deci / 10:.1f}",
    )
