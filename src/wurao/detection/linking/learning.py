"""Pairs to learn from: of worlds whose truth is known, those that the blocks propose and all within a campaign."""

from collections.abc import Sequence
from typing import Final

import msgspec
import numpy as np
import numpy.typing as npt

from wurao.detection.linking.blocking import between, candidates
from wurao.detection.linking.comparing import compare
from wurao.detection.linking.pair_model import Inputs, Recipe, learnt
from wurao.detection.linking.profiles import Floats, Ints, Profiles

STRANGERS: Final = 0.1
"""Share of the pairs of two callers that is learnt from, each weighing as much as those left out."""
MOST_OF_ONE: Final = 3_000
"""Pairs of one campaign beyond which it would be the only one learnt; each then weighs as much as those left out."""


class Pairs(msgspec.Struct, frozen=True):
    """Comparisons [pairs, COLUMNS], whether each pair is the same caller's, and for how many pairs it stands."""

    x: Inputs
    same: npt.NDArray[np.bool_]
    weight: Floats


def pairs_of(known: Profiles, campaign: Sequence[str | None], seed: int) -> Pairs:
    """Return pairs of one world; ``campaign`` of each number, None for who belongs to none."""
    names, of = np.unique(np.array([name or "" for name in campaign]), return_inverse=True)
    alone = names[of] == ""
    groups = np.where(alone, -1 - np.arange(len(of)), of)
    a, b = candidates(known)
    more = between(groups, a * len(of) + b, len(of))
    a, b = np.concatenate([a, more[0]]), np.concatenate([b, more[1]])
    same = (groups[a] == groups[b]) & ~alone[a]
    share = _shares(of[a], same)
    chosen = np.flatnonzero(np.random.default_rng(seed).random(len(a)) < share)
    return Pairs(compare(known, a[chosen], b[chosen]), same[chosen], 1 / share[chosen])


def _shares(campaign: Ints, same: npt.NDArray[np.bool_]) -> Floats:
    pairs = np.bincount(campaign[same], minlength=int(campaign.max(initial=0)) + 1)
    return np.where(same, np.minimum(1, MOST_OF_ONE / np.maximum(pairs[campaign], 1)), STRANGERS)


def train(worlds: Sequence[Pairs], recipe: Recipe) -> str:
    """Return the trees learnt from all worlds; the same worlds in the same order give the same trees."""
    x, same, weight = (np.concatenate([getattr(one, name) for one in worlds]) for name in ("x", "same", "weight"))
    return learnt(x, same, weight, recipe)
