"""What reported numbers say of the numbers around them: blocks of 10, 100, 1,000 and 10,000.

Empirical Bayes: a block's density of reported numbers is Beta-binomial around that of the block ten times as wide
(10,000 around its million), each level's concentration fitted by moments on the history itself. Reported numbers count
by how lately they turned up. The half-life, and whether blocks finer than 10,000 have a density of their own, are
chosen by what would have served best on the newest day, learnt from the days before it. The break-even density is the
lowest whose labels stay within a budget of bystanders (label_budget); ``strength = density / (density + break-even)``
is .5 there and blocks below it get no row.

Not here: service numbers (95, 400 …) – their neighbours belong to other organisations.
"""

from dataclasses import dataclass, replace
from itertools import product
from typing import Final

import numpy as np
from numpy.typing import NDArray

from wurao.core.categories import CATEGORIES
from wurao.core.clock import CHINA_OFFSET_US, DAY_US
from wurao.core.payload import SERVICE_BASE
from wurao.reporting.belief import RANKING_HALF_LIFE_US, decay
from wurao.reporting.label_budget import SPANS, Blocks, Floats, parents, threshold

BYSTANDERS: Final = 0.008
"""Share of unreported numbers in blocks that hold reported ones that may be labelled; half of it among a mix with
numbers drawn at random."""
HALF_LIVES_US: Final = (RANKING_HALF_LIFE_US, 7 * DAY_US, 2 * DAY_US)
FINEST: Final = (4, 1)
"""Spans down to which blocks differ from the block around them."""
LEAST_NEWCOMERS: Final = 100
"""Fewer numbers on the newest day say nothing about half-lives."""
LEAST_REPORTED: Final = 2
"""One number says nothing of its neighbours."""
_WIDEST: Final = 6
_NEWS: Final = 0.05
"""Relative difference of densities that a finer block must tell."""
_LOOSE: Final = 10.0
_TIGHT: Final = 1e9

Ints = NDArray[np.int64]
Numbers = NDArray[np.uint64]


