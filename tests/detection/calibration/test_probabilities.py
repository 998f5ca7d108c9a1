"""Venn–Abers intervals: beside scikit-learn's isotonic fit, and that they hold what they say."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.isotonic import IsotonicRegression

from wurao.detection.calibration.probabilities import calibrate, isotonic_at

CELLS = st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5)), min_size=1, max_size=12)


@settings(deadline=None)
@given(CELLS, st.data())
def test_a_cell_fits_as_isotonic_regression_does(cells: list[tuple[int, int]], data: st.DataObject) -> None:
    ones, n = np.array([a for a, _ in cells], float), np.array([a + b for a, b in cells], float)
    cell = data.draw(st.integers(0, len(cells) - 1))
    n[cell] += 1
    held = n > 0
    fit = IsotonicRegression().fit_transform(np.flatnonzero(held), ones[held] / n[held], sample_weight=n[held])
    assert isotonic_at(ones, n, cell) == pytest.approx(fit[np.flatnonzero(held).tolist().index(cell)])


def test_the_interval_holds_the_share_of_bad_callers() -> None:
    rng = np.random.default_rng(3)
    scores = rng.normal(-1, 2, 4000)
    true = 1 / (1 + np.exp(-(0.5 * scores - 1)))  # the score is overconfident
    y = (rng.random(4000) < true).astype(np.int64)
    calibrated = calibrate(scores[:3000], y[:3000])
    low, high = calibrated.between(scores[3000:])
    assert (low <= high).all()
    assert low.mean() - 0.03 <= y[3000:].mean() <= high.mean() + 0.03
    assert np.abs(calibrated.probability(scores[3000:]) - true[3000:]).mean() < 0.04


def test_probabilities_grow_with_the_score_and_few_rows_say_little() -> None:
    calibrated = calibrate(np.array([-3.0, 0.0, 3.0]), np.array([0, 0, 1]))
    p = calibrated.probability(np.linspace(-20, 20, 50))
    assert (np.diff(p) >= 0).all()
    assert p[0] > 0.1
    assert p[-1] < 0.9
    assert 0 < float(calibrated.probability(np.array([np.nan]))[0]) < 0.5
