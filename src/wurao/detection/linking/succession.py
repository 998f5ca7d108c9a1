"""From calls to successions: which numbers fell silent and began, and who of them is the same (``roles``)."""

from __future__ import annotations  # pyarrow's types take no [Any] at run time

from typing import Any, Final

import ibis
import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.compute
from scipy import sparse

from wurao.detection.features.running import run
from wurao.detection.linking import counted, roles
from wurao.detection.linking.comparing import evidence_of
from wurao.detection.linking.profiles import Floats, Ints, dense

pc: Any = pyarrow.compute

HABITS: Final = ("talk", "ring", "hour", "outcome")
LEAST_P: Final = 0.02
"""Pairs below are not told of."""
_EACH_AT_MOST: Final = 3.0
_WEIGHT: Final = 0.7
"""Habits of one person depend on each other, so each counts for less than it says."""


class Succession(msgspec.Struct, frozen=True):
    """An old number and a new one, as the calls name them, and how sure it is that one person used both."""

    old: object
    new: object
    p: float
    families: dict[str, float]


def successions(calls: ibis.Table) -> list[Succession]:
    """Return who changed number among all in ``calls`` (as ``features.rows.calls_of`` gives them), likeliest first."""
    pairs = _pairs(calls)
    if not pairs.num_rows:
        return []
    graph, names = _graph(pairs)
    old, new = roles.changed(graph)
    if not len(old) or not len(new):
        return []
    found = roles.match(graph, old, new, _habits(calls, names, old, new))
    rows, columns = np.nonzero(found.p >= LEAST_P)
    told = [
        Succession(
            names[int(old[i])].as_py(),
            names[int(new[j])].as_py(),
            float(found.p[i, j]),
            {name: round(float(values[i, j]), 2) for name, values in found.families.items()},
        )
        for i, j in zip(rows.tolist(), columns.tolist(), strict=True)
    ]
    return sorted(told, key=lambda one: -one.p)


def _pairs(calls: ibis.Table) -> pa.Table:
    """Return who called whom, how often, first and last."""
    return run(
        calls.filter(calls.callee.notnull() & (calls.callee != calls.caller))
        .group_by("caller", "callee")
        .agg(k=lambda t: t.count(), first_us=lambda t: t.start_us.min(), last_us=lambda t: t.start_us.max())
        .order_by("caller", "callee")
    )


def _graph(pairs: pa.Table) -> tuple[roles.Graph, Any]:
    names = pc.unique(pa.chunked_array([*pairs.column("caller").chunks, *pairs.column("callee").chunks]))
    names = names.take(pc.sort_indices(names))
    i, j = (_places(pairs.column(side), names) for side in ("caller", "callee"))
    k, first, last = (np.asarray(pairs.column(name)) for name in ("k", "first_us", "last_us"))
    n = len(names)
    first_us, last_us, calls_of = np.full(n, np.iinfo(np.int64).max), np.zeros(n, np.int64), np.zeros(n, np.int64)
    for side in (i, j):
        np.minimum.at(first_us, side, first)
        np.maximum.at(last_us, side, last)
        np.add.at(calls_of, side, k)
    matrix = sparse.csr_matrix((k.astype(np.float64), (i, j)), (n, n))
    return roles.Graph(matrix, calls_of, first_us, last_us, int(first.min()), int(last.max())), names


def _places(column: Any, names: Any) -> Ints:
    return np.asarray(pc.index_in(column.combine_chunks(), value_set=names)).astype(np.int64)


def _habits(calls: ibis.Table, names: Any, old: Ints, new: Ints) -> Floats:
    """Return the evidence [old, new] of how they call, each habit within bounds."""
    both = np.concatenate([old, new])
    chosen = ibis.memtable(pa.table({"caller": names.take(pa.array(both)), "at": np.arange(len(both))}))
    raw = counted.habits(calls, chosen, HABITS)
    total = np.zeros((len(old), len(new)))
    for name in HABITS:
        counts = dense(raw[name], len(both))
        if counts.shape[1]:
            factor = evidence_of(counts, np.arange(len(old))[:, None], len(old) + np.arange(len(new))[None, :])
            total += _WEIGHT * np.clip(factor, -_EACH_AT_MOST, _EACH_AT_MOST)
    return total
