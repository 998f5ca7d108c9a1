"""A batch of calls as one structured array, and how calls go: answered or not, how long, who hangs up."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from wurao.core.clock import DAY_US
from wurao.sim.draw import Floats, Ints, lognormal, mixed
from wurao.sim.traits import Traits
from wurao.sim.written import Written

CALL: Final = np.dtype(
    [
        ("caller", "i8"),
        ("callee", "i8"),
        ("start_us", "i8"),
        ("ring_ms", "i4"),
        ("talk_ms", "i4"),
        ("imei_tac", "i4"),
        ("cells", "i2"),
        ("line", "i2"),
        ("source", "i2"),
        ("disposition", "i1"),
        ("released_by", "i1"),
        ("handset", "i1"),
    ]
)
"""``line`` is an index into the world's lines, ``source`` into its sources: the truth, which no fact tells.

``handset`` says that the caller has one ear only: 0 no, 1 yes, 2 yes and the call is one that may as well not be made.
"""
Calls = NDArray[np.void]

DISPOSITIONS: Final = ("answered", "no_answer", "busy", "rejected", "failed", "cancelled")
RELEASED_BY: Final = ("caller", "callee", "network")
NO_ANSWER, REJECTED, FAILED = (DISPOSITIONS.index(name) for name in ("no_answer", "rejected", "failed"))
DESK, HANDSET, OPTIONAL = range(3)
OWN: Final = 1
"""Mark of a call that its source made itself, until the world writes which source that is; 0 is people's."""
NETWORK: Final = RELEASED_BY.index("network")
_UNANSWERED: Final = np.cumsum([0.62, 0.12, 0.16, 0.02])
"""Shares of no_answer, busy, rejected and failed among unanswered calls; the rest is cancelled. Chosen."""
_RELEASE_OF: Final = np.array([0, 2, 2, 1, 2, 0], "i1")
_RING_S: Final = 8.0
_PATIENCE_US: Final = 1_500_000


def none() -> Calls:
    """Return an empty batch."""
    return np.empty(0, CALL)


def dial(
    rng: np.random.Generator, traits: Traits, member: Ints, numbers: tuple[Written, Written], start_us: Ints
) -> Calls:
    """Return calls of members (rows of ``traits``) from one number to another, with their outcome.

    Lines, handsets and source are still to be filled in.
    """
    n = len(member)
    calls = np.zeros(n, CALL)
    calls["caller"], calls["callee"], calls["start_us"] = *numbers, start_us
    answered = rng.random(n) < traits["answer"][member]
    disposition = np.where(answered, 0, 1 + np.searchsorted(_UNANSWERED, rng.random(n)))
    brushed = rng.random(n) < traits["brush_off"][member]
    hung_up = brushed | (rng.random(n) < traits["hangs_up"][member])
    calls["disposition"] = disposition
    calls["released_by"] = np.where(answered, hung_up, _RELEASE_OF[disposition])
    calls["talk_ms"] = np.where(answered, _talk_ms(rng, traits, member, brushed), 0)
    calls["ring_ms"] = _ring_ms(rng, traits, member, disposition)
    return calls


def _talk_ms(rng: np.random.Generator, traits: Traits, member: Ints, brushed: NDArray[np.bool_]) -> Ints:
    n = len(member)
    seconds = lognormal(rng, traits["talk_s"][member], traits["talk_sigma"][member], n)
    step = traits["step_s"][member]
    noise = 0.4 * rng.standard_normal(n)
    if step.any():
        scripted = (np.floor(seconds / np.maximum(step, 0.1)) + 1) * step + noise
        seconds = np.where(step > 0, scripted, seconds)
    seconds = np.where(brushed, 1 + rng.gamma(2, 1.8, n), seconds)
    return (np.clip(seconds, 0.5, 7200) * 1000).astype(np.int64)


def _ring_ms(rng: np.random.Generator, traits: Traits, member: Ints, disposition: Ints) -> Ints:
    limit = traits["ring_limit_s"][member]
    seconds = np.minimum(lognormal(rng, _RING_S, 0.5, len(member)), limit)
    patience = limit * (1 + traits["ring_jitter"][member] * rng.standard_normal(len(member)))
    seconds = np.where(disposition == NO_ANSWER, np.minimum(patience, 90), seconds)
    return (np.maximum(seconds, 0.2) * 1000).astype(np.int64)


