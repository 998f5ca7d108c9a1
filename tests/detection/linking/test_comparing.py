"""The compiled comparisons of pairs say what numpy and scipy say."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse

from wurao.detection.linking.comparing import _dots, _Habit, _Rare, _Rows, evidence_of

N, COLUMNS = 12, 7
ALL = tuple(np.ascontiguousarray(one) for one in np.triu_indices(N, 1))
seeds = st.integers(0, 10_000)


def counts(seed: int, most: int = 60) -> np.ndarray:
    """Return histograms of which some are empty, some have one cell, and some more calls than a habit counts."""
    rng = np.random.default_rng(seed)
    drawn = rng.integers(0, most, (N, COLUMNS)) * (rng.random((N, COLUMNS)) < 0.5)
    drawn[0] = 0
    return drawn.astype(np.float64)


@settings(max_examples=20, deadline=None)
@given(seeds, st.integers(2, 60))
def test_evidence_of_histograms(seed, most) -> None:
    told = counts(seed, most)
    found = _Habit(told).evidence(*ALL)
    assert np.isnan(found[: N - 1]).all(), "an empty one says nothing"
    assert np.nan_to_num(found) == pytest.approx(evidence_of(told, *ALL), abs=1e-9)


@settings(max_examples=20, deadline=None)
@given(seeds)
def test_what_two_sets_share(seed) -> None:
    table = sparse.csr_matrix((counts(seed, 3) > 0).astype(np.float32))
    shared = _Rows(table).shared(*ALL)
    assert shared == pytest.approx(table[ALL[0]].multiply(table[ALL[1]]).sum(axis=1).A1)
    weight = np.random.default_rng(seed).random(COLUMNS)
    weighed = table.multiply(weight).tocsr()[ALL[0]].multiply(table[ALL[1]]).sum(axis=1).A1
    assert _Rows(table).shared(*ALL, weight[table.indices]) == pytest.approx(weighed)


def test_what_two_texts_and_two_shapes_share() -> None:
    told = counts(1)
    n = np.maximum(told.sum(axis=1, keepdims=True), 1)
    rare = -np.log((1 + (told > 0).sum(axis=0)) / (1 + N))
    expected = np.minimum((told / n)[ALL[0]], (told / n)[ALL[1]]) @ rare
    assert np.nan_to_num(_Rare(told).shared(*ALL)) == pytest.approx(expected)
    assert _dots(told, *ALL) == pytest.approx((told[ALL[0]] * told[ALL[1]]).sum(axis=1))
