"""One linear margin a label over hashed runs, learnt by support vectors.

LinearSVC of scikit-learn (Crammer, Singer and LIBLINEAR's squared hinge). Texts of one template weigh like the root of
their number, labels like each other, so that neither the most copied message nor the commonest label decides. Runs that
come in one text only are left out. What margins are worth is told by ``scaling``.
"""

from collections.abc import Iterator
from typing import Any, Final

import msgspec
import numpy as np
import numpy.typing as npt

from wurao.detection.scoring.learning import library
from wurao.detection.text.features import PLACES, Matrix, rarity, weighed

Floats = npt.NDArray[np.float64]
Indices = npt.NDArray[np.int64]
FOLDS: Final = 5
_TOLERANCE: Final = 0.1
"""Of the solver: a tenth of it gives the same labels in twice the time."""
_SEEN: Final = 2
UNLEARNT: Final = -2.0
"""The margin of a label that nothing was learnt of."""


class Linear(msgspec.Struct, frozen=True):
    """Weights of runs: ``places`` that count, their ``rarity``, ``weights[place, label]``, ``offsets`` of labels."""

    places: npt.NDArray[np.int32]
    rarity: npt.NDArray[np.float32]
    weights: npt.NDArray[np.float32]
    offsets: npt.NDArray[np.float32]


class Judging:
    """A linear model ready to judge."""

    def __init__(self, linear: Linear) -> None:
        self._rarity = np.zeros(PLACES, np.float32)
        self._rarity[linear.places] = linear.rarity
        self._weights = np.zeros((PLACES, linear.weights.shape[1]), np.float32)
        self._weights[linear.places] = linear.weights
        self._offsets = linear.offsets

    def margins(self, counts: Matrix) -> Floats:
        """Return [texts, labels]."""
        found: Floats = np.asarray(weighed(counts, self._rarity) @ self._weights + self._offsets, np.float64)
        return found


def learn(counts: Matrix, y: Indices, groups: Indices, seed: int) -> Linear:
    """Return the weights that tell labels 0, 1, … apart."""
    seen = np.bincount(counts.indices, minlength=PLACES)
    places = np.flatnonzero(seen >= min(_SEEN, counts.shape[0])).astype(np.int32)
    rare = rarity(counts)
    rows = weighed(counts, np.where(seen >= _SEEN, rare, 0).astype(np.float32))[:, places]
    machine = library("sklearn.svm").LinearSVC(tol=_TOLERANCE, random_state=seed)
    machine.fit(rows, y, sample_weight=_weight(y, groups))
    return Linear(places, rare[places], *_each(machine, int(y.max()) + 1))


def left_out(counts: Matrix, y: Indices, groups: Indices, seed: int) -> Floats:
    """Return the margins of each text by a model that saw neither it nor another text of its group."""
    margins = np.full((len(y), int(y.max()) + 1), UNLEARNT)
    for learnt, rest in folds(y, groups, seed):
        linear = learn(counts[learnt], y[learnt], groups[learnt], seed)
        margins[rest, : len(linear.offsets)] = Judging(linear).margins(counts[rest])
    return margins


def folds(y: Indices, groups: Indices, seed: int) -> Iterator[tuple[Indices, Indices]]:
    """Yield rows to learn from and rows to test on, no group in both, labels spread as evenly as groups allow."""
    splitter = library("sklearn.model_selection").StratifiedGroupKFold(FOLDS, shuffle=True, random_state=seed)
    yield from splitter.split(np.zeros(len(y)), y, groups)


def macro_f1(y: Indices, said: Indices, labels: int) -> float:
    """Return the mean F1 of the labels that are there or said."""
    hits = np.bincount(y[y == said], minlength=labels)
    both = np.bincount(y, minlength=labels) + np.bincount(said, minlength=labels)
    return float(np.mean(2 * hits[both > 0] / both[both > 0]))


def together(groups: Indices) -> Indices:
    """Return how many texts each one's group has."""
    _, where, sizes = np.unique(groups, return_inverse=True, return_counts=True)
    return np.asarray(sizes[where], np.int64)


def _weight(y: Indices, groups: Indices) -> Floats:
    weight = 1 / np.sqrt(together(groups))
    mass = np.bincount(y, weights=weight)
    there = mass > 0
    balanced: Floats = weight * (mass[there].mean() / np.where(there, mass, 1))[y]
    return balanced


def _each(machine: Any, labels: int) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]:
    """Return a column of weights for every label, also those that nothing was learnt of, and for both of two."""
    known = np.asarray(machine.classes_)
    weights, offsets = np.asarray(machine.coef_, np.float32).T, np.asarray(machine.intercept_, np.float32)
    if len(known) == len(offsets) + 1:
        weights, offsets = np.hstack([-weights, weights]), np.concatenate([-offsets, offsets])
    columns, ends = np.zeros((weights.shape[0], labels), np.float32), np.full(labels, UNLEARNT, np.float32)
    columns[:, known], ends[known] = weights, offsets
    return columns, ends