def again(rng: np.random.Generator, calls: Calls, member: Ints, traits: Traits) -> tuple[Calls, Ints]:
    """Return second tries of unanswered calls, within three minutes, and who makes them."""
    missed = (calls["disposition"] != 0) & (rng.random(len(calls)) < traits["redial"][member])
    first, who = calls[missed], member[missed]
    start_us = first["start_us"] + first["ring_ms"] * 1000 + rng.integers(5_000_000, 150_000_000, len(first))
    return dial(rng, traits, who, (first["caller"], first["callee"]), start_us), who


def back(rng: np.random.Generator, calls: Calls, share: Floats, people: Traits) -> Calls:
    """Return the calls by which called people answer those that they missed, and now and then one that they took."""
    wish = np.where(calls["disposition"] == 0, 0.15, 1) * share
    first = calls[(rng.random(len(calls)) < wish) & (calls["disposition"] != FAILED) & (calls["ring_ms"] > 0)]
    start_us = ends_us(first) + (rng.exponential(900, len(first)) * 1e6).astype(np.int64) + 20_000_000
    calls = dial(rng, people, np.zeros(len(first), np.int64), (first["callee"], first["caller"]), start_us)
    calls["handset"] = OPTIONAL
    return calls


def ends_us(calls: Calls) -> Ints:
    """Return the instants at which calls are over."""
    ended: Ints = calls["start_us"] + (calls["ring_ms"].astype(np.int64) + calls["talk_ms"]) * 1000
    return ended


def one_at_a_time(rng: np.random.Generator, calls: Calls, member: Ints) -> tuple[Calls, Ints]:
    """Return a handset's calls with those that would overlap moved behind each other, in order of member and start."""
    order = np.lexsort((calls["start_us"], member))
    calls, member = calls[order], member[order]
    took = ends_us(calls) - calls["start_us"] + _PATIENCE_US + rng.integers(0, 8_000_000, len(calls))
    before = np.cumsum(took) - took
    # t'ᵢ = max(tᵢ, t'ᵢ₋₁ + dᵢ₋₁) is a running maximum of tᵢ - Dᵢ, kept apart for each member by an offset
    apart = member * (64 * DAY_US)
    base = calls["start_us"][:1].sum()
    calls["start_us"] = np.maximum.accumulate(calls["start_us"] - base - before + apart) - apart + before + base
    return calls, member


def within_day(calls: Calls, end_us: int) -> Calls:
    """Return the calls that begin before the day's end; nobody talks past midnight."""
    calls = calls[calls["start_us"] + calls["ring_ms"] * 1000 < end_us]
    left_ms = (end_us - calls["start_us"]) // 1000 - calls["ring_ms"]
    calls["talk_ms"] = np.minimum(calls["talk_ms"], left_ms)
    return calls


def without_clashes(calls: Calls) -> Calls:
    """Return calls in order of start, without optional ones that a busy handset can't make."""
    calls = calls[np.argsort(calls["start_us"], kind="stable")]
    one_ear = np.flatnonzero(calls["handset"])
    if not len(one_ear):
        return calls
    mine = calls[one_ear]
    order = np.argsort(mine["caller"], kind="stable")
    mine, one_ear = mine[order], one_ear[order]
    new = np.concatenate([[True], mine["caller"][1:] != mine["caller"][:-1]])
    apart = np.cumsum(new) * (4 * DAY_US)
    base = mine["start_us"].min()
    over = np.maximum.accumulate(ends_us(mine) - base + apart)
    busy = ~new
    busy[1:] &= (mine["start_us"] - base + apart)[1:] < over[:-1]
    clashing = busy & (mine["handset"] == OPTIONAL)
    # a must that overlaps with an optional call before it: that one gives way
    victim = np.concatenate([busy[1:] & (mine["handset"][1:] == HANDSET), [False]])
    keep = np.ones(len(calls), bool)
    keep[one_ear[clashing | (victim & (mine["handset"] == OPTIONAL))]] = False
    return calls[keep]


def handset_tac(numbers: Written, which: Ints | int = 0) -> NDArray[np.int32]:
    """Return the type allocation code, eight digits, of a number's handsets. Made up."""
    return (86_000_000 + mixed(0x7AC, numbers, which) % 400 * 10).astype(np.int32)
