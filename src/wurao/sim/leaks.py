"""Who holds subscribers' numbers, since when, and which holder passes them on: the ground of later tracing."""

import msgspec
import numpy as np

from wurao.core.clock import DAY_US
from wurao.sim.draw import Ints, generator
from wurao.sim.figures import Leaks
from wurao.sim.written import Written

KINDS = ("app", "miniprogram", "site")
ARMS = ("installed", "registered", "asked_price", "ordered")


class Holders(msgspec.Struct, frozen=True):
    """Disclosures in order of time: subscriber and holder by index, arm and kind by index; and who leaks to whom."""

    subscribers: Written
    figures: Leaks
    subscriber: Ints
    holder: Ints
    at_us: Ints
    kind: Ints
    arm: Ints

    def leaked(self, campaign: str, until_us: int) -> Ints:
        """Return the subscribers, by index, whose numbers a campaign has by an instant."""
        end = int(np.searchsorted(self.at_us, until_us))
        leaking = [i for i, name in enumerate(self.figures.holders) if self.figures.leaking.get(name) == campaign]
        return self.subscriber[:end][np.isin(self.holder[:end], leaking)]


def disclose(seed: int, figures: Leaks, subscribers: Written, start_us: int, days: int) -> Holders:
    """Return what subscribers disclosed from ``before_days`` before the town's start until ``days`` after it."""
    rng = generator(seed, "disclosures")
    n = int(rng.poisson(figures.per_subscriber * len(subscribers)))
    span = (figures.before_days + days) * DAY_US
    at_us = np.sort(start_us - figures.before_days * DAY_US + rng.integers(0, span, n))
    return Holders(
        subscribers,
        figures,
        rng.integers(0, len(subscribers), n),
        rng.integers(0, len(figures.holders), n),
        at_us,
        rng.choice(len(KINDS), n, p=(0.7, 0.2, 0.1)),
        rng.choice(len(ARMS), n, p=(0.3, 0.4, 0.15, 0.15)),
    )
