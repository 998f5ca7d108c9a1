"""A text as a sparse row: runs of characters and of syllables, hashed, weighed by how rare they are (TF-IDF).

Runs of one and two characters of the normalised text, and the syllables of its sound. Longer runs made it worse
(docs/text.md): rare ones drown what they are made of. A run's place in the row is its hash, so no vocabulary has to
ship or be looked up; runs that collide add up. Counts enter as 1 + log, rows have the length 1. numpy alone, a batch
at a time.
"""

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from wurao.detection.scoring.learning import library
from wurao.detection.text.normalising import normalise
from wurao.detection.text.sounding import sound

BITS: Final = 18
PLACES: Final = 1 << BITS
BATCH: Final = 5_000
"""Texts that are counted together: some 50 MB."""
_RUNS: Final = ((0, 1), (0, 2), (1, 1))
"""Channel (0 characters, 1 sounds) and length."""
_STEP: Final = np.uint64(0x9E3779B97F4A7C15)
_CHANNEL: Final = np.uint64(1 << 40)
"""Above every code point, so that a character and a syllable never look alike."""
_END: Final = "\x00"
Matrix = Any
"""A SciPy CSR matrix of float32: its stubs are not installed."""
Counts = tuple[npt.NDArray[np.int64], npt.NDArray[np.int32], npt.NDArray[np.float32]]


def counted(texts: Sequence[str]) -> Matrix:
    """Return 1 + log of how often each run comes in each text, as [texts, PLACES]."""
    sparse = library("scipy.sparse")
    parts = [_count(texts[start : start + BATCH]) for start in range(0, len(texts), BATCH)]
    if not parts:
        return sparse.csr_matrix((0, PLACES), dtype=np.float32)
    return sparse.vstack(
        [sparse.csr_matrix((values, places, ends), shape=(len(ends) - 1, PLACES)) for ends, places, values in parts],
        format="csr",
    )


def rarity(counts: Matrix) -> npt.NDArray[np.float32]:
    """Return the smoothed inverse document frequency of each place."""
    within = np.bincount(counts.indices, minlength=PLACES)
    weights: npt.NDArray[np.float32] = (np.log((1 + counts.shape[0]) / (1 + within)) + 1).astype(np.float32)
    return weights


def weighed(counts: Matrix, weights: npt.NDArray[np.float32]) -> Matrix:
    """Return the counts times the weights of their places, rows of length 1; a text without a run stays 0."""
    rows = counts.copy()
    rows.data = counts.data * weights[counts.indices]
    lengths = np.sqrt(np.asarray(rows.multiply(rows).sum(axis=1))).ravel()
    rows.data /= np.repeat(np.maximum(lengths, 1e-12), np.diff(rows.indptr)).astype(np.float32)
    return rows


def _count(texts: Sequence[str]) -> Counts:
    plain = [normalise(text) for text in texts]
    keys = np.concatenate([_keys(channel) for channel in ((0, plain), (1, [sound(text) for text in plain]))])
    keys.sort()
    first = np.flatnonzero(np.concatenate(([True], keys[1:] != keys[:-1]))) if len(keys) else np.empty(0, np.int64)
    times = np.diff(np.append(first, len(keys)))
    unique = keys[first]
    rows = (unique >> np.uint64(BITS)).astype(np.int64)
    ends = np.concatenate(([0], np.cumsum(np.bincount(rows, minlength=len(texts)))))
    places = (unique & np.uint64(PLACES - 1)).astype(np.int32)
    return ends, places, (1 + np.log(times)).astype(np.float32)


def _keys(channel: tuple[int, Sequence[str]]) -> npt.NDArray[np.uint64]:
    """Return row << BITS | hash of every run of one channel."""
    number, texts = channel
    codes = np.frombuffer("".join(text + _END for text in texts).encode("utf-32-le", "surrogatepass"), np.uint32)
    row = np.repeat(np.arange(len(texts), dtype=np.uint64), [len(text) + 1 for text in texts])
    ends = codes == 0
    found, hashed, broken = (
        [],
        np.full(len(codes), _CHANNEL << np.uint64(number), np.uint64),
        np.zeros(len(codes), bool),
    )
    for length in range(1, 1 + max(n for c, n in _RUNS if c == number)):
        reach = len(codes) - length + 1
        hashed = (hashed[:reach] ^ codes[length - 1 :]) * _STEP
        broken = broken[:reach] | ends[length - 1 :]
        if (number, length) in _RUNS:
            mixed = (hashed ^ (hashed >> np.uint64(29))) * _STEP
            kept = ~broken
            found.append(row[:reach][kept] << np.uint64(BITS) | mixed[kept] >> np.uint64(64 - BITS))
    return np.concatenate(found)
