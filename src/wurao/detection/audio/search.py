"""The same recording found among a hundred thousand: an inverted index over halves of fingerprint words.

A line flips one bit in ten, seldom all halves of all words: of two recordings of the same sound some halves (16 bits)
of words at the same place stay whole. Each such pair votes for a diagonal, the place where the one would begin in the
other; the few diagonals of most votes are then compared bit by bit. Recordings lie one after the other with a gap, so
one number says both recording and offset. Values that every recording has are left out: they find nothing.

Immutable; 10⁵ recordings of 20 s are 0.2 GB.
"""

from collections.abc import Sequence
from typing import Final

import msgspec
import numpy as np
import numpy.typing as npt

from wurao.detection.audio.fingerprint import Fingerprint, Words
from wurao.detection.audio.matching import NOWHERE, SAME, Alignment, at_offset

_HALVES: Final = (0, 16)
_VALUES: Final = 1 << 16
_LOW: Final = np.uint32(_VALUES - 1)
_COMPARED: Final = 24
"""Diagonals compared bit by bit."""
_MOST_POSTINGS: Final = 1 << 17
"""Places looked at for one half in all; the rarest values come first."""
_GAP: Final = 64
Places = npt.NDArray[np.uint32]


class Found(msgspec.Struct, frozen=True):
    """A recording that sounds the same: its number in the index, and how it lies on what was asked for."""

    recording: int
    alignment: Alignment


class _Half(msgspec.Struct, frozen=True):
    """``places[starts[v]:starts[v + 1]]`` are the places whose half word is ``v``."""

    starts: npt.NDArray[np.int64]
    places: Places


class Recordings:
    """An index over fingerprints, numbered as they come."""

    def __init__(self, fingerprints: Sequence[Fingerprint]) -> None:
        self.fingerprints = list(fingerprints)
        lengths = np.array([len(one.words) + _GAP for one in self.fingerprints], np.int64)
        self._begins = np.concatenate([[0], np.cumsum(lengths)])
        self._halves = [self._half(shift) for shift in _HALVES]

    def _half(self, shift: int) -> _Half:
        each = zip(self.fingerprints, self._begins, strict=False)
        heard = [(one.words, np.flatnonzero(one.heard), begin) for one, begin in each]
        none = np.zeros(0, np.uint32)
        values = np.concatenate([none, *(words[at] >> shift & _LOW for words, at, _ in heard)]).astype(np.uint16)
        places = np.concatenate([none, *((at + begin).astype(np.uint32) for _, at, begin in heard)])
        order = np.argsort(values, kind="stable")
        starts = np.searchsorted(values[order], np.arange(_VALUES + 1))
        return _Half(starts.astype(np.int64), places[order])

    def same(self, asked: Fingerprint, likeness: float = SAME) -> list[Found]:
        """Return the recordings that sound the same as ``asked``, most alike first; one entry a recording."""
        best: dict[int, Alignment] = {}
        for diagonal in self._diagonals(asked):
            recording = int(np.searchsorted(self._begins, max(diagonal, 0), "right")) - 1
            for near in (recording, recording + 1):  # what began before the first word lies in the gap ahead
                if near < len(self.fingerprints):
                    offset = diagonal - int(self._begins[near])
                    found = max(at_offset(self.fingerprints[near], asked, offset + step) for step in (-1, 0, 1))
                    if found.similarity >= likeness and found > best.get(near, NOWHERE):
                        best[near] = found
        return sorted((Found(one, alignment) for one, alignment in best.items()), key=_most_alike)

    def _diagonals(self, asked: Fingerprint) -> list[int]:
        at = np.flatnonzero(asked.heard)
        halves = zip(self._halves, _HALVES, strict=True)
        votes = [self._votes(half, (asked.words[at] >> shift & _LOW).astype(np.uint32), at) for half, shift in halves]
        diagonals = np.sort(np.concatenate(votes))
        if not len(diagonals):
            return []
        edges = np.flatnonzero(np.diff(diagonals, prepend=diagonals[0] - 1))
        counts = np.diff(edges, append=len(diagonals))
        most = np.argsort(-counts, kind="stable")[:_COMPARED]
        return [int(one) for one in diagonals[edges[most]]]

    def _votes(self, half: _Half, values: Words, at: npt.NDArray[np.intp]) -> npt.NDArray[np.int64]:
        """Return a diagonal for each place that holds one of the values, the rarest values first."""
        begin, end = half.starts[values], half.starts[values + 1]
        rarest = np.argsort(end - begin, kind="stable")
        within = rarest[np.cumsum((end - begin)[rarest]) <= _MOST_POSTINGS]
        counts = (end - begin)[within]
        before = np.cumsum(counts) - counts
        places = half.places[np.repeat(begin[within] - before, counts) + np.arange(counts.sum())]
        return np.asarray(places.astype(np.int64) - np.repeat(at[within], counts))


def _most_alike(found: Found) -> tuple[float, int]:
    return (-found.alignment.similarity, found.recording)
