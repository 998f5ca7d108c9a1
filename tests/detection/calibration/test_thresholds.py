"""Conformal thresholds: the guarantee on exchangeable scores, and the refusal to claim more."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from wurao.core.errors import Unknown
from wurao.detection.calibration.thresholds import Threshold, alpha_of, for_any, threshold


@pytest.mark.parametrize("n", [59, 60, 100, 400])
def test_the_rate_holds_in_95_of_100_draws_of_the_calibration_set(n: int) -> None:
    """Scores are uniform, so the true rate above a threshold is one minus it."""
    rng, draws = np.random.default_rng(n), 4000
    said = [threshold(scores, 0.05) for scores in rng.random((draws, n))]
    broken = sum(isinstance(one, Threshold) and 1 - one.above > 0.05 for one in said)
    assert broken / draws <= 0.05 + 3 * np.sqrt(0.05 * 0.95 / draws)
    assert broken, "a bound that never breaks wastes detection"


@given(st.integers(59, 300), st.integers(0, 2**32), st.sampled_from([0.5, 2.0]))
def test_a_monotone_change_of_the_score_changes_nothing(n: int, seed: int, power: float) -> None:
    scores = np.random.default_rng(seed).random(n)
    plain, bent = threshold(scores, 0.05), threshold(scores**power, 0.05)
    assert isinstance(plain, Threshold)
    assert isinstance(bent, Threshold)
    assert bent.above == pytest.approx(plain.above**power)
    assert plain.bound <= plain.alpha == 0.05


def test_what_the_numbers_cannot_support_is_not_claimed() -> None:
    few = threshold(np.zeros(29_955), 1e-4)
    assert few == Unknown("a rate of 0.0001 needs 29,956 numbers, there are 29,955")
    assert isinstance(threshold(np.zeros(29_956), 1e-4), Threshold)
    assert isinstance(threshold(np.array([]), 0.5), Unknown)
    assert isinstance(threshold(np.full(100, np.nan), 0.05), Unknown)


def test_a_caller_of_unknown_kind_meets_the_strictest_threshold() -> None:
    low, high = Threshold(1.0, 100, 0.05, 0.04), Threshold(2.0, 100, 0.05, 0.04)
    assert for_any({"person": low, "courier": high}) == high
    assert for_any({"person": low, "school": Unknown("too few")}) == Unknown("school: too few")
    assert isinstance(for_any({}), Unknown)


def test_couriers_schools_and_hospitals_are_held_to_more() -> None:
    assert {alpha_of(kind) for kind in ("courier", "takeaway", "ride", "school", "hospital")} == {1e-5}
    assert {alpha_of(kind) for kind in ("person", "survey", "bank_service")} == {1e-4}
