"""How alike two fingerprints are where they lie best on each other: the share of equal bits.

Equal bits of unrelated speech are about half; the same recording through another codec keeps nine in ten. Only words
that tell of speech in both are compared, and at least ``LEAST_S`` of them.
"""

from typing import Final

import msgspec
import numpy as np
import numpy.typing as npt

from wurao.detection.audio.fingerprint import HOP_S, Fingerprint

SAME: Final = 0.84
"""Share of equal bits from which two recordings are the same: half way between the most alike of 217,140 pairs of
different ones, .823, and the least alike of 660 pairs of the same, .859 (docs/recordings.md)."""
LEAST_S: Final = 4.0
"""Seconds of speech that both share at least."""
_LEAST_WORDS: Final = int(LEAST_S / HOP_S)
_BITS: Final = 32


class Alignment(msgspec.Struct, frozen=True, order=True):
    """How alike two recordings are when the second begins ``offset`` words after the first (negative: before)."""

    similarity: float
    offset: int
    words: int


NOWHERE: Final = Alignment(0.0, 0, 0)


def at_offset(a: Fingerprint, b: Fingerprint, offset: int) -> Alignment:
    """Return how alike ``a[i + offset]`` and ``b[i]`` are, ``NOWHERE`` where they share too little speech."""
    first, last = max(offset, 0), min(len(a.words), len(b.words) + offset)
    if last - first < _LEAST_WORDS:
        return NOWHERE
    heard = a.heard[first:last] & b.heard[first - offset : last - offset]
    words = int(heard.sum())
    if words < _LEAST_WORDS:
        return NOWHERE
    differing = (a.words[first:last] ^ b.words[first - offset : last - offset])[heard]
    return Alignment(1 - float(np.bitwise_count(differing).sum()) / (_BITS * words), offset, words)


def best(a: Fingerprint, b: Fingerprint) -> Alignment:
    """Return the best of all offsets, all of them looked at: by Fourier transform, in half a millisecond."""
    size = 1 << (len(a.words) + len(b.words)).bit_length()
    if not len(a.words) or not len(b.words):
        return NOWHERE
    heard = _correlated(a.heard[None].astype(np.float64), b.heard[None].astype(np.float64), size)
    agreeing = _correlated(_signs(a), _signs(b), size)  # equal bits less differing ones
    words = np.rint(heard)
    similarity = np.where(words >= _LEAST_WORDS, (agreeing / np.maximum(words, 1) / _BITS + 1) / 2, 0)
    at = int(similarity.argmax())
    return at_offset(a, b, at if at < len(a.words) else at - size)


def _signs(one: Fingerprint) -> npt.NDArray[np.float64]:
    """Return bits as +1 and -1, one row a bit, 0 where nothing is heard."""
    bits = (one.words[None] >> np.arange(_BITS, dtype=np.uint32)[:, None]) & 1
    return np.asarray((bits * 2.0 - 1.0) * one.heard)


def _correlated(a: npt.NDArray[np.float64], b: npt.NDArray[np.float64], size: int) -> npt.NDArray[np.float64]:
    """Return for each offset (negative ones at the end) the sum of products of ``a`` and ``b`` moved there."""
    product = (np.fft.rfft(a, size) * np.fft.rfft(b, size).conj()).sum(axis=0)
    return np.asarray(np.fft.irfft(product, size))
