"""Candidate pairs: only numbers that share something are compared, and each with a bounded number of others.

Every block is an order of the numbers – by digits, by habits, by contacts, by time – in which each is paired with
those that follow next. So pairs grow with the numbers, not with their square.
"""

from collections.abc import Iterable, Iterator
from itertools import chain
from typing import Final

import numpy as np
import numpy.typing as npt
from scipy import sparse
from scipy.sparse import csgraph

from wurao.core.clock import DAY_US, HOUR_US
from wurao.detection.linking.profiles import Floats, Ints, Profiles

NEAR_DIGITS: Final = 12
"""Neighbours by number, within a block of 100,000."""
NEAR_HABITS: Final = 6
"""Neighbours in each projection of the habits."""
PROJECTIONS: Final = 8
NEXT: Final = 10
"""Numbers that begin next after one ends, within a day."""
FOLLOWED_WITHIN_US: Final = DAY_US
KNOWN_BY: Final = 24
"""A contact that more numbers have tells nothing of a pair."""
LEAST_SHARED: Final = 2
SPOOFED_FROM: Final = 0.5
"""Who calls into its own segment so often copies its victims' digits."""
_BLOCK: Final = 100_000
_SEED: Final = 7


def candidates(p: Profiles, beside: Iterable[tuple[Ints, Ints]] = ()) -> tuple[Ints, Ints]:
    """Return the pairs to compare and those ``beside``, positions a < b in ``p``, each once and in order."""
    n = len(p.n)
    codes = [np.empty(0, np.int64), *(low * n + high for low, high in chain(_every(p), beside))]
    both = _once(np.concatenate(codes))
    return both // max(n, 1), both % max(n, 1)


def _every(p: Profiles) -> Iterator[tuple[Ints, Ints]]:
    yield from _by_digits(p)
    sketch = _sketch(p)
    yield from _by_habits(sketch, np.arange(len(p.n)))
    spoofing = np.flatnonzero(p.beside >= SPOOFED_FROM)
    yield from _by_habits(sketch, spoofing)
    yield from _by_contacts(p)
    yield from _by_time(p)


def _by_digits(p: Profiles) -> Iterator[tuple[Ints, Ints]]:
    order = np.argsort(p.numbers, kind="stable")
    for step in range(1, NEAR_DIGITS + 1):
        a, b = order[:-step], order[step:]
        near = p.numbers[b] - p.numbers[a] < _BLOCK
        yield _sorted(a[near], b[near])


def _sketch(p: Profiles) -> Floats:
    """Return each number's habits as one row: square roots of smoothed shares, so that distances compare shapes."""
    rows = [
        np.sqrt(
            (counts + counts.mean(axis=0) * 4 / max(counts.mean(axis=0).sum(), 1e-9))
            / (counts.sum(axis=1, keepdims=True) + 4)
        )
        for counts in p.habits.values()
        if counts.sum() > 0
    ]
    return np.hstack(rows) if rows else np.zeros((len(p.n), 1))


def _by_habits(sketch: Floats, which: Ints) -> Iterator[tuple[Ints, Ints]]:
    if len(which) < 2:
        return
    mine = sketch[which] - sketch[which].mean(axis=0)
    rng = np.random.default_rng(_SEED)
    _, _, axes = np.linalg.svd(mine[rng.permutation(len(mine))[:2000]], full_matrices=False)
    axes = axes[:PROJECTIONS]
    turned = mine @ axes.T
    turned = turned @ np.linalg.qr(rng.standard_normal((axes.shape[0], axes.shape[0])))[0]
    for column in range(turned.shape[1]):
        order = which[np.argsort(turned[:, column], kind="stable")]
        for step in range(1, NEAR_HABITS + 1):
            yield _sorted(order[:-step], order[step:])


def _by_contacts(p: Profiles) -> Iterator[tuple[Ints, Ints]]:
    """Pair numbers by contacts that few have, and with whom they call themselves."""
    sets = (p.contacts > 0).astype(np.float32).tocsc()
    popular = np.diff(sets.indptr)
    few = sets[:, (popular > 1) & (popular <= KNOWN_BY)].tocsr()
    shared = (few @ few.T).tocoo()
    enough = (shared.row < shared.col) & (shared.data >= LEAST_SHARED)
    yield shared.row[enough].astype(np.int64), shared.col[enough].astype(np.int64)
    direct = p.direct.tocoo()
    apart = direct.row != direct.col
    yield _sorted(direct.row[apart].astype(np.int64), direct.col[apart].astype(np.int64))


def _by_time(p: Profiles) -> Iterator[tuple[Ints, Ints]]:
    """Pair each number with those that begin next after it ends."""
    order = np.argsort(p.first_us, kind="stable")
    begins = p.first_us[order]
    at = np.searchsorted(begins, p.last_us - HOUR_US // 2)
    ended = np.arange(len(p.n))
    for step in range(NEXT):
        place = at + step
        inside = place < len(order)
        b = order[place[inside]]
        a = ended[inside]
        soon = (p.first_us[b] - p.last_us[a] < FOLLOWED_WITHIN_US) & (a != b)
        yield _sorted(a[soon], b[soon])


def _once(codes: Ints) -> Ints:
    """Return each code once and in order; numpy's own ``unique`` hashes, which takes longer for millions."""
    codes.sort()
    return codes[np.diff(codes, prepend=-1) > 0]


def _sorted(a: Ints, b: Ints) -> tuple[Ints, Ints]:
    return np.minimum(a, b), np.maximum(a, b)


def reachable(n: int, a: Ints, b: Ints) -> Ints:
    """Return for each of ``n`` numbers which others it reaches by pairs: enough to compare them, never to link them."""
    graph = sparse.csr_matrix((np.ones(len(a)), (a, b)), (n, n))
    return np.asarray(csgraph.connected_components(graph, directed=False)[1], np.int64)


def between(groups: Ints, known: npt.NDArray[np.int64], most: int) -> tuple[Ints, Ints]:
    """Return pairs within groups of at most ``most`` numbers; not those ``known`` (a · numbers + b, in order)."""
    n = len(groups)
    order = np.argsort(groups, kind="stable")
    found = [np.empty(0, np.int64)]
    for members in np.split(order, np.flatnonzero(np.diff(groups[order])) + 1):
        if 2 < len(members) <= most:
            low, high = np.triu_indices(len(members), 1)
            mine = np.sort(members)
            found.append(mine[low] * n + mine[high])
    new = np.sort(np.concatenate(found))
    if len(known):
        new = new[known[np.minimum(np.searchsorted(known, new), len(known) - 1)] != new]
    return new // max(n, 1), new % max(n, 1)
