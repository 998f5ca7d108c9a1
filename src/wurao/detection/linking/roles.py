"""A person who changes number, matched by the place in the call graph: who calls whom, when, and how long.

Old numbers fell silent, new ones began. A new number's calls are likely for an old one if they go to the old one's
contacts – *as those are reachable now*: where contacts changed number too, to wherever they are believed to have gone.
So what is known of the contacts and what is known of the number settle each other: soft one-to-one assignments
(Sinkhorn, with a place for "nobody") and the evidence they give are computed in turn, from vague to sure. A circle that
changed all at once has no contact in common, and is told by who in it calls whom how much, by rhythm and by time.

After Singh, Xu, Berger (IsoRank, 2007) in spirit: neighbours match if their neighbours do. Deterministic, no training.
"""

from typing import Final

import msgspec
import numpy as np
from scipy import sparse

from wurao.core.clock import HOUR_US
from wurao.detection.linking.profiles import Floats, Ints

SILENT_FROM: Final = 3.0
"""Calls that a number would have made and got, at its pace, while it was silent: below that it may just be quiet."""
OVERLAP_US: Final = 12 * HOUR_US
"""So long old and new may be in use together."""
MOST: Final = 600
"""Old and new numbers that are matched at once; the busiest come first."""
_ROUNDS: Final = (10.0, 8.0, 6.0, 5.0, 4.0, 3.0, 2.5, 2.0, 1.5, 1.2, 1.0, 1.0)
"""Temperature of each round: the first assignments are vague on purpose."""
_ALIEN: Final = 6.0
"""Evidence that a pair must bring beyond the choice among all new numbers: most who fall silent don't come back."""


class Graph(msgspec.Struct):
    """Who called whom: calls[i, j] from number i to j; and for each number its calls both ways and their span."""

    calls: sparse.csr_matrix
    n: Ints
    first_us: Ints
    last_us: Ints
    from_us: int
    to_us: int


class Successions(msgspec.Struct):
    """Old numbers (rows), new numbers (columns), the probability of each pair, and what each family says of it."""

    old: Ints
    new: Ints
    p: Floats
    families: dict[str, Floats]


def changed(graph: Graph) -> tuple[Ints, Ints]:
    """Return which numbers fell silent before the end, and which began after the beginning; busiest ``MOST`` each."""
    active = np.maximum(graph.last_us - graph.first_us, 24 * HOUR_US).astype(np.float64)
    pace = graph.n / active
    enough = graph.n >= 3
    old = np.flatnonzero(enough & (pace * (graph.to_us - graph.last_us) >= SILENT_FROM))
    new = np.flatnonzero(enough & (pace * (graph.first_us - graph.from_us) >= SILENT_FROM))
    return tuple(np.sort(one[np.argsort(-graph.n[one], kind="stable")[:MOST]]) for one in (old, new))  # type: ignore[return-value]


def match(graph: Graph, old: Ints, new: Ints, habits: Floats) -> Successions:
    """Return the successions among ``old`` and ``new`` numbers; ``habits`` is what their habits say, [old, new]."""
    begins, ends = graph.first_us[new][None, :], graph.last_us[old][:, None]
    possible = (begins >= ends - OVERLAP_US) & (old[:, None] != new[None, :])
    fixed = {
        "habits": habits,
        "handover": _handover((begins - ends).astype(np.float64)),
        "volume": _volume(graph, old, new),
    }
    rest = habits + fixed["handover"] + fixed["volume"]
    price = _ALIEN + np.log(max(len(new), 1))
    p = called = calling = np.zeros((len(old), len(new)))
    for temperature in _ROUNDS:
        called, calling = _contacts(graph, old, new, p)
        p = _assigned(np.where(possible, (called + calling + rest - price) / temperature, -np.inf))
    return Successions(old, new, p, {"callees": called, "callers": calling, **fixed})


