"""What each group of columns adds to the odds that boosted trees give: the steps along a row's path.

Each node has a value, the answer if the tree ended there. A step from a node to the next changes the answer by the
difference, which is put down to the column that the node asks for (Saabas 2014); all steps of all trees sum to the
log-odds less their beginning. TreeSHAP asks every order of columns instead of the tree's own, and takes eighty times
as long.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from wurao.detection.linking.profiles import Floats, Ints


class Paths:
    """The steps to every leaf, summed by group: [trees, leaves, groups]; columns of no group add to none."""

    def __init__(self, dumped: Mapping[str, Any], groups: Sequence[Sequence[str]]) -> None:
        names: list[str] = dumped["feature_names"]
        of = np.full(len(names), -1)
        for at, group in enumerate(groups):
            of[[names.index(name) for name in group]] = at
        trees = [tree["tree_structure"] for tree in dumped["tree_info"]]
        leaves = max((tree["num_leaves"] for tree in dumped["tree_info"]), default=1)
        self._adds = np.zeros((len(trees), leaves, len(groups) + 1))
        for at, root in enumerate(trees):
            for leaf, steps in _to_leaves(root, of, np.zeros(len(groups) + 1)):
                self._adds[at, leaf] = steps

    def adds(self, leaves: npt.NDArray[np.integer[Any]]) -> Floats:
        """Return what each group adds for rows that end in ``leaves`` [rows, trees]."""
        out = np.zeros((len(leaves), self._adds.shape[2]))
        for tree, steps in enumerate(self._adds):
            out += steps[leaves[:, tree]]
        return out[:, :-1]


def _to_leaves(node: Mapping[str, Any], of: Ints, steps: Floats) -> Iterator[tuple[int, Floats]]:
    """Yield each leaf below a node with the steps that lead there from the root, given those to the node."""
    if "split_feature" not in node:
        yield node.get("leaf_index", 0), steps
        return
    for child in (node["left_child"], node["right_child"]):
        further = steps.copy()
        further[of[node["split_feature"]]] += _value(child) - _value(node)
        yield from _to_leaves(child, of, further)


def _value(node: Mapping[str, Any]) -> float:
    value: float = node["internal_value"] if "split_feature" in node else node["leaf_value"]
    return value
