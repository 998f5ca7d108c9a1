"""Average linkage: no chain joins two campaigns, decisions hold, the order of pairs doesn't matter."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from wurao.detection.linking.grouping import groups, named


def grouped(n, pairs, together=(), apart=()):
    a, b, p = ([pair[i] for pair in pairs] for i in range(3))
    return groups(n, np.array(a, np.int64), np.array(b, np.int64), np.array(p), together, apart).tolist()


CLIQUES = [(i, j, 0.9) for base in (0, 4) for i in range(base, base + 4) for j in range(i + 1, base + 4)]


def test_one_sure_pair_does_not_join_two_campaigns() -> None:
    assert grouped(8, [*CLIQUES, (3, 4, 0.85)]) == [0] * 4 + [4] * 4


def test_what_an_analyst_splits_stays_apart_and_what_is_joined_stays_together() -> None:
    of = grouped(8, CLIQUES, together=[(0, 4)], apart=[(1, 2)])
    assert of[1] != of[2]
    assert of[0] == of[4]
    assert named(np.array([0, 0, 2])).tolist() == [True, True, False]


def test_a_split_holds_against_a_join() -> None:
    of = grouped(2, [(0, 1, 0.99)], together=[(0, 1)], apart=[(1, 0)])
    assert of == [0, 1]


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_groups_partition_the_numbers_whatever_the_order_of_pairs(data) -> None:
    n = data.draw(st.integers(2, 9))
    all_pairs = [(i, j) for i in range(n) for j in range(i + 1, n)]
    chosen = data.draw(st.lists(st.sampled_from(all_pairs), unique=True))
    pairs = [(i, j, (at + 1) / (len(chosen) + 2)) for at, (i, j) in enumerate(chosen)]
    split = data.draw(st.lists(st.sampled_from(all_pairs), unique=True, max_size=3))
    of = grouped(n, pairs, apart=split)
    assert of == grouped(n, data.draw(st.permutations(pairs)), apart=split)
    assert all(of[one] <= one and of[of[one]] == of[one] for one in range(n)), "the smallest member names a group"
    assert all(of[one] != of[other] for one, other in split)
