"""What n numbers without an error support, beside scipy's binomial."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from wurao.detection.calibration.claims import at_most, errors_allowed, needed, upper_bound


def test_the_rule_of_three() -> None:
    assert upper_bound(0, 30_000) == pytest.approx(3 / 30_000, rel=0.01)
    assert needed(1e-4) == 29_956
    assert 299_000 < needed(1e-5) < 300_000
    assert errors_allowed(29_955, 1e-4) is None
    assert errors_allowed(29_956, 1e-4) == 0
    assert errors_allowed(300_000, 1e-5) == 0


@given(st.integers(1, 5000), st.integers(0, 30), st.floats(1e-5, 0.5))
def test_the_binomial_is_scipys(n: int, errors: int, rate: float) -> None:
    assert at_most(errors, n, rate) == pytest.approx(stats.binom.cdf(errors, n, rate), abs=1e-9)


@given(st.integers(1, 20_000), st.integers(0, 20))
def test_the_bound_is_clopper_and_pearsons(n: int, errors: int) -> None:
    theirs = 1.0 if errors >= n else stats.beta.ppf(0.95, errors + 1, n - errors)
    assert upper_bound(errors, n) == pytest.approx(theirs, rel=1e-6)


@given(st.integers(1, 50_000), st.sampled_from([1e-2, 1e-3, 1e-4]))
def test_allowed_errors_support_the_rate_and_one_more_does_not(n: int, alpha: float) -> None:
    allowed = errors_allowed(n, alpha)
    if allowed is None:
        assert upper_bound(0, n) > alpha
    else:
        assert upper_bound(allowed, n) <= alpha * (1 + 1e-9)
        assert upper_bound(allowed + 1, n) > alpha
