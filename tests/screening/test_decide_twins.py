"""The compiled decision and its pure twin agree on everything: single calls, batches, generations and overlays."""

import itertools
from collections.abc import Callable
from pathlib import Path
from typing import Literal, get_args

import msgspec
import numpy as np
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from wurao.core.clock import DAY_US, HOUR_US
from wurao.core.payload import (
    CIRCUMSTANCES,
    INVALID_CALLER,
    CallSymbol,
    DecisionFlag,
    PairKind,
    Range,
    Risk,
    range_key,
)
from wurao.core.verdict import Action, Attestation, Guard
from wurao.core.wishes import KEYS, SEGMENTS, Profile
from wurao.screening._decide import Decider
from wurao.screening.compiled_policy import MASKS, NEVER, CompiledPolicy, Settings
from wurao.screening.decide_pure import PureDecider, Question
from wurao.store.tables.build import GenerationBuilder
from wurao.store.tables.generation import Generation
from wurao.store.tables.live import LiveTables, open_live
from wurao.store.tables.probe import PureView
from wurao.store.tables.tableset import TableSet
from wurao.store.tables.wishpages import in_order

KEY = Ed25519PrivateKey.generate()
AS_OF_US = 20_000 * DAY_US + 5 * HOUR_US
SERVICE = 10**15
CALLERS = (
    0,
    INVALID_CALLER,
    INVALID_CALLER + 7,
    2**63,
    1,
    86,
    8613800000000,
    8613800000001,
    8613800009999,
    8613800010000,
    8613812345678,
    8619999999999,
    8620000000000,
    8612999999999,
    861012345678,
    8675588888888,
    86571110,
    85221234567,
    85361234567,
    886912345678,
    88621234567,
    14155550100,
    4930123456,
    999_999_999_999_999,
    *(SERVICE + n for n in (110, 119, 120, 95588, 95013123456, 95112345, 950, 951, 95599, 12345, 10086, 10085)),
    *(SERVICE + n for n in (96110, 961234, 4008001234, 8008101234, 10655001234, 10690, 11185)),
    11 * 10**14,
    11 * 10**14 + 5,
    11 * 10**14 + (1 << 42) + 9,
    11 * 10**14 + (2 << 42) + 77,
    2**50 - 2,
)
SUBSCRIBERS = (
    8613800000000,
    8613800000001,
    8613800000239,
    8613800000240,
    8613800009999,
    8613000000000,
    8619999999999,
    8613812345678,
    861012345678,
    14155550100,
    SERVICE + 95588,
    85221234567,
)

callers = st.sampled_from(CALLERS)
known_callers = st.sampled_from([n for n in CALLERS if 0 < n < INVALID_CALLER])
subscribers = st.sampled_from(SUBSCRIBERS)
risks = st.builds(Risk, st.integers(0, 31), st.integers(0, 15), *[st.booleans()] * 4).map(Risk.pack)
blocks = st.builds(Range, st.integers(0, 31), st.integers(0, 15), st.booleans(), st.booleans()).map(Range.pack)
untils = st.one_of(st.just(0), st.integers(-40, 40).map(lambda step: AS_OF_US + step * 7 * HOUR_US))
pairs = st.dictionaries(st.tuples(subscribers, st.one_of(callers, st.just(0)), st.sampled_from(PairKind)), untils)
prefixes = st.dictionaries(st.tuples(subscribers, known_callers, st.integers(1, 11), st.sampled_from([0, 1])), untils)
ranges = st.dictionaries(st.tuples(known_callers, st.integers(1, 11)), blocks, max_size=12)
profiles = st.builds(
    Profile,
    st.tuples(*[st.integers(0, 3)] * len(KEYS)),
    st.tuples(*[st.integers(0, 2)] * len(SEGMENTS)),
    st.integers(0, 47),
    st.integers(0, 47),
    st.booleans(),
)


