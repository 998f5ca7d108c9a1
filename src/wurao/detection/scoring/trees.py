"""Boosted trees, each member of an ensemble leaving out one of several parts of the rows.

So every row has a score from a member that never saw it: thresholds and calibration come from those, not from rows
that were learnt by heart. Members are joined into one LightGBM booster whose raw score is their mean; its split values
are rounded down to float32, so that ONNX, which reads float32, takes every turn as LightGBM does.

Rows that belong together (the numbers of a campaign) are left out together: else a member would recognise them.
Deterministic: seeded, one thread, the same rows in the same order give the same bytes.
"""

import math
from collections.abc import Iterator, Sequence
from typing import Any, Final

import msgspec
import numpy as np
import numpy.typing as npt

from wurao.core.errors import VerificationError
from wurao.detection.scoring.learning import library

Floats = npt.NDArray[np.float64]
Inputs = npt.NDArray[np.float32]
Labels = npt.NDArray[np.int64]
Places = npt.NDArray[np.intp]


class Recipe(msgspec.Struct, frozen=True):
    """How trees grow: slow, small, each on a share of rows and columns, so that no column decides alone.

    Weights other than 1 are for two classes.
    """

    rounds: int = 400
    learning_rate: float = 0.03
    leaves: int = 15
    least_rows: int = 10
    columns: float = 0.3
    rows: float = 0.7
    shrink: float = 2.0
    parts: int = 5
    bad_weights: tuple[float, ...] = (1.0,)
    """The rows are parted anew for each, with label 1 weighing so much: little makes the top of the ranking pure."""
    seed: int = 1


TABLE: Final = Recipe(rounds=600, learning_rate=0.04, bad_weights=(1.0, 0.2))
"""For some thousand rows of a table: two ways to weigh, slow trees (figures: ``wurao bench sichuan``)."""
PLAIN: Final = Recipe(rounds=100, learning_rate=0.1, leaves=31, least_rows=20, columns=1.0, rows=1.0, shrink=0.0)
"""LightGBM's defaults: the baseline that a recipe has to beat."""


class Forest(msgspec.Struct, frozen=True):
    """A joined booster, its inputs and classes, and a raw score of each training row by members that left it out.

    ``raw`` is [rows] for two classes, [rows, classes] for more.
    """

    text: str
    names: tuple[str, ...]
    classes: int
    raw: Floats


class Rows(msgspec.Struct, frozen=True):
    """What is learnt from: inputs, labels 0…classes-1, and per row what is known of it beforehand.

    ``start`` is a score that the trees add to; rows with the same number in ``together`` are left out together.
    """

    x: Inputs
    y: Labels
    names: tuple[str, ...]
    classes: int = 2
    start: Floats | None = None
    together: Labels | None = None


def grow(rows: Rows, recipe: Recipe) -> Forest:
    """Grow an ensemble, each member without its part of the rows."""
    texts, shifts = [], []
    raw = np.zeros((len(rows.y), rows.classes) if rows.classes > 2 else len(rows.y))
    for member, (inside, outside, weight) in enumerate(_parted(rows, recipe)):
        grown = _boosted(rows, inside, recipe, weight, recipe.seed * 1000 + member)
        shifts.append(-math.log(weight))
        raw[outside] += grown.predict(rows.x[outside], raw_score=True, num_threads=1) + shifts[-1]
        texts.append(grown.model_to_string())
    return Forest(join(texts, shifts), rows.names, rows.classes, raw / len(recipe.bad_weights))


def plain(rows: Rows, seed: int) -> str:
    """Return the text of one booster with LightGBM's defaults, for comparison."""
    text: str = _boosted(rows, np.arange(len(rows.y)), PLAIN, 1.0, seed).model_to_string()
    return text


def booster(text: str) -> Any:
    """Return the LightGBM booster of a joined text; raises VerificationError where this LightGBM can't read it."""
    lightgbm = library("lightgbm")
    try:
        return lightgbm.Booster(model_str=text)
    except lightgbm.basic.LightGBMError as error:
        reason = str(error).splitlines()[0][:120]
        raise VerificationError(f"no usable trees ({reason})", mend="train it again") from None


