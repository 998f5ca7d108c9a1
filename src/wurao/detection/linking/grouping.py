"""Links to groups: average linkage, so that one sure pair doesn't join two campaigns as single linkage would.

Two groups are joined while the mean p_same over *all* pairs between them is high enough; a pair that was never
compared, or that no block brought together, counts as 0. Decisions of analysts are kept: numbers said to
belong together are joined first, groups with numbers said not to are never joined.
"""

import heapq
from collections.abc import Iterable
from typing import Final

import numpy as np
import numpy.typing as npt

from wurao.detection.linking.profiles import Floats, Ints

JOIN_FROM: Final = 0.4
Pairs = Iterable[tuple[int, int]]


def groups(n: int, a: Ints, b: Ints, p: Floats, together: Pairs = (), apart: Pairs = ()) -> Ints:
    """Return the group of each of ``n`` numbers, given the pairs (a, b) with ``p``; the smallest member names it.

    ``together`` and ``apart`` are pairs that were decided; where decisions contradict each other, ``apart`` holds.
    """
    clusters = _Clusters(n, a, b, p, apart)
    for one, other in together:
        clusters.join(clusters.find(one), clusters.find(other))
    clusters.agglomerate()
    return np.array([clusters.find(i) for i in range(n)], np.int64)


class _Clusters:
    """Groups with the sums of p between neighbouring ones."""

    def __init__(self, n: int, a: Ints, b: Ints, p: Floats, apart: Pairs) -> None:
        self._parent = np.arange(n)
        self._size = np.ones(n, np.int64)
        self._sums: dict[int, dict[int, float]] = {}
        self._apart: dict[int, set[int]] = {}
        for one, other in apart:
            self._apart.setdefault(one, set()).add(other)
            self._apart.setdefault(other, set()).add(one)
        for i, j, one in zip(a.tolist(), b.tolist(), p.tolist(), strict=True):
            self._sums.setdefault(i, {})[j] = one
            self._sums.setdefault(j, {})[i] = one

    def find(self, i: int) -> int:
        """Return the smallest member of the group of a number."""
        while self._parent[i] != i:
            self._parent[i] = self._parent[self._parent[i]]
            i = int(self._parent[i])
        return i

    def join(self, one: int, other: int) -> bool:
        """Join two groups unless some of their numbers were said to be apart."""
        keep, gone = min(one, other), max(one, other)
        if keep == gone or other in self._apart.get(one, ()):
            return False
        self._parent[gone] = keep
        self._size[keep] += self._size[gone]
        mine = self._sums.setdefault(keep, {})
        mine.pop(gone, None)
        for third, total in self._sums.pop(gone, {}).items():
            if third == keep:
                continue
            theirs = self._sums[third]
            del theirs[gone]
            mine[third] = theirs[keep] = mine.get(third, 0.0) + total
        for third in self._apart.pop(gone, set()):
            self._apart[third].discard(gone)
            self._apart[third].add(keep)
            self._apart.setdefault(keep, set()).add(third)
        return True

    def agglomerate(self) -> None:
        """Join the likeliest two groups until none are likely enough."""
        heap = [(-self._mean(i, j), i, j) for i, near in self._sums.items() for j in near if i < j]
        heapq.heapify(heap)
        while heap:
            told, i, j = heapq.heappop(heap)
            if -told < JOIN_FROM:
                return
            if j not in self._sums.get(i, {}) or self._mean(i, j) != -told or not self.join(i, j):
                continue
            keep = min(i, j)
            for third in self._sums[keep]:
                low, high = min(keep, third), max(keep, third)
                heapq.heappush(heap, (-self._mean(low, high), low, high))

    def _mean(self, i: int, j: int) -> float:
        pairs = int(self._size[i] * self._size[j])
        return self._sums[i][j] / pairs


def named(of: Ints) -> npt.NDArray[np.bool_]:
    """Say of each number whether its group has another."""
    _, place, count = np.unique(of, return_inverse=True, return_counts=True)
    return np.asarray(count[place] > 1)
