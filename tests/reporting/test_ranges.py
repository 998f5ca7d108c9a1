"""Ranges: what reported numbers say of their neighbours, within a budget of bystanders."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from wurao.core.clock import DAY_US
from wurao.core.payload import SERVICE_BASE
from wurao.reporting import ranges
from wurao.reporting.ranges import BYSTANDERS, Ranges, concentration, learn

NOW_US = 20_000 * DAY_US
BASE = 12_000_000_000


def town(seed: int = 1, hot: int = 300, cold: int = 60_000) -> tuple[np.ndarray, np.ndarray]:
    """Numbers reported one by one all over, and one block of 10,000 in which a campaign sits."""
    rng = np.random.default_rng(seed)
    spread = BASE + rng.integers(0, 10**9, cold)
    campaign = BASE + 5 * 10**9 + rng.choice(10_000, hot, replace=False)
    numbers = np.unique(np.concatenate((spread, campaign))).astype(np.uint64)
    return numbers, NOW_US - rng.integers(0, 20 * DAY_US, len(numbers))


def learnt(numbers: np.ndarray, first_us: np.ndarray) -> Ranges:
    return learn(numbers, first_us, np.ones(len(numbers)), np.full(len(numbers), 14), NOW_US)


def test_a_campaigns_block_stands_out() -> None:
    known = learnt(*town())
    unreported = np.array([BASE + 5 * 10**9 + 1234, BASE + 8 * 10**9], np.uint64)
    near, far = known.strength_at(unreported)
    assert near >= 0.5
    assert far == 0
    assert set(known.category.tolist()) == {14}


@pytest.mark.parametrize("span", [2, 3, 4])
@pytest.mark.parametrize("once_a", ["block", "report"])
def test_bystanders_are_within_the_budget(span: int, once_a: str) -> None:
    numbers, first_us = town()
    known = learnt(numbers, first_us)
    rng = np.random.default_rng(2)
    blocks = numbers // np.uint64(10**span)
    drawn = rng.choice(blocks if once_a == "report" else np.unique(blocks), 50_000) * np.uint64(10**span)
    drawn += rng.integers(0, 10**span, 50_000).astype(np.uint64)
    drawn = drawn[~np.isin(drawn, numbers)]
    assert (known.strength_at(drawn) > 0).mean() <= BYSTANDERS * 1.2


def test_service_numbers_have_no_neighbours() -> None:
    numbers = np.arange(SERVICE_BASE + 95_500, SERVICE_BASE + 95_600, dtype=np.uint64)
    assert len(learnt(numbers, np.full(100, NOW_US - 5)).span) == 0


def test_one_number_says_nothing_of_its_neighbours() -> None:
    known = learnt(np.array([BASE + 7], np.uint64), np.array([NOW_US - 5]))
    assert len(known.span) == 0


def test_the_newest_day_is_never_learnt_from_when_parameters_are_chosen() -> None:
    first_us = np.array([0, 1, 2, 3]) * DAY_US
    assert ranges._newest(first_us).tolist() == [False, False, False, True]
    within = ranges._newest(np.arange(10) * 1_000_000)
    assert within.tolist() == [False] * 8 + [True] * 2


@given(st.lists(st.integers(0, 50), min_size=10, max_size=10))
def test_a_concentration_is_within_its_bounds(counts: list[int]) -> None:
    inside = np.array([count for count in counts if count], np.float64)
    found = concentration(inside, np.array([inside.sum()]), 100.0, 10.0)
    assert 10.0 <= found <= 1e9


def test_blocks_that_are_all_alike_need_no_density_of_their_own() -> None:
    assert concentration(np.full(10, 5.0), np.array([50.0]), 100.0, 10.0) == 1e9
    assert concentration(np.array([50.0]), np.array([50.0]), 100.0, 10.0) < 100
