"""The figures of an evaluation, beside scikit-learn's and by hand."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import metrics

from wurao.detection.scoring import figures

BOTH = st.lists(st.tuples(st.integers(0, 1), st.integers(-5, 5)), min_size=2, max_size=60).filter(
    lambda rows: len({label for label, _ in rows}) == 2
)


@settings(deadline=None)
@given(BOTH)
def test_recall_at_precision_is_the_best_point_of_the_curve(rows: list[tuple[int, int]]) -> None:
    y, scores = np.array([r[0] for r in rows]), np.array([r[1] for r in rows], float)
    precision, recall, _ = metrics.precision_recall_curve(y, scores)
    best = max((r for p, r in zip(precision[:-1], recall[:-1], strict=True) if p >= 0.8), default=0.0)
    assert figures.recall_at_precision(y, scores, 0.8) == pytest.approx(best)


@settings(deadline=None)
@given(BOTH)
def test_tpr_at_fpr_is_the_best_point_of_the_curve(rows: list[tuple[int, int]]) -> None:
    y, scores = np.array([r[0] for r in rows]), np.array([r[1] for r in rows], float)
    fpr, tpr, _ = metrics.roc_curve(y, scores, drop_intermediate=False)
    assert figures.tpr_at_fpr(y, scores, 0.25) == pytest.approx(tpr[fpr <= 0.25].max())


@settings(deadline=None)
@given(BOTH)
def test_no_threshold_is_better_balanced(rows: list[tuple[int, int]]) -> None:
    y, scores = np.array([r[0] for r in rows]), np.array([r[1] for r in rows], float)
    chosen = scores >= figures.balanced_threshold(y, scores)
    best = max(metrics.f1_score(y, scores >= cut, average="macro", zero_division=0) for cut in scores)
    assert figures.macro_f1(y, chosen) == pytest.approx(best)
    assert figures.macro_f1(y, chosen) == pytest.approx(metrics.f1_score(y, chosen, average="macro", zero_division=0))


def test_rare_false_positives_cost_what_lies_below_them() -> None:
    y = np.array([1] * 50 + [0] + [1] * 50 + [0] * 99)
    scores = np.arange(200, 0, -1, dtype=float)
    judged = figures.judge(y, scores, threshold=100.0, n_train=1, columns=1)
    assert judged.tpr_at_fpr_0001 == 0.5
    assert judged.tpr_at_fpr_001 == 1.0
    assert judged.recall_at_precision_99 == 1.0
    assert (judged.n_test, judged.macro_recall) == (200, pytest.approx(0.995))
