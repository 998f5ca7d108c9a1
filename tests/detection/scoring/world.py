"""A small stand-in for the features: callers whose calls show who they are more clearly the more one sees."""

import numpy as np
import pyarrow as pa

from wurao.detection.scoring.classes import BAD, CLASSES, class_of
from wurao.detection.scoring.staged import Truth

KINDS = ("person", "courier", "school", "survey", "enterprise_service", "other_commercial", "fraud")
"""One category for each class."""


class World:
    """Callers 1…n; ``features`` is the port, ``truth`` what they are."""

    def __init__(self, callers: int, seed: int) -> None:
        rng = np.random.default_rng(seed)
        self.seed = seed
        self.callers = np.arange(1, callers + 1) + 1_000_000 * seed
        self.of_class = rng.integers(0, len(CLASSES), callers)
        self.calls = rng.integers(1, 150, callers)
        campaign = rng.integers(0, 40, callers)
        self.bad = np.isin(self.of_class, [CLASSES.index(name) for name in BAD])
        self.together = np.where(self.bad, -1 - campaign, np.arange(callers))

    def features(self, window: str) -> pa.Table:
        """Features of the first calls: two that tell, with noise that shrinks, and one of nothing."""
        k = int(window[1:])
        rng = np.random.default_rng([self.seed, k])
        n = np.minimum(self.calls, k)
        noise = 2 / np.sqrt(n)
        new = self.bad + noise * rng.normal(size=len(n))
        return pa.table(
            {
                "caller": self.callers,
                "first_us": np.arange(len(n)),
                "last_us": np.arange(len(n)),
                "n": n,
                "new": new,
                "cells": self.of_class + noise * rng.normal(size=len(n)),
                "answered": np.where(rng.random(len(n)) < 0.1, np.nan, rng.random(len(n))),
            }
        )

    @property
    def truth(self) -> Truth:
        """What each caller is."""
        return Truth(
            place={caller: i for i, caller in enumerate(self.callers.tolist())},
            of_class=self.of_class.astype(np.int64),
            kind=tuple(KINDS[i] for i in self.of_class),
            together=self.together.astype(np.int64),
            since_us=np.zeros(len(self.callers), np.int64),
        )


assert [class_of(kind, None, nuisance=CLASSES[i] in BAD) for i, kind in enumerate(KINDS)] == list(CLASSES)
