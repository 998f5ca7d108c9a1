"""``wurao bench decide``: decisions a second on random cold keys, in batches and one by one.

Full policy: every call passes overlay, risks, ranges, pairs and wishes. Baseline in the same run: two binary searches
a call (``numpy.searchsorted`` for the caller's risk and the callee's wish) without any policy.
"""

from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import click
import msgspec
import numpy as np
import numpy.typing as npt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from wurao.bench.measure import RUNS, Figures, machine, median, peak_gb, seconds
from wurao.core.clock import DAY_US
from wurao.core.payload import PairKind, Risk
from wurao.core.wishes import default_profile, strict_profile
from wurao.screening._decide import Decider
from wurao.screening.compiled_policy import NEVER, CompiledPolicy, Settings
from wurao.store.tables.build import GenerationBuilder
from wurao.store.tables.generation import Generation
from wurao.store.tables.live import LiveTables
from wurao.store.tables.tableset import TableSet
from wurao.store.tables.wishpages import FIRST_MOBILE, PAGE, SEGMENTS

U64 = npt.NDArray[np.uint64]
AS_OF_US: Final = 20_000 * DAY_US
LIVE_ENTRIES: Final = 50_000
MOBILES: Final = SEGMENTS * PAGE

options = [
    click.Option(["--risks"], type=int, help="Numbers with a level (default 1 M, --long 20 M)."),
    click.Option(["--wishes"], type=int, help="Subscribers (default 2 M, --long 50 M)."),
]


class Sizes(msgspec.Struct, frozen=True):
    """How much of everything; ``calls`` are judged in each run, ``singles`` one by one from Python."""

    risks: int
    wishes: int
    ranges: int
    pairs: int
    calls: int
    singles: int


class World(msgspec.Struct, frozen=True):
    """The keys behind the tables, sorted, to draw calls and the baseline from."""

    risks: U64
    subscribers: U64


