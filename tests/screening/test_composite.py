import itertools
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from wurao.core.errors import ConfigError
from wurao.screening.composite import Expression

Tree = Any
NAMES = ("A", "B", "C_2")
TREES = st.recursive(
    st.sampled_from(NAMES),
    lambda inner: st.one_of(
        st.tuples(st.just("not"), inner),
        st.tuples(st.sampled_from(["and", "or"]), inner, inner),
    ),
    max_leaves=12,
)


def written(tree: Tree) -> str:
    if isinstance(tree, str):
        return tree
    if tree[0] == "not":
        return f"not ({written(tree[1])})"
    return f"({written(tree[1])} {tree[0]} {written(tree[2])})"


def holds(tree: Tree, values: dict[str, bool]) -> bool:
    if isinstance(tree, str):
        return values[tree]
    if tree[0] == "not":
        return not holds(tree[1], values)
    left, right = holds(tree[1], values), holds(tree[2], values)
    return (left and right) if tree[0] == "and" else (left or right)


@given(TREES)
def test_an_expression_means_what_its_tree_means(tree: Tree) -> None:
    rows = list(itertools.product([False, True], repeat=len(NAMES)))
    columns = {name: np.array([row[i] for row in rows]) for i, name in enumerate(NAMES)}
    expected = [holds(tree, dict(zip(NAMES, row, strict=True))) for row in rows]
    assert Expression(written(tree)).evaluate(columns).tolist() == expected


def test_and_binds_closer_than_or() -> None:
    flags = {"A": np.array([True]), "B": np.array([True]), "C": np.array([False])}
    assert Expression("A or B and C").evaluate(flags)[0]
    assert not Expression("(A or B) and C").evaluate(flags)[0]


@pytest.mark.parametrize(
    "text",
    ["", "and", "A B", "A and", "(A", "A)", "not", "__import__('os')", "a and b", "A; B", "A or or B", "A andB"],
)
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(ConfigError):
        Expression(text)


def test_a_long_expression_is_refused() -> None:
    with pytest.raises(ConfigError, match="more than 32"):
        Expression(" or ".join(["A"] * 33))
    with pytest.raises(ConfigError):
        Expression("not " * 5000 + "A")
