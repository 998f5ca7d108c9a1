"""Group-conditional conformal thresholds: from which score on a caller may be rejected.

Scores of legitimate numbers of one kind, exchangeable with those to come: with 95 % confidence at most a share alpha
of the kind lies above the threshold, whatever their distribution (tolerance limits; S. S. Wilks 1941; V. Vovk,
"Conditional validity of inductive conformal predictors", 2012, prop. 2a). What n numbers can't support is Unknown:
then nothing is rejected.
"""

from collections.abc import Mapping
from typing import Final

import msgspec
import numpy as np
import numpy.typing as npt

from wurao.core.errors import Unknown
from wurao.detection.calibration.claims import CONFIDENCE, errors_allowed, needed, upper_bound

Scores = npt.NDArray[np.float64]

ALPHA: Final = 1e-4
"""At most one in ten thousand legitimate numbers of a kind is rejected."""
SHIELDED: Final = frozenset({"courier", "takeaway", "ride", "hospital", "school"})
SHIELDED_ALPHA: Final = 1e-5


class Threshold(msgspec.Struct, frozen=True):
    """Scores strictly above ``above`` may be rejected; ``n`` numbers of the kind support the rate ``alpha``."""

    above: float
    n: int
    alpha: float
    bound: float
    """The rate that the numbers do support at 95 %: at most ``alpha``."""


def alpha_of(kind: str) -> float:
    """Return the share of a kind that may be rejected wrongly."""
    return SHIELDED_ALPHA if kind in SHIELDED else ALPHA


def threshold(scores: Scores, alpha: float, confidence: float = CONFIDENCE) -> Threshold | Unknown:
    """Return the lowest threshold that the scores of legitimate numbers support, Unknown if they are too few."""
    n = len(scores)
    if np.isnan(scores).any():
        return Unknown("a score is missing")
    allowed = errors_allowed(n, alpha, confidence)
    if allowed is None:
        return Unknown(f"a rate of {alpha:g} needs {needed(alpha, confidence):,} numbers, there are {n:,}")
    above = float(np.sort(scores)[n - 1 - allowed])
    return Threshold(above, n, alpha, upper_bound(int(np.sum(scores > above)), n, confidence))


def for_any(by_kind: Mapping[str, Threshold | Unknown]) -> Threshold | Unknown:
    """Return the threshold for a caller of unknown kind: the strictest, Unknown as long as one kind's is."""
    if not by_kind:
        return Unknown("no kind is calibrated")
    strictest: Threshold | None = None
    for kind, one in sorted(by_kind.items()):
        if isinstance(one, Unknown):
            return Unknown(f"{kind}: {one.reason}")
        strictest = one if strictest is None or one.above > strictest.above else strictest
    assert strictest is not None  # noqa: S101  (by_kind is not empty)
    return strictest