def run(long: bool, risks: int | None = None, wishes: int | None = None) -> Figures:  # noqa: FBT001
    """Build a shield in a temporary folder, measure, and return the figures."""
    n_risks, n_wishes = risks or (20_000_000 if long else 1_000_000), wishes or (50_000_000 if long else 2_000_000)
    calls = 3_000_000 if long else 500_000
    sizes = Sizes(n_risks, n_wishes, n_risks // 40, n_wishes // 5, calls, calls // 15)
    rng = np.random.default_rng(4)
    key = Ed25519PrivateKey.generate()
    with TemporaryDirectory(prefix="wurao-bench-") as folder:
        world = world_of(rng, sizes)
        build_s = seconds(lambda: build(Path(folder), rng, sizes, world, key, _policy()))
        tables = TableSet(Path(folder), [key.public_key()])
        open_s = seconds(tables.refresh)
        generation = tables.generation
        if generation is None:
            return {"error": tables.refused}
        live = _overlay(generation, rng, world)
        tables.refresh()
        figures = _measure(tables, rng, sizes, world)
        live.close()
        return {
            "bench": "decide",
            "machine": machine(),
            "sizes": msgspec.to_builtins(sizes) | {"overlay_entries": 4 * LIVE_ENTRIES},
            "runs": RUNS,
            "build_seconds": round(build_s, 2),
            "open_and_verify_seconds": round(open_s, 2),
            "bytes_per_risk": _bytes(generation, "risk.u64") / sizes.risks,
            "bytes_per_wish": sum(_bytes(generation, f"wish.{end}") for end in ("dir", "u16")) / sizes.wishes,
            **figures,
            "peak_gb": peak_gb(),
        }


def world_of(rng: np.random.Generator, sizes: Sizes) -> World:
    """Draw the numbers that the tables hold."""
    numbers = np.unique(rng.integers(0, MOBILES, int(sizes.risks * 1.03)))
    risks = rng.permutation(numbers)[: sizes.risks] + FIRST_MOBILE
    # an operator's own segments: about 830 subscribers in each
    gaps = rng.integers(1, 24, sizes.wishes, dtype=np.uint8)
    subscribers = np.cumsum(gaps, dtype=np.uint64) + np.uint64(FIRST_MOBILE)
    return World(np.sort(risks).astype(np.uint64), subscribers)


def home(folder: Path, rng: np.random.Generator, sizes: Sizes, policy: CompiledPolicy, *, live: bool = True) -> World:
    """Make what an edge reads of a home: public key, tables of these sizes, entries in the overlay if ``live``."""
    key = Ed25519PrivateKey.generate()
    for path in (folder / "tables", folder / "public"):
        path.mkdir(parents=True)
    public = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    (folder / "public" / "sign-1.pem").write_bytes(public)
    world = world_of(rng, sizes)
    path = build(folder / "tables", rng, sizes, world, key, policy)
    if live:
        _overlay(Generation.open(path, [key.public_key()]), rng, world).close()
    return world


def build(
    folder: Path,
    rng: np.random.Generator,
    sizes: Sizes,
    world: World,
    key: Ed25519PrivateKey,
    policy: CompiledPolicy,
) -> Path:
    """Write and sign a generation of these sizes, with an empty overlay; return its folder."""
    levels = rng.integers(1, 16, sizes.risks, dtype=np.uint16) << np.uint16(5)
    profiles = rng.integers(1, 3, sizes.wishes, dtype=np.uint16)
    spans = rng.integers(1, 5, sizes.ranges, dtype=np.uint8)
    blocks = rng.choice(world.risks, sizes.ranges) // np.uint64(10) ** spans.astype(np.uint64)
    callers = rng.choice(world.risks, sizes.pairs)
    callers[::1000] = 0  # one in a thousand is an emergency call
    with GenerationBuilder(folder, change=1, as_of_us=AS_OF_US, created_us=AS_OF_US) as builder:
        builder.risks(world.risks, levels | rng.integers(0, 17, sizes.risks, dtype=np.uint16))
        builder.ranges(blocks, spans, rng.integers(1, 10, sizes.ranges, dtype=np.uint16) << np.uint16(5))
        builder.pairs(
            rng.choice(world.subscribers, sizes.pairs),
            callers,
            rng.integers(0, 8, sizes.pairs, dtype=np.uint8),
            np.full(sizes.pairs, AS_OF_US + 90 * DAY_US),
        )
        builder.wishes([(world.subscribers, profiles)], {1: default_profile(), 2: strict_profile()})
        builder.policy(msgspec.json.encode(policy))
        path = builder.finish(key)
    live = LiveTables.create(Generation.open(path, [key.public_key()]), slots=8)
    live.publish()
    live.close()
    return path


def _overlay(generation: Generation, rng: np.random.Generator, world: World) -> LiveTables:
    live = LiveTables.create(generation)
    callers = rng.choice(world.risks, LIVE_ENTRIES).tolist()
    subscribers = rng.choice(world.subscribers, LIVE_ENTRIES).tolist()
    for caller, subscriber in zip(callers, subscribers, strict=True):
        live.put_risk(caller, Risk(category=4, level=9).pack())
        live.put_range(caller // 10_000, 4, 6 << 5)
        live.put_pair(subscriber, caller, PairKind.CONTACT, 0)
        live.put_wish(subscriber, 1)
    live.publish()
    return live


def _policy() -> CompiledPolicy:
    rows = ((60, NEVER, NEVER, NEVER), (60, NEVER, NEVER, 150), (40, NEVER, NEVER, 100))
    return CompiledPolicy((Settings(rows),))


def _measure(tables: TableSet, rng: np.random.Generator, sizes: Sizes, world: World) -> Figures:
    decider = Decider(tables, _policy())
    draws = [_calls(rng, sizes.calls, world) for _ in range(RUNS)]
    out = np.empty(sizes.calls, np.uint64)
    ingress, circumstances = np.zeros(sizes.calls, np.uint16), np.zeros(sizes.calls, np.uint8)
    at_us = np.full(sizes.calls, AS_OF_US + DAY_US)
    batch_s = median(partial(decider.decide_batch, *draw, ingress, at_us, circumstances, out) for draw in draws)
    rejected = float((out & np.uint64(7) == 4).mean())
    searched_s = median(partial(_binary_searches, world, *draw) for draw in draws)
    texts = [_texts(*_calls(rng, sizes.singles, world)) for _ in range(RUNS)]
    single_s = median(partial(_one_by_one, decider, part) for part in texts)
    return {
        "batch_decisions_per_second": round(sizes.calls / batch_s),
        "single_call_us": round(1e6 * single_s / sizes.singles, 3),
        "rejected_share": round(rejected, 4),
        "baseline": "numpy.searchsorted, two binary searches a call, no policy",
        "baseline_per_second": round(sizes.calls / searched_s),
        "ratio": round(searched_s / batch_s, 1),
    }


def _calls(rng: np.random.Generator, count: int, world: World) -> tuple[U64, U64]:
    """Draw calls: half the callers are known, every callee is a subscriber."""
    strangers = rng.integers(FIRST_MOBILE, FIRST_MOBILE + MOBILES, count).astype(np.uint64)
    callers = np.where(rng.random(count) < 0.5, rng.choice(world.risks, count), strangers)
    return callers, rng.choice(world.subscribers, count)


def _binary_searches(world: World, callers: U64, callees: U64) -> None:
    np.searchsorted(world.risks, callers)
    np.searchsorted(world.subscribers, callees)


def _texts(callers: U64, callees: U64) -> list[tuple[str, str]]:
    return [(f"+{caller}", f"+{callee}") for caller, callee in zip(callers.tolist(), callees.tolist(), strict=True)]


def _one_by_one(decider: Decider, texts: list[tuple[str, str]]) -> None:
    decide = decider.decide
    for caller, callee in texts:
        decide(caller, callee)


def _bytes(generation: Generation, name: str) -> int:
    return generation.manifest.files[name].bytes