@dataclass(frozen=True, slots=True)
class Ranges:
    """Blocks whose density is break-even or above, as columns; ``reported`` counts the reported numbers inside."""

    span: Ints
    subject: Numbers
    strength: Floats
    reported: Ints
    category: Ints
    half_life_us: int
    break_even: float
    finest: int

    def strength_at(self, numbers: Numbers) -> Floats:
        """Return for each number the strength of the smallest block around it, 0 if there is none."""
        result = np.zeros(len(numbers))
        for span in SPANS:
            mine = self.span == span
            order = np.argsort(self.subject[mine])
            found, place = _find(self.subject[mine][order], numbers // np.uint64(10**span))
            result[found] = self.strength[mine][order][place[found]]
        return result


def learn(numbers: Numbers, first_us: Ints, weight: Floats, category: Ints, now_us: int) -> Ranges:
    """Return the ranges that distinct reported ``numbers`` make at ``now_us``.

    ``first_us`` is when each was first reported (microseconds UTC), ``weight`` 0…1 how far its reports are believed,
    ``category`` the code of what they are about.
    """
    plain = (numbers < SERVICE_BASE) & (weight > 0)
    order = np.argsort(numbers[plain], kind="stable")
    numbers, first_us = numbers[plain][order], first_us[plain][order]
    weight, category = weight[plain][order], category[plain][order]
    if not len(numbers):
        none = np.zeros(0, np.int64)
        return Ranges(
            none, none.astype(np.uint64), none.astype(np.float64), none, none, RANKING_HALF_LIFE_US, 1.0, FINEST[0]
        )
    half_life_us, finest = _fit(numbers, first_us, weight)
    tree = _tree(numbers)
    known = _learn(tree, weight, decay(now_us - first_us, half_life_us), half_life_us, finest)
    return replace(known, category=_majority(tree, known, weight, category))


def _fit(numbers: Numbers, first_us: Ints, weight: Floats) -> tuple[int, int]:
    """Choose the half-life and finest span that would have labelled most of the newest numbers from those before."""
    new = _newest(first_us)
    if min(new.sum(), (~new).sum()) < LEAST_NEWCOMERS:
        return HALF_LIVES_US[0], FINEST[0]
    tree, now_us = _tree(numbers[~new]), int(first_us[new].min())
    served: dict[tuple[int, int], float] = {}
    for half_life_us, finest in product(HALF_LIVES_US, FINEST):
        recent = decay(now_us - first_us[~new], half_life_us)
        ranges = _learn(tree, weight[~new], recent, half_life_us, finest)
        served[half_life_us, finest] = float((ranges.strength_at(numbers[new]) > 0).mean())
    return max(served, key=lambda one: served[one])


def _newest(first_us: Ints) -> NDArray[np.bool_]:
    """Mark the numbers first reported on the newest day, within a single day the last fifth."""
    day = (first_us + CHINA_OFFSET_US) // DAY_US
    new: NDArray[np.bool_] = day == day.max() if day.min() != day.max() else first_us > np.quantile(first_us, 0.8)
    return new


@dataclass(frozen=True, slots=True)
class Tree:
    """The blocks that hold reported numbers, by span, and for each number the position of its block."""

    blocks: Blocks
    home: dict[int, NDArray[np.intp]]

    def sums(self, weight: Floats) -> dict[int, Floats]:
        """Sum the numbers' weights by block."""
        return {
            span: np.bincount(home, weight, len(self.blocks[span])).astype(np.float64)
            for span, home in self.home.items()
        }


def _tree(numbers: Numbers) -> Tree:
    tree = Tree({}, {})
    for span in (*SPANS, _WIDEST):
        block = numbers // np.uint64(10**span)
        starts = np.append([True], block[1:] != block[:-1])
        tree.blocks[span], tree.home[span] = block[starts], np.cumsum(starts) - 1
    return tree


def _learn(tree: Tree, weight: Floats, recent: Floats, half_life_us: int, finest: int) -> Ranges:
    density = _density(tree.blocks, tree.sums(weight), tree.sums(weight * recent), finest)
    reported = tree.sums(np.ones(len(weight)))
    least = threshold(tree.blocks, density, reported, BYSTANDERS)
    kept = {span: (density[span] >= least) & (reported[span] >= LEAST_REPORTED) for span in SPANS}
    for span in SPANS[1:]:  # a block that only repeats what the one around it says needs no row
        around = density[span + 1][parents(tree.blocks, span, span + 1)]
        kept[span] &= (around < least) | (np.abs(density[span] / around - 1) > _NEWS)
    return Ranges(
        span=np.repeat(np.array(SPANS, np.int64), [int(kept[span].sum()) for span in SPANS]),
        subject=np.concatenate([tree.blocks[span][kept[span]] for span in SPANS]),
        strength=np.concatenate([density[span][kept[span]] / (density[span][kept[span]] + least) for span in SPANS]),
        reported=np.concatenate([reported[span][kept[span]] for span in SPANS]).astype(np.int64),
        category=np.zeros(sum(int(kept[span].sum()) for span in SPANS), np.int64),
        half_life_us=half_life_us,
        break_even=least,
        finest=finest,
    )


def _majority(tree: Tree, known: Ranges, weight: Floats, category: Ints) -> Ints:
    """Return for each range the category of most of its numbers; 0 (unknown) only where none has another."""
    result = known.category.copy()
    width = len(CATEGORIES)
    told = weight * (category > 0) + 1e-9
    for span in SPANS:
        mine = known.span == span
        size = len(tree.blocks[span]) * width
        sums = np.bincount(tree.home[span] * width + category, told, size).reshape(-1, width)
        result[mine] = sums[np.searchsorted(tree.blocks[span], known.subject[mine])].argmax(axis=1)
    return result


def _density(blocks: Blocks, counts: dict[int, Floats], lately: dict[int, Floats], finest: int) -> dict[int, Floats]:
    """Shrink each block's recent density towards that of the block around it, from wide to narrow."""
    density = {_WIDEST: np.full(len(blocks[_WIDEST]), lately[_WIDEST].sum() / (len(blocks[_WIDEST]) * 10.0**_WIDEST))}
    wider = _WIDEST
    for span in SPANS:
        size = 10.0**span
        around = density[wider][parents(blocks, span, wider)]
        density[span] = around
        if span >= finest:
            tight = concentration(counts[span], counts[wider], size, 10.0 ** (wider - span))
            density[span] = (lately[span] + tight * around) / (size + tight)
        wider = span
    return density


def concentration(inside: Floats, around: Floats, size: float, children: float) -> float:
    """Return the Beta-binomial concentration κ of blocks of ``size`` numbers around the mean of their wider block.

    By moments over all ``children`` of each wider block, those without a report included: the variance of their
    counts is size·m(1-m)·(1 + (size-1)/(κ+1)), less one degree of freedom because m is estimated from them.
    """
    share = around / (children * size)
    expected = (size * share * (1 - share)).sum() * (children - 1)
    observed = (inside * inside).sum() - (around * around / children).sum()
    if expected <= 0:
        return _TIGHT
    excess = (observed / expected - 1) / max(size - 1, 1)
    return float(np.clip(1 / excess - 1, _LOOSE, _TIGHT)) if excess > 0 else _TIGHT


def _find(ordered: Numbers, wanted: Numbers) -> tuple[NDArray[np.bool_], NDArray[np.intp]]:
    if not len(ordered):
        return np.zeros(len(wanted), np.bool_), np.zeros(len(wanted), np.intp)
    place = np.minimum(np.searchsorted(ordered, wanted), len(ordered) - 1)
    return ordered[place] == wanted, place