class Side(msgspec.Struct, frozen=True):
    """What a generation or an overlay holds."""

    risk: dict[int, int]
    ranges: dict[tuple[int, int], int]
    pairs: dict[tuple[int, int, int], int]
    prefixes: dict[tuple[int, int, int, int], int]
    wishes: dict[int, int]

    def all_pairs(self) -> dict[tuple[int, int, int], int]:
        own = {(s, range_key(c // 10**k, k), kind): until for (s, c, k, kind), until in self.prefixes.items()}
        return {**self.pairs, **own}


sides = st.builds(
    Side,
    st.dictionaries(known_callers, risks, max_size=25),
    ranges,
    pairs,
    prefixes,
    st.dictionaries(subscribers, st.integers(0, 6), min_size=6),
)
rows = st.lists(st.integers(1, 260), min_size=4, max_size=4).map(
    lambda t: tuple(NEVER if x > 220 else x for x in t),
)
points = st.lists(st.integers(-60, 200), min_size=len(CallSymbol), max_size=len(CallSymbol))


def _table(weights: list[int], cap: int) -> tuple[int, ...]:
    return tuple(min(cap, sum(w for bit, w in enumerate(weights) if mask >> bit & 1)) for mask in range(MASKS))


@st.composite
def trunk_settings(draw: st.DrawFn) -> Settings:
    thresholds = draw(st.tuples(rows, rows, rows))
    live = draw(points)
    return Settings(
        thresholds=thresholds,
        trusted=draw(st.booleans()),
        overseas=draw(st.booleans()),
        call_live=_table(live, draw(st.integers(20, 200))),
        call_all=_table(draw(st.one_of(st.just(live), points)), 200),
        range_cap=draw(st.integers(0, min(row[3] for row in thresholds) - 1)),
        codes=(480, 302, draw(st.sampled_from([603, 608]))),
        personal_code=draw(st.sampled_from([603, 486])),
    )


policies = st.builds(
    CompiledPolicy,
    st.lists(trunk_settings(), min_size=1, max_size=3).map(tuple),
    call_category=st.integers(0, 2**30).map(lambda seed: tuple((seed * (m + 1) >> 7) % 32 for m in range(MASKS))),
    evidence=st.integers(0, MASKS - 1),
)
questions = st.builds(
    Question,
    callers,
    subscribers,
    st.integers(0, 4),
    st.one_of(st.integers(-1, 2**45), st.integers(-60, 60).map(lambda step: AS_OF_US + step * 5 * HOUR_US)),
    st.booleans(),
    st.sampled_from(get_args(Attestation)),
)


def build(folder: Path, side: Side, known: dict[int, Profile]) -> Generation:
    def column(values: object, kind: type) -> np.ndarray:
        return np.array(list(values), kind)  # type: ignore[call-overload]

    held = side.all_pairs()
    wishes = {s: number if number in known else 0 for s, number in side.wishes.items()}
    with GenerationBuilder(folder, change=1, as_of_us=AS_OF_US, created_us=AS_OF_US) as builder:
        builder.risks(column(side.risk, np.uint64), column(side.risk.values(), np.uint16))
        builder.ranges(
            column((n // 10**k for n, k in side.ranges), np.uint64),
            column((k for _, k in side.ranges), np.uint8),
            column(side.ranges.values(), np.uint16),
        )
        builder.pairs(
            column((s for s, _, _ in held), np.uint64),
            column((c for _, c, _ in held), np.uint64),
            column((k for _, _, k in held), np.uint8),
            column(held.values(), np.int64),
        )
        builder.wishes([in_order(column(wishes, np.uint64), column(wishes.values(), np.uint16))], known)
        return Generation.open(builder.finish(KEY), [KEY.public_key()])


def overlay(generation: Generation, side: Side, known: dict[int, Profile]) -> None:
    live = LiveTables.create(generation, slots=256)
    for number, profile in known.items():
        live.put_profile(number, profile)
    for number, payload in side.risk.items():
        live.put_risk(number, payload)
    for (number, span), payload in side.ranges.items():
        live.put_range(number // 10**span, span, payload)
    for (subscriber, caller, kind), until_us in side.all_pairs().items():
        if until_us % 3 == 1:
            live.drop_pair(subscriber, caller, kind)
        else:
            live.put_pair(subscriber, caller, kind, until_us)
    for subscriber, number in side.wishes.items():
        live.put_wish(subscriber, number)
    live.publish()
    live.close()


def words_of(decider: Decider, calls: list[Question]) -> list[int]:
    out = np.zeros(len(calls), np.uint64)
    decider.decide_batch(
        np.array([c.caller for c in calls], np.uint64),
        np.array([c.callee for c in calls], np.uint64),
        np.array([c.ingress for c in calls], np.uint16),
        np.array([c.at_us for c in calls], np.int64),
        np.array([c.repeat | CIRCUMSTANCES.get(c.attestation, 0) for c in calls], np.uint8),
        out,
    )
    return out.tolist()


def single(decider: Decider, call: Question) -> int:
    at_us = max(call.at_us, 0)
    return decider.decide(call.caller, call.callee, call.ingress, at_us, call.repeat, call.attestation).word


def agree(tables: TableSet, policy: CompiledPolicy, calls: list[Question]) -> list[int]:
    """Return the words on which compiled single, compiled batch and both pure readings agree."""
    generation = tables.generation
    assert generation is not None
    assert tables.current is not None
    path = generation.path.parent / "live" / tables.current.overlay
    live = open_live(path, generation) if tables.current.overlay != "-" else {}
    decider = Decider(tables, policy)
    pure = PureDecider(PureView(generation, live), policy)
    mixed = PureDecider(tables.view, policy)
    batch = words_of(decider, calls)
    for call, word in zip(calls, batch, strict=True):
        expected = pure.decide(call)
        assert expected.unpack(word) == expected, call
        assert single(decider, call) == word == expected.pack(), call
        assert mixed.decide(call) == expected, call
    assert decider.faults == 0
    return batch


@pytest.fixture(scope="module")
def fresh(tmp_path_factory: pytest.TempPathFactory) -> Callable[[], Path]:
    root, counter = tmp_path_factory.mktemp("twins"), itertools.count()
    return lambda: root / str(next(counter))


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    sides,
    st.none() | sides,
    st.dictionaries(st.integers(1, 6), profiles, min_size=3),
    policies,
    st.lists(questions, min_size=1, max_size=60),
)
def test_the_two_engines_agree_on_any_world(
    fresh: Callable[[], Path],
    side: Side,
    over: Side | None,
    known: dict[int, Profile],
    policy: CompiledPolicy,
    calls: list[Question],
) -> None:
    folder = fresh()
    generation = build(folder, side, known)
    if over is None:
        live = LiveTables.create(generation, slots=8)
        live.publish()
        live.close()
    else:
        overlay(generation, over, known)
    agree(TableSet.open(folder, [KEY.public_key()]), policy, calls)


class Town(msgspec.Struct, frozen=True):
    """Tables of a random town with their policy; ``met`` are subscriber and caller of each listed pair."""

    tables: TableSet
    policy: CompiledPolicy
    numbers: np.ndarray
    met: np.ndarray


def random_town(folder: Path, rng: np.random.Generator) -> Town:
    town = np.unique(8613800000000 + rng.integers(0, 400_000, 20_000)).astype(np.uint64)
    known = {number: random_profile(rng) for number in range(1, 25)}

    def some(count: int) -> list[int]:
        found: list[int] = rng.choice(np.append(town, np.array(CALLERS[4:], np.uint64)), count).tolist()
        return found

    def payloads(count: int, mask: int) -> list[int]:
        found: list[int] = (rng.integers(0, 1 << 14, count) & mask).tolist()
        return found

    def random_side(scale: int) -> Side:
        few = scale // 4
        untils = np.where(rng.random(scale) < 0.3, 0, AS_OF_US + rng.integers(-9, 40, scale) * DAY_US // 3).tolist()
        others = np.where(rng.random(scale) < 0.2, 0, some(scale)).tolist()
        kinds = np.where(np.array(others) == 0, PairKind.EMERGENCY, rng.integers(0, 8, scale)).tolist()
        spans = rng.integers(1, 12, few).tolist()
        return Side(
            dict(zip(some(scale), payloads(scale, 0x1FFF), strict=True)),
            dict(zip(zip(some(few), spans, strict=True), payloads(few, 0x7FF), strict=True)),
            dict(zip(zip(some(scale), others, kinds, strict=True), untils, strict=True)),
            {},
            dict(zip(some(scale), rng.integers(0, 41, scale).tolist(), strict=True)),
        )

    below, above = random_side(10_000), random_side(150)
    overlay(build(folder, below, known), above, known)
    met = np.array([(s, c or town[0]) for s, c, _ in (*below.pairs, *above.pairs)], np.uint64)
    return Town(TableSet.open(folder, [KEY.public_key()]), random_policy(rng), town, met)


def random_profile(rng: np.random.Generator) -> Profile:
    return Profile(
        tuple(rng.integers(0, 4, len(KEYS)).tolist()),
        tuple(rng.integers(0, 3, len(SEGMENTS)).tolist()),
        int(rng.integers(0, 48)),
        int(rng.integers(0, 48)),
        bool(rng.integers(0, 2)),
    )


def random_policy(rng: np.random.Generator) -> CompiledPolicy:
    live: list[int] = rng.integers(-50, 160, len(CallSymbol)).tolist()
    line = Settings(((60, 90, 95, 140),) * 3, trusted=False, overseas=True)
    return CompiledPolicy(
        (
            Settings(((60, NEVER, NEVER, NEVER), (60, NEVER, 120, 150), (40, 70, NEVER, 100))),
            msgspec.structs.replace(line, call_live=_table(live, 150), call_all=_table(live, 200)),
        ),
        call_category=tuple(rng.integers(0, 32, MASKS).tolist()),
    )


def ask(rng: np.random.Generator, callers: np.ndarray, callees: np.ndarray) -> list[Question]:
    n = len(callers)
    at_us = AS_OF_US + rng.integers(-2, 30, n) * DAY_US // 2
    flags = (rng.integers(0, 2, n), rng.choice(np.array(get_args(Attestation)), n))
    columns = (callers, callees, rng.integers(0, 3, n), at_us, *flags)
    return [
        Question(a, b, k, at, bool(r), c)
        for a, b, k, at, r, c in zip(*(column.tolist() for column in columns), strict=True)
    ]


@pytest.mark.twins
def test_the_two_engines_agree_on_many_calls(tmp_path: Path, size: Literal["desk", "ci", "long"]) -> None:
    rng = np.random.default_rng(20_260_801)
    town = random_town(tmp_path / "tables", rng)
    rounds, n = {"desk": (1, 5_000), "ci": (5, 10_000), "long": (100, 10_000)}[size]
    hostile = np.array(CALLERS, np.uint64)
    words: list[int] = []
    for _ in range(rounds):
        met = rng.choice(town.met, n // 2)
        asked = [
            *ask(rng, rng.choice(town.numbers, n // 2), rng.choice(town.numbers, n // 2)),
            *ask(rng, met[:, 1], met[:, 0]),
            *ask(rng, rng.choice(hostile, n // 10), rng.choice(np.append(town.numbers, hostile), n // 10)),
        ]
        words += agree(town.tables, town.policy, asked)
    settled = {(Action(word & 7), Guard(word >> 3 & 31)) for word in words}
    assert {guard for _, guard in settled} == set(Guard)
    assert {action for action, guard in settled if guard == Guard.SYSTEM} == set(Action)
    assert any(word >> 17 & DecisionFlag.SHADOW for word in words)
