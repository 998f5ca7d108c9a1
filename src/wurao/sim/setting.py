"""What every caller needs of the world around it."""

import numpy as np
from numpy.typing import NDArray

from wurao.sim.draw import generator
from wurao.sim.figures import Figures
from wurao.sim.traits import Traits
from wurao.sim.written import Written


class Setting:
    """Seed, figures, whom one can call, how people phone, the first day; the same for all callers of a world."""

    def __init__(self, seed: int, figures: Figures, subscribers: Written, people: Traits, first_day: int) -> None:
        self.seed = seed
        self.figures = figures
        self.subscribers = subscribers
        self.people = people
        self.first_day = first_day
        self.ascending = np.sort(subscribers)

    def is_subscriber(self, numbers: Written) -> NDArray[np.bool_]:
        """Say of each number whether it is a subscriber's."""
        at = np.searchsorted(self.ascending, numbers).clip(0, len(self.ascending) - 1)
        same: NDArray[np.bool_] = self.ascending[at] == numbers
        return same

    def week(self, day: int) -> int:
        """Return the weeks that have passed since the world began."""
        return max(0, day - self.first_day) // 7

    def drift(self, name: str, day: int) -> float:
        """Return by which factor a kind's calls have grown longer since the world began."""
        steps = generator(self.seed, "drift", name).standard_normal(self.week(day) + 1)
        return float(np.exp(self.figures.drift_a_week * steps[1:].sum()))
