"""Evidence after the first k calls: L_k = log p(x_k | bad) / p(x_k | good), learnt for each k by itself.

A window holds the ones before it, so the latest stage alone counts and nothing counts twice (ADR 0012). The evidence
says nothing of how many callers are bad, which each network adds itself. A second forest of each stage tells the kind
of caller. A campaign's numbers are left out together. Whoever becomes what the truth says later than its k-th call is
left out of stage k: a card that its owner lends next week is a person's today.
"""

from collections.abc import Callable, Sequence
from typing import Final

import msgspec
import numpy as np
import numpy.typing as npt
import pyarrow as pa

from wurao.core.errors import InputError
from wurao.detection.scoring.classes import BAD, CLASSES
from wurao.detection.scoring.labelled import matrix, pc
from wurao.detection.scoring.trees import Forest, Recipe, Rows, grow

Floats = npt.NDArray[np.float64]
Inputs = npt.NDArray[np.float32]
Labels = npt.NDArray[np.int64]

Features = Callable[[str], pa.Table]
"""A window's name (``k5``) → one row a caller: ``caller``, ``n`` calls in the window, and numeric features."""

KS: Final = (5, 10, 20, 50, 100)
NO_FEATURES: Final = frozenset({"caller", "first_us", "last_us"})
"""Who and when: learnt by heart they would say nothing of the next caller."""
KINDS_ROUNDS: Final = 30
KINDS_LEAVES: Final = 7
KINDS_RATE: Final = 0.2
"""A tree a class and round: few and small, or the kinds would take most of a model's bytes."""
LEAST: Final = 50
"""Bad and good callers with k calls below which a stage is not learnt."""


class Truth(msgspec.Struct, frozen=True):
    """What callers really are; positions in all arrays are the same caller's."""

    place: dict[object, int]
    """Caller, as the features write it → position."""
    of_class: Labels
    """Positions in ``CLASSES``."""
    kind: tuple[str, ...]
    """The finer kind that calibration goes by: courier, school, reminder …"""
    together: Labels
    """The same number for numbers of one campaign."""
    since_us: Labels
    """From when on each is what it is called here, µs UTC; 0 for always."""

    @property
    def bad(self) -> Labels:
        """Return 1 for callers of a bad class, else 0."""
        return np.isin(self.of_class, [i for i, name in enumerate(CLASSES) if name in BAD]).astype(np.int64)

    def within(self, seen: "Window") -> tuple[npt.NDArray[np.intp], Labels]:
        """Return which rows of a window are of callers that were what they are called here, and their positions."""
        known = [i for i, caller in enumerate(seen.callers) if caller in self.place]
        places = np.array([self.place[seen.callers[i]] for i in known], np.int64)
        by_then = self.since_us[places] <= seen.last_us[known]
        return np.array(known, np.intp)[by_then], places[by_then]


class Window(msgspec.Struct, frozen=True):
    """The features of the callers with at least k calls, in the order of ``callers``."""

    k: int
    callers: tuple[object, ...]
    names: tuple[str, ...]
    x: Inputs
    last_us: Labels
    """When the last call of each caller's window began."""


class Stage(msgspec.Struct, frozen=True):
    """What was learnt of the first k calls; ``evidence`` is L_k of each caller by members that left it out."""

    k: int
    odds: Forest
    kinds: Forest
    places: Labels
    """Positions in ``Truth`` of the callers with k calls that were by then what they are called there."""
    evidence: Floats


def window(features: Features, k: int, names: Sequence[str] | None = None, *, least: int | None = None) -> Window:
    """Return the features of callers with ``k`` calls (or ``least``); raises InputError where a column is missing.

    In order of the callers: engines give rows in any order, and trees grow otherwise from another one.
    """
    table = features(f"k{k}")
    lacking = {"caller", "n", "last_us", *(names or ())} - set(table.column_names)
    if lacking:
        raise InputError(f"the features lack '{min(lacking)}'", where=f"window k{k}", mend="train a model anew")
    full = table.filter(pc.greater_equal(table.column("n"), k if least is None else least)).sort_by("caller")
    kept = tuple(names) if names else tuple(name for name in table.column_names if name not in NO_FEATURES)
    last_us = np.asarray(full.column("last_us"), np.int64)
    return Window(k, tuple(full.column("caller").to_pylist()), kept, matrix(full, f"window k{k}", kept), last_us)


def learn(features: Features, truth: Truth, recipe: Recipe, ks: Sequence[int] = KS) -> list[Stage]:
    """Return the stages that there are enough callers for; raises InputError if there is none."""
    stages: list[Stage] = []
    for k in ks:
        seen = window(features, k)
        known, places = truth.within(seen)
        bad = truth.bad[places]
        if min(bad.sum(), len(bad) - bad.sum()) < LEAST:
            break
        stages.append(_stage(seen, seen.x[known], truth, places, recipe))
    if not stages:
        raise InputError(
            f"fewer than {LEAST} bad or {LEAST} good callers have {ks[0]} calls",
            mend="simulate more subscribers or days, or check that truth and calls write numbers alike",
        )
    return stages


def _stage(seen: Window, x: Inputs, truth: Truth, places: Labels, recipe: Recipe) -> Stage:
    bad, together = truth.bad[places], truth.together[places]
    odds = grow(Rows(x, bad, seen.names, start=np.full(len(bad), prior(bad)), together=together), recipe)
    few = msgspec.structs.replace(
        recipe, rounds=min(recipe.rounds, KINDS_ROUNDS), leaves=KINDS_LEAVES, learning_rate=KINDS_RATE
    )
    kinds = grow(Rows(x, truth.of_class[places], seen.names, classes=len(CLASSES), together=together), few)
    return Stage(seen.k, odds, kinds, places, odds.raw)


def prior(bad: Labels) -> float:
    """Return the log-odds of bad callers among those learnt from."""
    share = float(np.clip(bad.mean(), 1e-6, 1 - 1e-6))
    return float(np.log(share) - np.log1p(-share))
