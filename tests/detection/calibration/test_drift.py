"""The population stability index: silent on the same population, loud on another."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from wurao.detection.calibration.drift import drift, reference


@given(st.integers(0, 2**32), st.integers(100, 5000))
def test_the_same_population_raises_no_alarm(seed: int, rows: int) -> None:
    rng = np.random.default_rng(seed)
    assert drift(reference(rng.lognormal(size=5000)), rng.lognormal(size=rows)).state != "alert"


def test_a_shift_is_seen_and_so_are_holes() -> None:
    rng = np.random.default_rng(1)
    then = reference(rng.normal(size=5000))
    assert drift(then, rng.normal(size=5000)).state == "stable"
    assert drift(then, rng.normal(0.4, size=5000)).state == "watch"
    assert drift(then, rng.normal(1, size=5000)).state == "alert"
    holes = rng.normal(size=5000)
    holes[::3] = np.nan
    assert drift(then, holes).state == "alert"


def test_constant_empty_and_missing_columns_are_judged_too() -> None:
    assert drift(reference(np.zeros(100)), np.zeros(100)).index == 0
    assert drift(reference(np.zeros(1000)), np.ones(1000)).state == "alert"
    assert drift(reference(np.full(100, np.nan)), np.full(50, np.nan)).index == 0
    assert drift(reference(np.empty(0)), np.ones(5)).state == "stable"
    assert drift(reference(np.ones(5)), np.empty(0)).state == "stable"
