"""A batch of calls as one structured array, and how calls go: answered or not, how long, who hangs up."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from wurao.core.clock import HOUR_US
from wurao.sim.draw import Ints, lognormal
from wurao.sim.figures import Manner
from wurao.sim.written import Written

CALL: Final = np.dtype(
    [
        ("caller", "i8"),
        ("callee", "i8"),
        ("start_us", "i8"),
        ("ring_ms", "i4"),
        ("talk_ms", "i4"),
        ("disposition", "i1"),
        ("released_by", "i1"),
        ("line", "i2"),
        ("imei_tac", "i4"),
        ("cells", "i2"),
        ("source", "i2"),
    ]
)
"""``line`` is an index into the town's lines, ``source`` into its sources: the truth, which no fact tells."""
Calls = NDArray[np.void]

DISPOSITIONS: Final = ("answered", "no_answer", "busy", "rejected", "failed", "cancelled")
RELEASED_BY: Final = ("caller", "callee", "network")
_UNANSWERED: Final = np.cumsum([0.62, 0.12, 0.16, 0.02])
"""Shares of no_answer, busy, rejected and failed among unanswered calls; the rest is cancelled. Chosen."""
_RELEASE_OF: Final = np.array([0, 2, 2, 1, 2, 0], "i1")
_CALLER, _CALLEE = 0, 1


def none() -> Calls:
    """Return an empty batch."""
    return np.empty(0, CALL)


def dial(rng: np.random.Generator, caller: Written, callee: Written, start_us: Ints, manner: Manner) -> Calls:
    """Return calls with their outcome; lines, handsets and source are still to be filled in."""
    n = len(caller)
    calls = np.zeros(n, CALL)
    calls["caller"], calls["callee"], calls["start_us"] = caller, callee, start_us
    answered = rng.random(n) < manner.answer
    calls["disposition"] = np.where(answered, 0, 1 + np.searchsorted(_UNANSWERED, rng.random(n)))
    hung_up = rng.random(n) < manner.callee_hangs_up
    calls["released_by"] = np.where(answered, hung_up, _RELEASE_OF[calls["disposition"]])
    calls["talk_ms"] = np.where(answered, _talk_ms(rng, manner, n), 0)
    calls["ring_ms"] = _ring_ms(rng, manner, calls["disposition"])
    return calls


def _talk_ms(rng: np.random.Generator, manner: Manner, n: int) -> Ints:
    seconds = lognormal(rng, manner.talk_median_s, manner.talk_sigma, n)
    if manner.step_s:
        seconds = (np.floor(seconds / manner.step_s) + 1) * manner.step_s + 0.35 * rng.standard_normal(n)
    return (np.clip(seconds, 0.5, 7200) * 1000).astype(np.int64)


def _ring_ms(rng: np.random.Generator, manner: Manner, disposition: NDArray[np.int8]) -> Ints:
    seconds = np.minimum(lognormal(rng, manner.ring_median_s, 0.5, len(disposition)), manner.ring_limit_s)
    limit = manner.ring_limit_s + 0.4 * rng.standard_normal(len(disposition))
    seconds = np.where(disposition == DISPOSITIONS.index("no_answer"), limit, seconds)
    return (np.maximum(seconds, 0.2) * 1000).astype(np.int64)


def followed(rng: np.random.Generator, calls: Calls, manner: Manner, back: Manner, end_us: int) -> tuple[Calls, Calls]:
    """Return second tries and call-backs of unanswered calls that begin before ``end_us``."""
    missed = calls[calls["disposition"] != 0]
    again = missed[rng.random(len(missed)) < manner.redial]
    again_us = again["start_us"] + rng.integers(25_000_000, 170_000_000, len(again))
    tries = dial(rng, again["caller"], again["callee"], again_us, manner)
    returned = missed[rng.random(len(missed)) < manner.callback]
    back_us = returned["start_us"] + (rng.exponential(HOUR_US / 6, len(returned)) + 30_000_000).astype(np.int64)
    backs = dial(rng, returned["callee"], returned["caller"], back_us, back)
    return tries[tries["start_us"] < end_us], backs[backs["start_us"] < end_us]


def starts(rng: np.random.Generator, hour: int, n: int) -> Ints:
    """Return n instants within an hour counted from 1970 UTC."""
    return hour * HOUR_US + rng.integers(0, HOUR_US, n)


def handset_tac(numbers: Written) -> NDArray[np.int32]:
    """Return the type allocation code of each handset: eight digits that stay with the number. Made up."""
    mixed = (numbers.astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15)) >> np.uint64(40)
    return (86_000_000 + mixed % np.uint64(400) * np.uint64(10)).astype(np.int32)
