"""Groups of texts that say the same, found without comparing all pairs (leader clustering over an inverted index).

Texts come longest first. Each joins the group whose leader holds most of it, or leads a new one: a recording that was
cut short lies wholly in the whole one, so likeness is containment, |A ∩ B| / min(|A|, |B|). Only leaders stand in the
index, so a thousand copies cost no more than one, and groups can't chain from one text to the next until all are one.
"""

import hashlib
from collections import Counter, defaultdict
from collections.abc import Sequence
from typing import Final

from wurao.detection.scripts.shingles import Shingles

LEAST_SHARED: Final = 4
"""Shingles that two texts share at least: "thank you, good bye" is in every call."""
MOST_LEADERS: Final = 64
"""A shingle of more leaders tells none of them from the others and finds nobody."""


class Leaders:
    """The leaders of groups so far, and which of them a text belongs to."""

    def __init__(self, likeness: float) -> None:
        self._likeness = likeness
        self._sizes: list[int] = []
        self._holding: defaultdict[str, list[int]] = defaultdict(list)

    def place(self, text: Shingles) -> int:
        """Return the number of the group that ``text`` belongs to, a new one if it is like none."""
        shared = Counter(leader for one in text for leader in self._holding.get(one, ()))
        best = max(shared, key=lambda leader: (self._contained(text, leader, shared[leader]), -leader), default=None)
        if best is not None and self._same(text, best, shared[best]):
            return best
        return self._lead(text)

    def _contained(self, text: Shingles, leader: int, shared: int) -> float:
        return shared / min(len(text), self._sizes[leader])

    def _same(self, text: Shingles, leader: int, shared: int) -> bool:
        if shared == len(text) == self._sizes[leader]:
            return True
        return shared >= LEAST_SHARED and self._contained(text, leader, shared) >= self._likeness

    def _lead(self, text: Shingles) -> int:
        leader = len(self._sizes)
        self._sizes.append(len(text))
        for one in text:
            holding = self._holding[one]
            if len(holding) < MOST_LEADERS:
                holding.append(leader)
        return leader


def grouped(texts: Sequence[Shingles], likeness: float) -> list[int]:
    """Return for each text the index of its group's leader among ``texts``, whatever order they come in."""
    leaders = Leaders(likeness)
    leading: list[int] = []
    found = [-1] * len(texts)
    order = sorted(range(len(texts)), key=lambda at: (-len(texts[at]), _digest(texts[at])))
    for at in order:
        group = leaders.place(texts[at])
        if group == len(leading):
            leading.append(at)
        found[at] = leading[group]
    return found


def _digest(text: Shingles) -> bytes:
    """Return what puts texts of one length in an order of their own."""
    return hashlib.blake2b("\n".join(sorted(text)).encode(), digest_size=16).digest()
