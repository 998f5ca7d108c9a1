"""How far votes are believed: the Wilson lower bound on decayed effective votes (E. B. Wilson, JASA 22, 1927).

``strength`` is the lower end of the 95 % interval of the nuisance share, so one vote counts for little however
unanimous it is: 1 vote .206, 2 .342, 5 .566, 20 .839. Where call records exist, so do the answered calls that nobody
complained of: the strength is then the smaller of both bounds.
"""

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from wurao.core.clock import DAY_US

HALF_LIFE_US: Final = 120 * DAY_US
"""A vote's weight in belief halves in four months (METHODS §1)."""
RANKING_HALF_LIFE_US: Final = 14 * DAY_US
REPORTED_SHARE: Final = 0.02
"""Assumed: of those who answer a nuisance call about one in fifty reports it: that rate means "all nuisance"."""
HEARSAY: Final = 0.38
"""How strong a belief gets by people who only agree with one another: what twenty strangers come to. It labels."""
LEAST: Final = 0.05
"""Weaker strengths stand for nothing: no row is kept."""
_Z2: Final = 1.96**2

Floats = NDArray[np.float64]


class Tally(NamedTuple):
    """Effective votes for and against, one of each a number."""

    nuisance: Floats
    wanted: Floats

    def at(self, row: int) -> "Tally":
        """Return the votes of one number."""
        return Tally(self.nuisance[row], self.wanted[row])

    def and_one(self, weight: float, left: float, *, wanted: bool) -> "Tally":
        """Return what is ``left`` (0…1) of the votes with one more of ``weight``."""
        return Tally(self.nuisance * left + weight * (not wanted), self.wanted * left + weight * wanted)

    def facts(self, nuisance: str, wanted: str) -> dict[str, float]:
        """Return the votes of one number under these names, as the book keeps them."""
        return {nuisance: round(float(self.nuisance), 4), wanted: round(float(self.wanted), 4)}


def decay(age_us: ArrayLike, half_life_us: int = HALF_LIFE_US) -> Floats:
    """Return what is left of a vote after ``age_us`` microseconds; the future counts as now."""
    return np.exp2(-np.maximum(np.asarray(age_us, np.float64), 0.0) / half_life_us)


def wilson(hits: ArrayLike, of: ArrayLike) -> Floats:
    """Return the lower bound (z = 1.96) of the share ``hits / of``, 0 where there is nothing; fractions are fine."""
    k, n = np.asarray(hits, np.float64), np.asarray(of, np.float64)
    safe = np.maximum(n, 1e-12)
    share = np.clip(k / safe, 0.0, 1.0)
    middle = share + _Z2 / (2 * safe)
    half = np.sqrt(_Z2 * (share * (1 - share) / safe + _Z2 / (4 * safe * safe)))
    return np.where(n > 0, np.maximum((middle - half) / (1 + _Z2 / safe), 0.0), 0.0)


def strength(nuisance: ArrayLike, wanted: ArrayLike, answered: ArrayLike = -1) -> Floats:
    """Return the belief 0…1 in effective votes; ``answered`` calls as far as they are known, else -1."""
    k, against, calls = (np.asarray(a, np.float64) for a in (nuisance, wanted, answered))
    by_votes = wilson(k, k + against)
    by_calls = np.minimum(wilson(k, np.maximum(calls, k + against)) / REPORTED_SHARE, 1.0)
    return np.where(calls < 0, by_votes, np.minimum(by_votes, by_calls))


def believed(vouched: Tally, proven: Tally, answered: ArrayLike = -1) -> Floats:
    """Return the strength 0…1: what ``proven`` votes say, or ``vouched`` ones say up to ``HEARSAY``."""
    said = np.minimum(strength(vouched.nuisance, vouched.wanted, answered), HEARSAY)
    return np.maximum(strength(proven.nuisance, proven.wanted, answered), said)


def worthless_at(nuisance: ArrayLike, now_us: int) -> NDArray[np.int64]:
    """Return when unanimous votes will have decayed below ``LEAST``, in microseconds UTC."""
    left = _Z2 * LEAST / (1 - LEAST)  # a unanimous Wilson bound is k / (k + z²)
    halvings = np.log2(np.maximum(np.asarray(nuisance, np.float64) / left, 1.0))
    result: NDArray[np.int64] = now_us + (halvings * HALF_LIFE_US).astype(np.int64)
    return result
