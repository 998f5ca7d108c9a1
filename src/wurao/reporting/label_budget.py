"""How many bystanders a threshold on ranges would label, and the lowest threshold within a budget.

A bystander is an unreported number in a block that holds reported ones. Which block, and drawn how? Each block once or
each reported number once, blocks of 100, 1,000 or 10,000: the budget holds for every one of these six draws. The share
is summed exactly from the blocks, nothing is sampled.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

SPANS: Final = (4, 3, 2, 1)
DRAWN: Final = (4, 3, 2)
"""Sizes of block (powers of ten) that a bystander may be drawn from."""

Floats = NDArray[np.float64]
Blocks = dict[int, NDArray[np.uint64]]


def threshold(blocks: Blocks, value: dict[int, Floats], reported: dict[int, Floats], share: float) -> float:
    """Return the least value that labels at most ``share`` of the bystanders of every draw.

    By span: ``blocks`` that hold reported numbers (sorted), their ``value`` and how many numbers are ``reported``.
    """
    best = _best_around(blocks, value)
    least = 0.0
    for span in DRAWN:
        for draws in (np.ones(len(blocks[span])), reported[span]):
            least = max(least, _least(*_pieces(blocks, best, span, draws / draws.sum()), share))
    return least


def parents(blocks: Blocks, span: int, wider: int) -> NDArray[np.intp]:
    """Return for each block of ``span`` the position of the ``wider`` block around it."""
    return np.searchsorted(blocks[wider], blocks[span] // np.uint64(10 ** (wider - span)))


def _best_around(blocks: Blocks, value: dict[int, Floats]) -> dict[int, Floats]:
    """The value that a number in each block meets: the greatest of it and the blocks around it."""
    best = {SPANS[0]: value[SPANS[0]]}
    for span in SPANS[1:]:
        best[span] = np.maximum(value[span], best[span + 1][parents(blocks, span, span + 1)])
    return best


def _pieces(blocks: Blocks, best: dict[int, Floats], drawn: int, chance: Floats) -> tuple[Floats, Floats]:
    """Cut the drawn blocks into pieces of one value: a block less the known blocks inside it; value and probability."""
    values, chances = [], []
    for span in range(drawn, 0, -1):
        inside = np.zeros(len(blocks[span]))
        if span > 1:
            inside = np.bincount(parents(blocks, span - 1, span), minlength=len(blocks[span])) / 10.0
        home = parents(blocks, span, drawn) if span < drawn else np.arange(len(chance))
        values.append(best[span])
        chances.append(chance[home] * (1 - inside) * 10.0 ** (span - drawn))
    return np.concatenate(values), np.concatenate(chances)


def _least(values: Floats, chances: Floats, share: float) -> float:
    order = np.argsort(-values)
    ranked, total = values[order], np.cumsum(chances[order])
    last_of_its_value = np.append(np.diff(ranked) != 0, [True])
    fits = last_of_its_value & (total <= share)
    return float(ranked[np.flatnonzero(fits)[-1]]) if fits.any() else float(np.nextafter(ranked[0], np.inf))
