"""What is handed to the table of callers and what it keeps: layouts, equal to the structs of ``_callers.pyx``.

All times are int64 microseconds UTC unless a name says otherwise. What is not known yet isn't counted: ``calls`` and
everything about pace and callees stand once a call began, the rest once it ended.
"""

from enum import IntEnum, IntFlag
from typing import Final

import numpy as np
import numpy.typing as npt

Void = npt.NDArray[np.void]
"""Rows of ``EVENT`` or ``RECORD``."""

FIRST_K: Final = (5, 10, 20, 50, 100)
"""Calls after which a caller's record is handed out as it is then."""
REGISTERS: Final = 128


class Kind(IntEnum):
    """What happened to a call: it began, it ended, or – from a call record – both, told at once."""

    BEGUN = 1
    ENDED = 2
    WHOLE = 3


class Trait(IntFlag):
    """What more is known of a call, of its beginning: ``FRESH`` (they never met), ``FOLLOWED`` (its end will be told).

    Calls that nobody follows don't count as under way: each of them would be forever.
    """

    ANSWERED = 1
    BY_CALLEE = 2
    FRESH = 4
    REFUSED = 8
    FOLLOWED = 16


EVENT: Final = np.dtype(
    [
        ("at_us", np.int64),  # of its kind; a WHOLE call's beginning
        ("caller", np.uint64),
        ("callee", np.uint64),
        ("talk_ms", np.uint32),
        ("ring_cs", np.uint16),  # hundredths of a second
        ("kind", np.uint8),
        ("traits", np.uint8),
    ]
)

COUNTS: Final = (
    "weight",
    "ended",
    "answered",
    "brief",
    "by_callee",
    "unanswered",
    "fresh",
    "called_back",
    "sequential",
    "overlapping",
    "refused",
)
"""Counts that are halved together when one is full, so that shares of ``weight`` stay and the newest tell more."""

RECORD: Final = np.dtype(
    [
        ("caller", np.uint64),
        ("last_us", np.int64),
        ("last_callee", np.uint64),
        ("first_s", np.uint32),
        ("busy_ms", np.uint32),
        ("calls", np.uint32),
        ("gap_ewma_s", np.float32),
        ("gap_log_mean", np.float32),  # of the natural logarithm of seconds, as mid and dev
        ("gap_log_var", np.float32),
        ("gap_mid", np.float32),  # a running median
        ("gap_dev", np.float32),  # mean distance from it: near 0 is a machine's pace
        ("under_way", np.uint16),
        ("peak", np.uint16),
        ("sketch_kind", np.uint16),
        *((name, np.uint16) for name in COUNTS),
        ("talk_mean", np.float32),  # seconds, of answered calls
        ("talk_var", np.float32),
        ("ring_mean", np.float32),  # seconds, of unanswered calls: a dialler's time-out hardly varies
        ("ring_var", np.float32),
        ("hours", np.uint8, 12),  # 24 × 4 bits of local hours
        ("sketch", np.uint16, 8),
    ]
)
