"""A small crowd to learn from and to judge: machines that dial strangers at a steady pace, and couriers as busy.

A courier calls the same dozen people again and again, at odd times.
"""

from pathlib import Path

import numpy as np

from wurao.core.clock import HOUR_US, SECOND_US
from wurao.detection.live.records import EVENT, Kind
from wurao.detection.live.replaying import replayed
from wurao.detection.scoring.classes import CLASSES
from wurao.detection.scoring.staged import Truth
from wurao.detection.scoring.training import Sources, train
from wurao.detection.scoring.trees import Recipe

FIRST, CALLEE, START_US = 8613700000000, 8613900000000, 20_000 * 24 * HOUR_US
CALLERS, CALLS = 300, 24


class Crowd:
    """``events`` in their order; ``machine`` says of each of ``callers`` whether it is one."""

    def __init__(self, seed: int, pace_s: float = 30) -> None:
        rng = np.random.default_rng(seed)
        size = CALLERS, CALLS
        self.callers = FIRST + seed * CALLERS + np.arange(CALLERS)
        self.machine = rng.random(CALLERS) < 0.4
        steady, odd = rng.normal(1, 0.07, size), rng.lognormal(0, 1.2, size)
        gaps = pace_s * np.where(self.machine[:, None], steady, odd)
        strangers, people = rng.integers(0, 100_000, size), rng.integers(0, 12, size) + 40 * np.arange(CALLERS)[:, None]
        events = np.zeros(size, EVENT)
        events["caller"] = self.callers[:, None]
        events["callee"] = CALLEE + 50 * np.where(self.machine[:, None], strangers, people)
        events["at_us"] = START_US + (np.cumsum(gaps, axis=1) * SECOND_US).astype(np.int64)
        events["kind"] = Kind.BEGUN
        self.events = np.sort(events.ravel(), order="at_us")

    def train(self, folder: Path) -> Path:
        """Learn a model from the crowd and return where it lies."""
        truth = Truth(
            place={caller: i for i, caller in enumerate(self.callers.tolist())},
            of_class=np.where(self.machine, CLASSES.index("fraud"), CLASSES.index("courier")),
            kind=tuple(np.where(self.machine, "fraud", "courier").tolist()),
            together=np.arange(CALLERS),
            since_us=np.zeros(CALLERS, np.int64),
        )
        recipe = Recipe(rounds=15, learning_rate=0.2, columns=1.0, parts=3, least_rows=5)
        sources = Sources({}, simulated=True, now_us=7)
        return Path(train(replayed(self.events), truth, folder, sources, recipe).path)
