"""Wish pages hold what was written, in whichever form the density calls for, and refuse what isn't in order."""

from pathlib import Path

import numpy as np
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from wurao.core.errors import InputError
from wurao.core.wishes import default_profile
from wurao.store.tables.build import GenerationBuilder
from wurao.store.tables.generation import Generation
from wurao.store.tables.live import view_of
from wurao.store.tables.probe import PureView
from wurao.store.tables.wishpages import FIRST_MOBILE, in_order

KEY = Ed25519PrivateKey.generate()
PROFILES = dict.fromkeys(range(1, 65_536, 13_107), default_profile())
NUMBERS = np.array(sorted(PROFILES), np.uint16)


def build(folder: Path, subscribers: np.ndarray, profiles: np.ndarray, chunk: int) -> Generation:
    parts = [slice(start, start + chunk) for start in range(0, len(subscribers), chunk)]
    with GenerationBuilder(folder, change=1, as_of_us=0, created_us=0) as builder:
        builder.wishes(((subscribers[part], profiles[part]) for part in parts), PROFILES)
        return Generation.open(builder.finish(KEY), [KEY.public_key()])


def check(generation: Generation, expected: dict[int, int]) -> None:
    view, pure = view_of(generation, {}), PureView(generation, {})
    asked = {near for subscriber in expected for near in (subscriber - 1, subscriber, subscriber + 1)}
    asked |= {0, 1, FIRST_MOBILE - 1, FIRST_MOBILE, 8_619_999_999_999, 8_620_000_000_000, 2**50}
    order = sorted(asked)
    out = np.empty(len(order), np.uint16)
    view.wish_many(np.array(order, np.uint64), out)
    assert out.tolist() == [expected.get(subscriber, 0) for subscriber in order]
    for subscriber in order[:: max(1, len(order) // 3000)]:
        assert view.wish(subscriber) == pure.wish(subscriber) == expected.get(subscriber, 0)


subscribers = st.dictionaries(
    st.one_of(
        st.integers(FIRST_MOBILE, FIRST_MOBILE + 60_000),
        st.integers(8_619_999_970_000, 8_620_000_000_010),
        st.integers(1, 10**15 - 1),
    ),
    st.sampled_from([0, *NUMBERS.tolist()]),
    max_size=300,
)


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(subscribers, st.integers(1, 50))
def test_whatever_is_written_is_read(
    tmp_path_factory: pytest.TempPathFactory, wishes: dict[int, int], chunk: int
) -> None:
    ordered, numbers = in_order(np.array(list(wishes), np.uint64), np.array(list(wishes.values()), np.uint16))
    generation = build(tmp_path_factory.mktemp("wishes"), ordered, numbers, chunk)
    check(generation, wishes)
    assert generation.manifest.counts["subscribers"] == sum(number > 0 for number in wishes.values())


@pytest.mark.parametrize("enrolled", [1, 240, 9_317, 9_318, 10_000])
def test_the_builder_takes_the_smaller_page(tmp_path: Path, enrolled: int) -> None:
    rng = np.random.default_rng(enrolled)
    low = np.sort(rng.choice(10_000, enrolled, replace=False)).astype(np.uint64)
    ordered = np.concatenate((low, low + np.uint64(30_000))) + np.uint64(FIRST_MOBILE)
    numbers = rng.choice(NUMBERS, 2 * enrolled)
    generation = build(tmp_path, ordered, numbers, 7_000)
    check(generation, dict(zip(ordered.tolist(), numbers.tolist(), strict=True)))
    pages = generation.manifest.files
    lines = -(-min(20_000, 1334 + 2 * enrolled) // 32)
    assert pages["wish.u16"].bytes == 2 * 32 * lines


@pytest.mark.parametrize("order", [[5, 4], [4, 4]])
def test_disorder_is_refused_and_leaves_nothing(tmp_path: Path, order: list[int]) -> None:
    with pytest.raises(InputError, match="ascending"):
        build(tmp_path, np.array(order, np.uint64) + np.uint64(FIRST_MOBILE), np.ones(2, np.uint16), 1)
    assert [path.name for path in tmp_path.iterdir()] == [".build.lock"]


def test_a_wish_names_a_profile_that_exists(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="profile"):
        build(tmp_path, np.array([FIRST_MOBILE], np.uint64), np.array([65_535], np.uint16), 1)
