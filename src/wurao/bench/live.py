"""``wurao bench live``: updates a second of the table of callers, bytes a caller, one update, replay after a crash.

Every caller is known before anything is measured. Callers are drawn by Zipf (a few dial most) and evenly, callees
evenly among all mobiles; every event is a whole call. Baseline in the same run: the table's plain twin in Python, with
a hundredth of the callers.
"""

import time
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import click
import numpy as np
import numpy.typing as npt

from wurao.bench.measure import RUNS, Figures, machine, median, peak_gb, seconds
from wurao.core.clock import DAY_US, SECOND_US
from wurao.detection.live._callers import Callers
from wurao.detection.live.lasting import LastingCallers
from wurao.detection.live.pure import PlainCallers
from wurao.detection.live.records import EVENT, Kind, Trait, Void
from wurao.store.home import Home
from wurao.store.keys import KeyRing
from wurao.store.tables.wishpages import FIRST_MOBILE, PAGE, SEGMENTS

START_US: Final = 20_000 * DAY_US
MOBILES: Final = SEGMENTS * PAGE
BATCH: Final = 10_000
EXPONENT: Final = 1.1
SINGLES: Final = 200_000
PLAIN_SHARE: Final = 100
U64 = npt.NDArray[np.uint64]

options = [click.Option(["--callers"], type=int, help="Callers in the table (default 1 M, --long 10 M).")]


def run(long: bool, callers: int | None = None) -> Figures:  # noqa: FBT001
    """Fill a table, measure, kill nothing but open it anew, and return the figures."""
    size = callers or (10_000_000 if long else 1_000_000)
    rng = np.random.default_rng(5)
    numbers = rng.choice(MOBILES, size, replace=False).astype(np.uint64) + np.uint64(FIRST_MOBILE)
    events = max(min(3 * size, 9_000_000) // RUNS, BATCH)
    drawn = {"zipf": _zipf(rng, size, events * RUNS), "uniform": rng.integers(0, size, events * RUNS)}
    with TemporaryDirectory(prefix="wurao-bench-") as folder:
        home = Home.create(Path(folder) / "home")
        with home.lock():
            keys = KeyRing.open(home)
            lasting = LastingCallers(home, keys, size)
            table = lasting.callers
            fill_s = seconds(lambda: _each_once(table, rng, numbers))
            figures = {name: _measured(table, rng, numbers[ranks]) for name, ranks in drawn.items()}
            single = _single(table, _events(rng, numbers[_zipf(rng, size, SINGLES)]))
            lasted = _lasting(home, keys, lasting, _events(rng, numbers[_zipf(rng, size, events)]))
    return {
        "bench": "live",
        "machine": machine(),
        "sizes": {"callers": len(table), "events": events, "batch": BATCH, "zipf_exponent": EXPONENT},
        "runs": RUNS,
        "bytes_per_caller": round(table.bytes / len(table), 1),
        "new_callers_per_second": round(size / fill_s),
        **figures,
        "single_update_us": single,
        **lasted,
        "baseline": "the plain twin in Python",
        "baseline_per_second": _baseline(rng, numbers[: size // PLAIN_SHARE]),
        "peak_gb": peak_gb(),
    }


def _zipf(rng: np.random.Generator, size: int, count: int) -> npt.NDArray[np.int64]:
    """Draw ranks below ``size`` with P(rank) ~ (rank + 1)^-EXPONENT, by the inverse of the continuous law."""
    most = 1 - size ** (1 - EXPONENT)
    ranks = (1 - rng.random(count) * most) ** (1 / (1 - EXPONENT)) - 1
    whole: npt.NDArray[np.int64] = np.minimum(ranks.astype(np.int64), size - 1)
    return whole


def _events(rng: np.random.Generator, callers: U64, from_us: int = START_US + DAY_US) -> Void:
    made = np.zeros(len(callers), EVENT)
    made["at_us"] = from_us + np.cumsum(rng.integers(0, 600, len(made)))
    made["caller"] = callers
    made["callee"] = rng.integers(FIRST_MOBILE, FIRST_MOBILE + MOBILES, len(made))
    answered = rng.random(len(made)) < 0.4
    made["talk_ms"] = np.where(answered, rng.integers(1_000, 90_000, len(made)), 0)
    made["ring_cs"] = rng.integers(100, 3_000, len(made))
    made["kind"] = Kind.WHOLE
    made["traits"] = np.where(answered, np.uint8(Trait.ANSWERED), np.uint8(0))
    return made


def _each_once(table: Callers, rng: np.random.Generator, numbers: U64) -> None:
    for start in range(0, len(numbers), 1_000_000):
        table.update(_events(rng, numbers[start : start + 1_000_000], START_US + start * SECOND_US // 1_000))


def _measured(table: Callers, rng: np.random.Generator, callers: U64) -> Figures:
    parts = [_events(rng, part) for part in np.array_split(callers, RUNS)]
    began_s = time.process_time()
    took_s = median(partial(_in_batches, table, part) for part in parts)
    cpu_s = time.process_time() - began_s
    return {
        "updates_per_second": round(len(parts[0]) / took_s),
        "updates_per_cpu_second": round(len(callers) / cpu_s),
        "callers_met": len(np.unique(callers)),
    }


def _in_batches(table: Callers | LastingCallers, events: Void) -> None:
    for start in range(0, len(events), BATCH):
        table.update(events[start : start + BATCH])


def _single(table: Callers, events: Void) -> Figures:
    took = np.zeros(len(events), np.int64)
    rows = [events[n : n + 1] for n in range(len(events))]
    update, now = table.update, time.perf_counter_ns
    for n, row in enumerate(rows):
        began = now()
        update(row)
        took[n] = now() - began
    p50, p99 = np.percentile(took, [50, 99]) / 1e3
    return {"p50": round(float(p50), 2), "p99": round(float(p99), 2)}


def _logged(lasting: LastingCallers, events: Void) -> None:
    for part in np.array_split(events, -(-len(events) // (100 * BATCH))):
        _in_batches(lasting, part)
        lasting.commit()


def _lasting(home: Home, keys: KeyRing, lasting: LastingCallers, events: Void) -> Figures:
    """Measure what durability costs, then open what a crash would leave: a snapshot and a log after it."""
    snapshot_s = seconds(lasting.snapshot)
    logged_s = seconds(partial(_logged, lasting, events))
    before = lasting.callers.state
    opened: list[LastingCallers] = []
    replay_s = seconds(lambda: opened.append(LastingCallers(home, keys, before[0])))
    assert opened[0].callers.state == before  # noqa: S101 - else the figure would be of something else
    return {
        "snapshot_seconds": round(snapshot_s, 2),
        "logged_updates_per_second": round(len(events) / logged_s),
        "replay_seconds": round(replay_s, 2),
        "replayed": {"callers": before[0], "events": len(events)},
    }


def _baseline(rng: np.random.Generator, numbers: U64) -> int:
    plain = PlainCallers(len(numbers))
    plain.update(_events(rng, numbers, START_US))
    events = _events(rng, rng.choice(numbers, len(numbers)))
    return round(len(events) / seconds(lambda: plain.update(events)))