def _contacts(graph: Graph, old: Ints, new: Ints, p: Floats) -> tuple[Floats, Floats]:
    """Return the log-likelihood ratios [old, new] of whom the numbers call, and of who calls them."""
    size = graph.calls.shape[0]
    gone = sparse.csr_matrix((p.sum(axis=1), (old, old)), (size, size))
    moved = sparse.eye(size, format="csr") - gone + _placed(p, old, new, size)
    found = []
    for calls in (graph.calls, graph.calls.T.tocsr()):
        damped, fresh = calls.sqrt(), _fresh(calls)
        before, after = (damped[old] @ moved).tocsr(), damped[new]
        popular = np.asarray(damped.sum(axis=0)).ravel() + 0.5
        popular = popular / popular.sum()
        ahead = _likelier(before, after, popular, fresh[old])
        found.append((ahead + _likelier((after @ moved.T).tocsr(), damped[old], popular, fresh[new]).T) / 2)
    return found[0], found[1]


def _fresh(calls: sparse.csr_matrix) -> Floats:
    """Return the chance that the next call is with somebody new: Good and Turing's share of contacts met once."""
    once = np.bincount(_rows(calls)[calls.data == 1], minlength=calls.shape[0])
    return np.asarray(np.clip((once + 1) / (np.asarray(calls.sum(axis=1)).ravel() + 2), 0.05, 0.6))


def _likelier(source: sparse.csr_matrix, drawn: sparse.csr_matrix, popular: Floats, fresh: Floats) -> Floats:
    """Return [source, drawn]: Σ k log(θ/q), where θ = (1-ε) share in source + ε q, q is usual and ε is ``fresh``."""
    rows = _rows(source)
    sums = np.bincount(rows, weights=source.data, minlength=source.shape[0])
    share = source.data / np.maximum(sums[rows], 1e-12)
    known = source.copy()
    known.data = np.log1p((1 - fresh[rows]) * share / (fresh[rows] * popular[source.indices]))
    much = np.asarray(drawn.sum(axis=1)).ravel()
    return np.asarray((known @ drawn.T).todense() + np.log(fresh)[:, None] * much)


def _rows(matrix: sparse.csr_matrix) -> Ints:
    return np.repeat(np.arange(matrix.shape[0]), np.diff(matrix.indptr))


def _placed(p: Floats, old: Ints, new: Ints, size: int) -> sparse.csr_matrix:
    """Return the probabilities as a map of all numbers, without the least."""
    i, j = np.nonzero(p > 1e-4)
    return sparse.csr_matrix((p[i, j], (old[i], new[j])), (size, size))


def _handover(gap_us: Floats) -> Floats:
    """Return log-odds by the time between an old number's last call and a new one's first: soon is likely."""
    days = np.abs(gap_us) / (24 * HOUR_US)
    return np.asarray(2.0 - 1.5 * np.log1p(4 * days))


def _volume(graph: Graph, old: Ints, new: Ints) -> Floats:
    """Return log-odds by pace, by the share of calls made to calls got, and by how many contacts there are."""
    made = np.asarray(graph.calls.sum(axis=1)).ravel()
    peers = np.asarray(((graph.calls + graph.calls.T) > 0).sum(axis=1)).ravel()
    days = np.maximum(graph.last_us - graph.first_us, 24 * HOUR_US) / (24 * HOUR_US)
    told = np.stack([np.log(graph.n / days), 2 * made / graph.n, np.log1p(peers)])
    apart = np.abs(told[:, old][:, :, None] - told[:, new][:, None, :])
    return np.asarray((0.7 - 1.2 * apart).clip(-2, 1).sum(axis=0))


def _assigned(score: Floats, rounds: int = 30) -> Floats:
    """Return the soft one-to-one assignment of log-odds, each row and column with a place for nobody."""
    rows, columns = score.shape
    if not rows or not columns:
        return np.zeros(score.shape)
    u, v = np.zeros(rows), np.zeros(columns)
    for _ in range(rounds):  # half steps: whole ones swing to and fro where a pair is sure
        to_u = -np.logaddexp(0, _logsum(score + v[None, :], 1))
        to_v = -np.logaddexp(0, _logsum(score + u[:, None], 0))
        u, v = (u + to_u) / 2, (v + to_v) / 2
    p = np.exp(np.minimum(score + u[:, None] + v[None, :], 0))
    p /= np.maximum(p.sum(axis=1, keepdims=True), 1)
    return np.asarray(p / np.maximum(p.sum(axis=0, keepdims=True), 1))


def _logsum(values: Floats, axis: int) -> Floats:
    top = np.maximum(values.max(axis=axis), -700.0)
    return np.asarray(top + np.log(np.exp(values - np.expand_dims(top, axis)).sum(axis=axis) + 1e-300))
