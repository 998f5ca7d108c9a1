"""Whether a score may reject a number, by what else is known of it and by what the model's rejects would have hit."""

from collections.abc import Callable
from typing import Final

from wurao.core.standing import Standing
from wurao.detection.calibration.going_live import Rehearsal, may_go_live
from wurao.detection.scoring.standing import ROBOT
from wurao.reporting.belief import LEAST
from wurao.screening.knowledge import Knowledge
from wurao.screening.levels import CAMPAIGN_GROUP
from wurao.screening.policy import Policy

_REPORTED: Final = "REPORTED"


class Permitting:
    """Judges by the policy of now."""

    def __init__(self, knowledge: Knowledge, policy: Callable[[], Policy]) -> None:
        self._knowledge = knowledge
        self._policy = policy

    def known(self, number: int) -> list[Standing]:
        """Return all that speaks of a number; raises StoreError."""
        return self._knowledge.around(number)

    def vouched(self, known: list[Standing]) -> bool:
        """Tell whether a symbol that vouches (verified, redressed, a wanted service) stands on the number."""
        symbols = self._policy().symbols
        return any(row.symbol in symbols and symbols[row.symbol].vouches for row in known)

    def wanted(self, known: list[Standing], *, by_calls: bool) -> bool:
        """Tell whether this is a wanted caller: vouched for, or by its calls as far as nobody reported it."""
        reported = any(row.symbol == _REPORTED and row.strength >= LEAST for row in known)
        return self.vouched(known) or (by_calls and not reported)

    def may_reject(self, known: list[Standing], rehearsal: Rehearsal, now_us: int) -> bool:
        """Tell whether the model may reject: nobody vouches, another family agrees or a week in SHADOW hurt nobody."""
        return not self.vouched(known) and may_go_live(rehearsal, now_us, families=1 + self._others(known)).live

    def _others(self, known: list[Standing]) -> int:
        """Return how many families of LIVE symbols beside the score's own speak against the number itself.

        That it is linked with others is none: linking looks at the same calls.
        """
        symbols = self._policy().symbols
        own = symbols[ROBOT].group if ROBOT in symbols else ""
        spoken = {
            symbols[row.symbol].group
            for row in known
            if not row.span and row.strength >= LEAST and row.symbol in symbols
            if symbols[row.symbol].weight > 0 and symbols[row.symbol].state == "live"
        }
        return len(spoken - {own, CAMPAIGN_GROUP})
