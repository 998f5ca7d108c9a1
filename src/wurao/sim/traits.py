"""What differs from number to number: each trait is drawn from a span, and a kind is as wide as its spans."""

from typing import Final

import numpy as np

from wurao.sim.draw import Floats
from wurao.sim.figures import Manner, Span

Traits = dict[str, Floats]
"""One value a number for each name below."""

SHARES: Final = ("answer", "brush_off", "hangs_up", "redial", "callback", "known", "works", "even", "session")
AMOUNTS: Final = (
    "calls_a_day",
    "talk_s",
    "talk_sigma",
    "ring_limit_s",
    "ring_jitter",
    "incoming_a_day",
    "private_a_day",
    "regulars",
    "cells",
    "handsets",
    "step_s",
)
SCRIPTED: Final = ("talk_s", "talk_sigma", "brush_off", "hangs_up", "step_s")
"""What changes with a campaign's script."""
_P90: Final = 1.2815515655446004
_FLOOR: Final = 0.02


def drawn(rng: np.random.Generator, manner: Manner, n: int, wider: float = 1) -> Traits:
    """Return the traits of n numbers; nine in ten lie below a span's high end and above its low one.

    ``wider`` stretches every span about its middle: lognormal for amounts, normal on log-odds for shares.
    """
    found = {name: _amounts(rng, getattr(manner, name), n, wider) for name in AMOUNTS}
    found |= {name: _shares(rng, getattr(manner, name), n, wider) for name in SHARES}
    return found


def _amounts(rng: np.random.Generator, span: Span, n: int, wider: float) -> Floats:
    z = rng.standard_normal(n)
    low, high = span
    if not high:
        return np.zeros(n)
    low = max(low, high * _FLOOR)
    return np.asarray(np.sqrt(low * high) * np.exp(wider * np.log(high / low) / (2 * _P90) * z))


def _shares(rng: np.random.Generator, span: Span, n: int, wider: float) -> Floats:
    z = rng.standard_normal(n)
    low, high = (min(max(end, 1e-3), 1 - 1e-3) for end in span)
    if not span[1]:
        return np.zeros(n)
    if span[0] == 1:
        return np.ones(n)
    odds = np.log(low / (1 - low)), np.log(high / (1 - high))
    at = (odds[0] + odds[1]) / 2 + wider * (odds[1] - odds[0]) / (2 * _P90) * z
    return np.asarray(1 / (1 + np.exp(-at)))


def near(traits: Traits, z: Floats, spread: float) -> Traits:
    """Return traits about those of one campaign: ``z`` has a row for each number and a column for each trait."""
    found: Traits = {}
    for column, name in enumerate((*AMOUNTS, *SHARES)):
        moved = traits[name] * np.exp(spread * z[:, column])
        found[name] = np.minimum(moved, 0.98) if name in SHARES and traits[name][0] < 1 else moved
    return found


def of(traits: Traits, low: int, high: int) -> Traits:
    """Return the traits of a range of numbers."""
    return {name: values[low:high] for name, values in traits.items()}
