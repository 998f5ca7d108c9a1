"""Complaints about numbers that have a new owner: the one before was nuisance, and people report late."""

from typing import Final

import numpy as np

from wurao.core.categories import METHODS
from wurao.core.clock import DAY_US
from wurao.sim.complaints import COMPLAINT, GUESSES, Complaints
from wurao.sim.draw import day_start_us, generator
from wurao.sim.world import World

EACH: Final = 4
"""Complaints about such a number on average. Chosen."""
_WORN_DAYS: Final = (92, 120)
"""Days before the new owner in which the number was worn: before its rest of 90 days."""
_LATE_DAYS: Final = 45
"""A complaint of a diligent reporter comes within so many days of the world. Chosen."""


def complaints(world: World) -> Complaints:
    """Return complaints, received while the world runs, about what a number did before it changed hands."""
    rng = generator(world.seed, "recycled")
    joining = np.flatnonzero((world.joins >= world.days.start) & (world.joins < world.days.stop))
    worn = joining[rng.random(len(joining)) < world.figures.people.recycled]
    about = np.repeat(worn, rng.poisson(EACH, len(worn)))
    n = len(about)
    since = np.array([day_start_us(day) for day in world.joins[about].tolist()], np.int64)
    rows = np.zeros(n, COMPLAINT)
    rows["subject"] = world.subscribers[about]
    rows["reporter"] = world.subscribers[rng.integers(0, len(world.subscribers), n)]
    rows["occurred_us"] = since - (rng.uniform(*_WORN_DAYS, n) * DAY_US).astype(np.int64)
    span = min(_LATE_DAYS, len(world.days)) * DAY_US
    rows["received_us"] = world.start_us + (rng.random(n) * span).astype(np.int64)
    rows["category"] = rng.integers(0, len(GUESSES), n)
    rows["method"] = METHODS.index("unknown")
    rows["text"] = -1
    kept: Complaints = rows[(rows["received_us"] < world.end_us) & (rows["reporter"] != rows["subject"])]
    return kept
