"""The replay's splits by time and its draws, on the real data."""

from pathlib import Path

import numpy as np
import pytest

from wurao.bench import replay_data as data
from wurao.core.errors import InputError


def test_the_day_is_cut_at_ten_by_receipt_and_by_call(shared: Path) -> None:
    history, calls, left_out = data.same_day(shared / "data")
    assert 800 < history.num_rows < 900
    assert 2_000 < len(calls) < 2_300, "about 2,300 with those that name no telephone number"
    assert 2_300 < left_out < 2_537
    assert len(data.known_when_called(shared / "data")) == len(calls)


def test_only_numbers_first_seen_before_the_cut_are_learnt(shared: Path) -> None:
    cut_us = data.days(shared / "data")[-1]
    history, new = data.until(shared / "data", cut_us)
    assert max(history["occurred_us"].to_pylist()) < cut_us
    assert not np.isin(new, history["subject"].to_numpy()).any()


@pytest.mark.parametrize("once_a", ["block", "report"])
def test_bystanders_are_unreported_and_half_of_them_neighbours(once_a: str) -> None:
    reported = np.array([12_025_550_000, 12_025_550_001, 13_035_550_000], np.uint64)
    drawn = data.bystanders(reported, 1000, 4, once_a, np.random.default_rng(1))
    assert not np.isin(drawn, reported).any()
    near = np.isin(drawn // np.uint64(10_000), reported // np.uint64(10_000))
    assert near[:490].all()
    assert not near[-490:].any()


def test_missing_data_is_an_error_with_a_mend(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="missing"):
        data.days(tmp_path)
