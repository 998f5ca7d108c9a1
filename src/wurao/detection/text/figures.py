"""How well labels of texts are told: the figures of ``wurao classify evaluate`` (FORMATS names them)."""

from typing import Final

import numpy as np

from wurao.detection.text.linear import Floats, Indices, macro_f1
from wurao.detection.text.manifest import Answered, ClassFigures, TextFigures

COVERAGES: Final = (0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 1.0)
_BINS: Final = 10


def judge(y: Indices, told: Floats, labels: tuple[str, ...], *, least: float, n_train: int) -> TextFigures:
    """Return the figures of probabilities [texts, labels]; ``y`` is −1 where a text's label isn't among ``labels``.

    Accuracy and macro-F1 are of the likeliest label of every text; below the probability ``least`` none is said.
    """
    said, sure = told.argmax(axis=1), told.max(axis=1)
    right, answered = said == y, sure >= least
    return TextFigures(
        accuracy=float(right.mean()),
        macro_f1=macro_f1(y[y >= 0], said[y >= 0], len(labels)) if (y >= 0).all() else _open_f1(y, said, len(labels)),
        per_class={label: _of_class(y, said, place) for place, label in enumerate(labels) if (y == place).any()},
        curve=_curve(right, sure),
        calibration_error=_calibration_error(right, sure),
        abstained=float(1 - answered.mean()),
        accuracy_of_answered=float(right[answered].mean()) if answered.any() else 1.0,
        n_train=n_train,
        n_test=len(y),
    )


def _open_f1(y: Indices, said: Indices, labels: int) -> float:
    """Return the macro-F1 where some labels were never learnt: together they are one more, never told."""
    return macro_f1(np.where(y < 0, labels, y), said, labels + 1)


def _of_class(y: Indices, said: Indices, place: int) -> ClassFigures:
    there, told = y == place, said == place
    hits, n, times = int((there & told).sum()), int(there.sum()), int(told.sum())
    return ClassFigures(n, hits / times if times else 0.0, hits / n, 2 * hits / (n + times))


def _curve(right: np.ndarray, sure: Floats) -> tuple[Answered, ...]:
    order = np.argsort(-sure, kind="stable")
    rights = np.cumsum(right[order])
    counts = [max(1, round(share * len(order))) for share in COVERAGES]
    return tuple(
        Answered(share, float(rights[n - 1] / n), float(sure[order[n - 1]]))
        for share, n in zip(COVERAGES, counts, strict=True)
    )


def _calibration_error(right: np.ndarray, sure: Floats) -> float:
    place = np.minimum((sure * _BINS).astype(int), _BINS - 1)
    gaps = [abs(float((right[place == b] - sure[place == b]).sum())) for b in range(_BINS)]
    return sum(gaps) / len(sure)
