"""The private life of a handset that also works: calls to and from a few friends."""

from typing import Final

import numpy as np

from wurao.sim.calls import OPTIONAL, Calls, dial
from wurao.sim.draw import Floats, Ints, day_start_us, mixed, moments
from wurao.sim.setting import Setting
from wurao.sim.written import Written

FRIENDS: Final = 25
"""Friends of such a handset; the closest get most. Chosen."""
_SALT: Final = 0xF12E


def private(
    rng: np.random.Generator, a_day: Floats, owner: Written, who: Ints, setting: Setting, day: int
) -> tuple[Calls, Ints, Calls]:
    """Return a day's calls of owners to friends, who makes them, and the calls of friends to owners.

    ``who`` is the person behind each owner's number: friends stay when the number changes.
    """
    member = np.repeat(np.arange(len(owner)), rng.poisson(a_day))
    n = len(member)
    rank = (rng.random(n) ** 3 * FRIENDS).astype(np.int64)
    friend = setting.subscribers[mixed(_SALT, who[member], rank) % len(setting.subscribers)]
    curve = setting.figures.curves[setting.figures.people.curve]
    start_us = day_start_us(day) + moments(curve, rng.random(n)).astype(np.int64)
    out = rng.random(n) < 0.5
    zeros = np.zeros(n, np.int64)
    going = dial(rng, setting.people, zeros[out], (owner[member[out]], friend[out]), start_us[out])
    coming = dial(rng, setting.people, zeros[~out], (friend[~out], owner[member[~out]]), start_us[~out])
    coming["handset"] = OPTIONAL
    return going, member[out], coming
