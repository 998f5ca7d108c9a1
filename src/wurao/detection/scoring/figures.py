"""How well scores tell 1 from 0: the figures of ``wurao detect evaluate`` (FORMATS names them)."""

import msgspec
import numpy as np
import numpy.typing as npt

from wurao.detection.scoring.learning import library

Scores = npt.NDArray[np.float64]
Labels = npt.NDArray[np.int64]


class Figures(msgspec.Struct, frozen=True):
    """One evaluation. ``tpr_at_fpr_001`` is at a false-positive rate of 1 %, ``tpr_at_fpr_0001`` at 0.1 %."""

    auc: float
    average_precision: float
    macro_f1: float
    macro_recall: float
    g_mean: float
    recall_at_precision_99: float
    tpr_at_fpr_001: float
    tpr_at_fpr_0001: float
    n_train: int
    n_test: int
    columns: int


def judge(y: Labels, scores: Scores, *, threshold: float, n_train: int, columns: int) -> Figures:
    """Return the figures of ``scores`` against ``y``; from ``threshold`` on a row counts as 1."""
    metrics = library("sklearn.metrics")
    said = scores >= threshold
    recalls = [float(np.mean(said[y == 1])), float(np.mean(~said[y == 0]))]
    return Figures(
        auc=float(metrics.roc_auc_score(y, scores)),
        average_precision=float(metrics.average_precision_score(y, scores)),
        macro_f1=macro_f1(y, said),
        macro_recall=sum(recalls) / 2,
        g_mean=float(np.sqrt(recalls[0] * recalls[1])),
        recall_at_precision_99=recall_at_precision(y, scores, 0.99),
        tpr_at_fpr_001=tpr_at_fpr(y, scores, 0.01),
        tpr_at_fpr_0001=tpr_at_fpr(y, scores, 0.001),
        n_train=n_train,
        n_test=len(y),
        columns=columns,
    )


def macro_f1(y: Labels, said: npt.NDArray[np.bool_]) -> float:
    """Return the mean of the F1 of both labels; a label that is neither there nor said counts 0."""
    hits = float(np.sum(said & (y == 1)))
    rest = float(np.sum(~said & (y == 0)))
    wrong = len(y) - hits - rest
    return hits / max(2 * hits + wrong, 1) + rest / max(2 * rest + wrong, 1)


def recall_at_precision(y: Labels, scores: Scores, precision: float) -> float:
    """Return the largest recall of a threshold whose precision is at least ``precision``; 0 if there is none."""
    hits, misses = _cumulated(y, scores)
    fit = hits >= precision * (hits + misses)
    return float(hits[fit].max(initial=0) / max(y.sum(), 1))


def tpr_at_fpr(y: Labels, scores: Scores, rate: float) -> float:
    """Return the largest true-positive rate of a threshold whose false-positive rate is at most ``rate``."""
    hits, misses = _cumulated(y, scores)
    fit = misses <= rate * np.sum(y == 0)
    return float(hits[fit].max(initial=0) / max(y.sum(), 1))


def balanced_threshold(y: Labels, scores: Scores) -> float:
    """Return the score from which on 1 is said so that the macro-F1 on ``y`` is largest."""
    order = np.argsort(-scores, kind="stable")
    hits, misses = _cumulated(y, scores)
    ends = _ends(scores[order])
    wrong = misses + (y.sum() - hits)
    rest = np.sum(y == 0) - misses
    f1 = hits / np.maximum(2 * hits + wrong, 1) + rest / np.maximum(2 * rest + wrong, 1)
    best = int(np.argmax(f1))
    cuts = scores[order][ends]
    below = cuts[best + 1] if best + 1 < len(cuts) else cuts[best]
    return float((cuts[best] + below) / 2)


def _cumulated(y: Labels, scores: Scores) -> tuple[Scores, Scores]:
    """Return ones and zeros at or above each distinct score, from the highest down."""
    order = np.argsort(-scores, kind="stable")
    ends = _ends(scores[order])
    hits = np.cumsum(y[order] == 1)[ends].astype(np.float64)
    return hits, (np.flatnonzero(ends) + 1 - hits).astype(np.float64)


def _ends(ordered: Scores) -> npt.NDArray[np.bool_]:
    return np.append(ordered[1:] != ordered[:-1], True)
