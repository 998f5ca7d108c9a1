"""What a run over a home's own calls found: figures for everybody, a row for each caller."""

import msgspec

from wurao.detection.calibration.drift import Drift
from wurao.detection.daily.usual import Ranges
from wurao.detection.scoring.explaining import Explanation
from wurao.detection.scoring.judging import Shadow


class OfClass(msgspec.Struct, frozen=True):
    """Callers that the model takes for one class, and how many of them it labels or would reject now."""

    callers: int
    labelled: int
    rejected: int


class Figures(msgspec.Struct, frozen=True):
    """A run at ``at_us`` over the calls of [``from_us``, ``to_us``), microseconds UTC."""

    at_us: int
    from_us: int
    to_us: int
    version: int
    callers: int
    judged: int
    """Callers with enough calls to be judged."""
    by_class: dict[str, OfClass]
    caught: dict[int, float]
    """Call → share of the callers flagged now that were labelled for the first time by it."""
    drift: dict[str, Drift]
    shadow: Shadow | None
    usual: dict[int, dict[str, Ranges]]
    """First calls looked at → class → what is usual among its callers."""
    cleared: int = 0
    """Callers labelled by their first calls and cleared by later ones: flagged no longer."""

    @property
    def flagged(self) -> int:
        """How many callers are labelled or would be rejected now."""
        return sum(one.labelled + one.rejected for one in self.by_class.values())

    @property
    def drifted(self) -> tuple[str, ...]:
        """Which features have shifted since training (alert)."""
        return tuple(sorted(name for name, one in self.drift.items() if one.state == "alert"))


class Score(msgspec.Struct, frozen=True):
    """One caller's row of a run; ``number`` is opened, so whoever shows it masks or logs it."""

    key: str
    """The caller's keyed id in hex: names it without telling the number."""
    number: int
    calls: int
    p: float
    level: str
    """What holds now: ring, label or reject."""
    kind: str | None
    first_label_call: int | None
    """From which call a label began for the first time, also of a caller that rings again."""
    first_reject_call: int | None
    seen: int
    """First calls that the features tell of; 0 where there were too few."""
    features: dict[str, float | None]
    reasons: Explanation | None
    """None where the caller is not flagged."""
