"""Where in a recording somebody speaks: by energy over the line's own noise floor.

Telephone lines are quiet or noisy as a whole, so the floor is taken from the recording itself. A detector with learnt
weights would tell music from speech; for what it is used for – how long was it silent, which parts of a fingerprint
mean anything – energy is enough.
"""

from typing import Final

import numpy as np
import numpy.typing as npt

from wurao.detection.audio.decoding import RATE, Samples

FRAME_S: Final = 0.02
_FRAME: Final = int(RATE * FRAME_S)
_FLOOR_QUANTILE: Final = 0.1
_OVER_FLOOR_DB: Final = 6.0
_LEAST_DB: Final = -50.0
"""Below this, of full scale, nothing is heard whatever the floor."""
_UNDER_PEAK_DB: Final = 25.0
"""Speech lies within this of the loudest frames: a floor of dead silence must not make hiss loud."""


def spoken(samples: Samples) -> npt.NDArray[np.bool_]:
    """Return for each frame of 20 ms whether something is said in it."""
    whole = samples[: len(samples) // _FRAME * _FRAME].reshape(-1, _FRAME).astype(np.float64) / 32768
    if not len(whole):
        return np.zeros(0, np.bool_)
    level = 10 * np.log10((whole**2).mean(axis=1) + 1e-10)
    floor, peak = np.quantile(level, _FLOOR_QUANTILE), np.quantile(level, 0.95)
    least = max(_LEAST_DB, min(floor + _OVER_FLOOR_DB, peak - 3.0), peak - _UNDER_PEAK_DB)
    return np.asarray(level >= least)


def spoken_s(samples: Samples) -> float:
    """Return how many seconds of it are spoken."""
    return round(float(spoken(samples).sum()) * FRAME_S, 2)