def raw_scores(text: str, x: Inputs) -> Floats:
    """Return the mean raw score (log-odds) of the members for each row."""
    scores: Floats = booster(text).predict(x, raw_score=True, num_threads=1)
    return scores


def join(texts: Sequence[str], shifts: Sequence[float]) -> str:
    """Return one booster's text whose raw score is the mean of the given ones, each shifted by a constant.

    Split values are rounded down to float32.
    """
    head, _, _ = texts[0].partition("\nTree=")
    lines = [line for line in head.split("\n") if not line.startswith("tree_sizes=")]
    trees = [
        _rewritten(tree, 1 / len(texts), shift if i == 0 else 0.0)
        for text, shift in zip(texts, shifts, strict=True)
        for i, tree in enumerate(_trees(text))
    ]
    numbered = [f"Tree={i}\n{tree}\n" for i, tree in enumerate(trees)]
    return "\n".join([*lines, "", *numbered, "end of trees", ""])


def _trees(text: str) -> list[str]:
    body = text.partition("\nTree=")[2].partition("\nend of trees")[0]
    return [tree.partition("\n")[2].strip("\n") for tree in body.split("\nTree=")] if body else []


def _rewritten(tree: str, share: float, shift: float) -> str:
    """Return a tree whose leaves say ``(value + shift) * share``."""
    lines = []
    for line in tree.split("\n"):
        key, _, values = line.partition("=")
        numbers = values.split()
        if key in {"leaf_value", "internal_value"}:
            numbers = [repr((float(value) + shift) * share) for value in numbers]
        elif key == "threshold":
            numbers = [repr(_floor32(float(value))) for value in numbers]
        lines.append(f"{key}={' '.join(numbers)}" if values else line)
    return "\n".join(lines)


def _floor32(value: float) -> float:
    """Return the largest float32 that is not above ``value``: rows of float32 then fall on the side they did."""
    near = np.float32(value)
    return float(near if float(near) <= value else np.nextafter(near, np.float32(-np.inf)))


def _parted(rows: Rows, recipe: Recipe) -> Iterator[tuple[Places, Places, float]]:
    """Yield for each member the rows it learns from, the part it leaves out, and how much label 1 weighs."""
    for repeat, weight in enumerate(recipe.bad_weights):
        rng = np.random.default_rng([recipe.seed, repeat])
        part = _parts(rows.y, recipe.parts, rng) if rows.together is None else _whole(rows.together, recipe.parts, rng)
        for left_out in range(recipe.parts):
            yield np.flatnonzero(part != left_out), np.flatnonzero(part == left_out), weight


def _parts(y: Labels, parts: int, rng: np.random.Generator) -> Places:
    """Return a part of each row, with each label spread evenly."""
    shuffled = rng.permutation(len(y))
    by_label = shuffled[np.argsort(y[shuffled], kind="stable")]
    part = np.empty(len(y), np.intp)
    part[by_label] = np.arange(len(y)) % parts
    return part


def _whole(together: Labels, parts: int, rng: np.random.Generator) -> Places:
    """Return a part of each row, the same for rows that belong together."""
    groups, place = np.unique(together, return_inverse=True)
    return (rng.permutation(len(groups)) % parts)[place]


def _boosted(rows: Rows, inside: Places, recipe: Recipe, bad_weight: float, seed: int) -> Any:
    lightgbm = library("lightgbm")
    params = {
        "objective": "binary" if rows.classes == 2 else "multiclass",
        "num_class": 1 if rows.classes == 2 else rows.classes,
        "learning_rate": recipe.learning_rate,
        "num_leaves": recipe.leaves,
        "min_data_in_leaf": recipe.least_rows,
        "feature_fraction": recipe.columns,
        "bagging_fraction": recipe.rows,
        "bagging_freq": int(recipe.rows < 1),
        "lambda_l2": recipe.shrink,
        "seed": seed,
        "deterministic": True,
        "force_col_wise": True,
        "num_threads": 1,
        "verbosity": -1,
    }
    start = None if rows.start is None else rows.start[inside]
    weight = None if bad_weight == 1 else np.where(rows.y[inside] == 1, bad_weight, 1.0)
    data = lightgbm.Dataset(rows.x[inside], rows.y[inside], weight=weight, init_score=start)
    return lightgbm.train(params, data, recipe.rounds)
