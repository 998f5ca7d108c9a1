"""``wurao bench shield``: wishes of a whole country – bytes a subscriber, look-ups, build, memory, updates.

Two layouts: ``dense`` enrols every number of as many segments as it takes (flat pages), ``spread`` scatters the
subscribers as thinly as 540 million lie in the 517,000 segments in use in China (bitmap pages). Baseline:
``numpy.searchsorted`` over a sorted array of at most 20 M subscribers.
"""

import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import click
import numpy as np
import numpy.typing as npt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from wurao.bench.measure import RUNS, Figures, machine, median, peak_gb, seconds
from wurao.core.wishes import default_profile, strict_profile
from wurao.store.tables.build import GenerationBuilder
from wurao.store.tables.generation import Generation
from wurao.store.tables.live import LiveTables
from wurao.store.tables.wishpages import FIRST_MOBILE, PAGE, Chunk

U64 = npt.NDArray[np.uint64]
SPREAD_GAP: Final = 517_000 * PAGE / 540_000_000
"""Numbers a subscriber, 9.57: the mean distance to the next one."""
CHUNK: Final = 4_000_000
LOOKUPS: Final = 2_000_000
UPDATES: Final = 100_000
BASELINE: Final = 20_000_000
PROFILES: Final = {1: default_profile(), 2: strict_profile()}

options = [
    click.Option(["--subscribers"], type=int, help="Subscribers enrolled (default 5.4 M, --long 540 M)."),
]


class Population:
    """Streams ascending subscribers in chunks, keeps a sample of them, and its own time apart."""

    def __init__(self, subscribers: int, gap: float) -> None:
        self._rng = np.random.default_rng(5)
        self._left = subscribers
        self._gap = gap
        self._every = max(1, subscribers // (RUNS * LOOKUPS))
        self.sample: list[U64] = []
        self.seconds = 0.0

    def chunks(self) -> Iterator[Chunk]:
        """Yield (subscribers, profile numbers); gaps are random around their mean, 1 is always 1."""
        last = FIRST_MOBILE - 1
        whole, part = divmod(self._gap, 1)
        while self._left:
            start = time.perf_counter()
            count = min(CHUNK, self._left)
            gaps = self._rng.integers(1, 2 * int(whole), count, dtype=np.uint8)
            gaps += self._rng.random(count, dtype=np.float32) < part
            subscribers = np.cumsum(gaps, dtype=np.uint64) + np.uint64(last)
            profiles = self._rng.integers(1, 3, count, dtype=np.uint16)
            last = int(subscribers[-1])
            self._left -= count
            self.sample.append(subscribers[:: self._every].copy())
            self.seconds += time.perf_counter() - start
            yield subscribers, profiles

    def draws(self) -> list[U64]:
        """Return the sample in random order, one part a run."""
        return np.array_split(self._rng.permutation(np.concatenate(self.sample)), RUNS)


def run(long: bool, subscribers: int | None = None) -> Figures:  # noqa: FBT001
    """Measure both layouts in temporary folders and return the figures."""
    count = subscribers or (540_000_000 if long else 5_400_000)
    return {
        "bench": "shield",
        "machine": machine(),
        "subscribers": count,
        "runs": RUNS,
        "baseline": f"numpy.searchsorted over at most {BASELINE:,} sorted subscribers",
        "dense": _layout(count, 1),
        "spread": _layout(count, SPREAD_GAP),
        "peak_gb": peak_gb(),
    }


def _layout(count: int, gap: float) -> Figures:
    population = Population(count, gap)
    key = Ed25519PrivateKey.generate()
    with TemporaryDirectory(prefix="wurao-bench-") as folder:
        start = time.perf_counter()
        with GenerationBuilder(Path(folder), change=1, as_of_us=0, created_us=0) as builder:
            builder.wishes(population.chunks(), PROFILES)
            path = builder.finish(key)
        build_s = time.perf_counter() - start - population.seconds
        start = time.perf_counter()
        generation = Generation.open(path, [key.public_key()])
        open_s = time.perf_counter() - start
        figures = _look_up(generation, population)
        size = sum(entry.bytes for entry in generation.manifest.files.values())
        return {
            "segments": len(generation.tables["wish_dir"]),
            "bytes": size,
            "bytes_per_subscriber": round(size / count, 3),
            "build_seconds": round(build_s, 1),
            "open_and_verify_seconds": round(open_s, 2),
            **figures,
        }


def _look_up(generation: Generation, population: Population) -> Figures:
    live = LiveTables.create(generation)
    draws = population.draws()
    out = np.empty(max(map(len, draws)), np.uint16)
    look_up = live.view.wish_many
    found_s = median(partial(look_up, draw, out[: len(draw)]) for draw in draws)
    updates = draws[0][:UPDATES].tolist()
    update_s = seconds(partial(_update, live, updates))
    overlaid_s = median(partial(look_up, draw, out[: len(draw)]) for draw in draws)
    live.close()
    ordered = np.sort(np.concatenate(population.sample))[:BASELINE]
    searched_s = median(partial(np.searchsorted, ordered, draw) for draw in draws)
    n = len(draws[0])
    return {
        "lookups_per_second": round(n / found_s),
        "lookups_per_second_under_a_full_overlay": round(n / overlaid_s),
        "update_us": round(1e6 * update_s / len(updates), 2),
        "baseline_lookups_per_second": round(n / searched_s),
        "baseline_entries": len(ordered),
        "ratio": round(searched_s / found_s, 1),
    }


def _update(live: LiveTables, subscribers: list[int]) -> None:
    for subscriber in subscribers:
        live.put_wish(subscriber, 2)
