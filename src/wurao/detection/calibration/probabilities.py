"""Probabilities from scores: inductive Venn–Abers predictors (V. Vovk, I. Petej, UAI 2014) on a fixed grid.

Two isotonic fits, one as if the caller were good, one as if bad, bracket the probability: [low, high] is wide where
little was seen. Scores are rounded to a grid that no data chose, so validity holds and the fits are a small table.
"""

from typing import Final

import msgspec
import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Labels = npt.NDArray[np.int64]

REACH: Final = 16.0
"""Log-odds beyond this are cut off."""
STEP: Final = 0.125
_CELLS: Final = int(2 * REACH / STEP) + 1


class Calibrated(msgspec.Struct, frozen=True):
    """For each cell of the grid of log-odds the lower and the upper probability."""

    low: tuple[float, ...]
    high: tuple[float, ...]

    def between(self, scores: Floats) -> tuple[Floats, Floats]:
        """Return the lower and upper probability of each score (log-odds)."""
        cells = _cells(scores)
        return np.array(self.low)[cells], np.array(self.high)[cells]

    def probability(self, scores: Floats) -> Floats:
        """Return one probability of each score: the one of least regret in log-loss within its interval."""
        low, high = self.between(scores)
        return high / (1 - low + high)


def calibrate(scores: Floats, y: Labels) -> Calibrated:
    """Fit on scores (log-odds) of rows that the model did not learn from, with their labels 0 or 1."""
    cells = _cells(scores)
    n: Floats = np.bincount(cells, minlength=_CELLS).astype(np.float64)
    ones: Floats = np.bincount(cells, weights=y, minlength=_CELLS).astype(np.float64)
    low, high = np.empty(_CELLS), np.empty(_CELLS)
    for cell in range(_CELLS):
        n[cell] += 1
        low[cell] = isotonic_at(ones, n, cell)
        ones[cell] += 1
        high[cell] = isotonic_at(ones, n, cell)
        ones[cell] -= 1
        n[cell] -= 1
    return Calibrated(tuple(low.tolist()), tuple(high.tolist()))


def isotonic_at(ones: Floats, n: Floats, cell: int) -> float:
    """Return the isotonic (non-decreasing) fit of ``ones / n`` at a cell that holds something.

    By the min-max formula (Barlow et al., 1972): max over a <= cell of min over b >= cell of the mean of a…b.
    """
    before, total = _upto(ones, cell), _upto(n, cell)
    after, amount = np.cumsum(ones[cell:]), np.cumsum(n[cell:])
    means = (before[:, None] + after[None, :]) / (total[:, None] + amount[None, :])
    return float(means.min(axis=1).max())


def _upto(values: Floats, cell: int) -> Floats:
    """Return the sums of a…cell-1 for every a <= cell."""
    return np.append(np.cumsum(values[:cell][::-1])[::-1], 0.0)


def _cells(scores: Floats) -> npt.NDArray[np.intp]:
    bounded = np.clip(np.nan_to_num(scores, nan=-REACH), -REACH, REACH)
    return np.rint((bounded + REACH) / STEP).astype(np.intp)
