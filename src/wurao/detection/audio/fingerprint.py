"""Chromaprint's fingerprint of a recording, made by ``fpcalc`` (Debian: libchromaprint-tools) from decoded samples.

A word of 32 bits every 0.124 s tells how the sound changes over the 2.4 s that follow it, the same through codecs,
noise and loudness. Silence has words too, alike in every recording: they are marked and never compared.
"""

from pathlib import Path
from typing import Final

import msgspec
import numpy as np
import numpy.typing as npt

from wurao.core.errors import InputError
from wurao.detection.audio.decoding import LIMITS, RATE, Limits, Samples, confined, program, run_bounded
from wurao.detection.audio.speech import FRAME_S, spoken

Words = npt.NDArray[np.uint32]
Marks = npt.NDArray[np.bool_]

HOP_S: Final = 4096 / 11025 / 3
"""Seconds from one word to the next."""
SPAN_S: Final = 2.4
"""Seconds of sound that one word tells of."""
_LEAST_SPOKEN: Final = 0.3
"""Share of its span that is spoken where a word means anything."""


class Fingerprint(msgspec.Struct, frozen=True):
    """Words in their order, one every ``HOP_S``, and which of them tell of speech."""

    words: Words
    heard: Marks

    @property
    def seconds(self) -> float:
        """How much speech it tells of."""
        return float(self.heard.sum()) * HOP_S


def fingerprint(samples: Samples, where: Path = Path("recording"), limits: Limits = LIMITS) -> Fingerprint:
    """Return the fingerprint of decoded samples, empty if they are too few; raises ConfigError without fpcalc."""
    command = (
        *confined(limits),
        *(
            program("fpcalc", "libchromaprint-tools"),
            "-raw",
            "-plain",
            "-ignore-errors",
            "-length",
            str(limits.sound_s),
        ),
        *("-format", "s16le", "-rate", str(RATE), "-channels", "1", "-"),
    )
    if len(samples) / RATE < SPAN_S + HOP_S:
        return Fingerprint(np.zeros(0, np.uint32), np.zeros(0, np.bool_))
    told = run_bounded(command, limits, where, input=samples.astype("<i2").tobytes()).split(b",")
    try:
        words = np.array([int(one) for one in told], np.uint32)
    except (ValueError, OverflowError):
        raise InputError("fpcalc gives no fingerprint of it", where=str(where)) from None
    return Fingerprint(words, _heard(samples, len(words)))


def _heard(samples: Samples, count: int) -> Marks:
    said = np.concatenate([[0.0], np.cumsum(spoken(samples))])
    starts = np.arange(count) * HOP_S / FRAME_S
    begin = np.minimum(starts.astype(np.int64), len(said) - 1)
    end = np.minimum((starts + SPAN_S / FRAME_S).astype(np.int64), len(said) - 1)
    return np.asarray((said[end] - said[begin]) * FRAME_S >= _LEAST_SPOKEN * SPAN_S)
