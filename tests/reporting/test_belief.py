"""The Wilson bound, its decay and the answered calls that nobody complained of."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from wurao.core.clock import DAY_US
from wurao.reporting import belief

votes = st.floats(0, 1e6)


@pytest.mark.parametrize(("count", "bound"), [(0, 0), (1, 0.2065), (2, 0.3424), (5, 0.5655), (20, 0.8389)])
def test_unanimous_votes(count: int, bound: float) -> None:
    assert float(belief.wilson(count, count)) == pytest.approx(bound, abs=1e-4)


@given(nuisance=votes, wanted=votes)
def test_a_strength_is_a_share_and_a_vote_against_never_raises_it(nuisance: float, wanted: float) -> None:
    strength = float(belief.strength(nuisance, wanted))
    assert 0 <= strength <= 1
    assert float(belief.strength(nuisance, wanted + 1)) <= strength + 1e-12


def test_votes_halve_in_four_months() -> None:
    assert float(belief.decay(120 * DAY_US)) == pytest.approx(0.5)
    assert float(belief.decay(-5)) == 1.0


def test_answered_calls_without_complaint_speak_for_the_caller() -> None:
    bank, robot, unknown = belief.strength([20, 20, 20], [0, 0, 0], [100_000, 200, -1])
    assert bank < 0.05
    assert robot == pytest.approx(unknown)


def test_a_row_expires_when_it_means_nothing_any_more() -> None:
    until = int(belief.worthless_at(np.array(5.0), 0))
    left = 5 * float(belief.decay(until))
    assert float(belief.strength(left, 0)) == pytest.approx(belief.LEAST, abs=1e-3)
