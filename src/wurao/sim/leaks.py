"""Who holds subscribers' numbers, since when, and which holder passes them on: the ground of later tracing."""

from itertools import pairwise

import msgspec
import numpy as np

from wurao.core.clock import DAY_US
from wurao.sim.draw import Ints, generator
from wurao.sim.figures import Leaks
from wurao.sim.written import Written

KINDS = ("app", "miniprogram", "site")
ARMS = ("installed", "registered", "asked_price", "ordered")


class Leads(msgspec.Struct, frozen=True):
    """Subscribers by index whom a campaign knows, since when and from which holder; in order of time."""

    subscriber: Ints
    at_us: Ints
    holder: Ints


class Holders(msgspec.Struct, frozen=True):
    """Disclosures in order of time: subscriber and holder by index, arm and kind by index."""

    subscribers: Written
    figures: Leaks
    subscriber: Ints
    holder: Ints
    at_us: Ints
    kind: Ints
    arm: Ints

    def leaked(self, seed: int, trade: str, campaigns: int) -> list[Leads]:
        """Return what each of a trade's campaigns buys: a lead goes to one of them, most within hours."""
        leaking = [i for i, name in enumerate(self.figures.holders) if self.figures.leaking.get(name) == trade]
        rng = generator(seed, "leads", trade)
        sold = np.flatnonzero(np.isin(self.holder, leaking))
        buyer = rng.integers(0, max(campaigns, 1), len(sold))
        delay_us = rng.exponential(self.figures.delay_days, len(sold)) * DAY_US
        at_us = self.at_us[sold] + delay_us.astype(np.int64)
        order = np.lexsort((at_us, buyer))
        bounds = np.searchsorted(buyer[order], np.arange(campaigns + 1))
        mine = [order[low:high] for low, high in pairwise(bounds.tolist())]
        return [Leads(self.subscriber[sold[m]], at_us[m], self.holder[sold[m]]) for m in mine]


def disclose(seed: int, figures: Leaks, subscribers: Written, start_us: int, days: int) -> Holders:
    """Return what subscribers disclosed from ``before_days`` before the world's start until ``days`` after it."""
    rng = generator(seed, "disclosures")
    whole = figures.before_days + days
    n = int(rng.poisson(figures.per_subscriber * len(subscribers) * whole / figures.before_days))
    at_us = np.sort(start_us - figures.before_days * DAY_US + rng.integers(0, whole * DAY_US, n))
    return Holders(
        subscribers,
        figures,
        rng.integers(0, len(subscribers), n),
        rng.integers(0, len(figures.holders), n),
        at_us,
        rng.choice(len(KINDS), n, p=(0.7, 0.2, 0.1)),
        rng.choice(len(ARMS), n, p=(0.3, 0.4, 0.15, 0.15)),
    )
