"""Traits fill their spans, draws are what they say, and numbers that change hands leave old complaints behind."""

import itertools

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wurao.core.clock import DAY_US, parse_instant
from wurao.sim import recycled, traits
from wurao.sim.directory import directory
from wurao.sim.draw import blocks, day_start_us, generator, mixed, moments
from wurao.sim.figures import Figures
from wurao.sim.world import World

START = parse_instant("2026-03-02T00:00:00+08:00")


def test_eight_tenths_lie_within_their_span(figures: Figures) -> None:
    for kind in figures.kinds:
        drawn = traits.drawn(generator(1, kind.name), kind, 8000)
        for name in (*traits.AMOUNTS, *traits.SHARES):
            low, high = getattr(kind, name)
            if low and high > low and high < 1:
                inside = np.mean((drawn[name] >= low) & (drawn[name] <= high))
                assert 0.77 < inside < 0.83, (kind.name, name)


def test_shares_stay_shares_however_wide(figures: Figures) -> None:
    for kind in figures.kinds:
        drawn = traits.drawn(generator(2, kind.name), kind, 2000, wider=4)
        for name in traits.SHARES:
            assert np.all((drawn[name] >= 0) & (drawn[name] <= 1)), (kind.name, name)
        for name in traits.AMOUNTS:
            assert np.all(np.isfinite(drawn[name]) & (drawn[name] >= 0)), (kind.name, name)


@given(st.integers(0, 200_000))
def test_blocks_cover_every_number_once(n: int) -> None:
    covered = blocks(n)
    assert sum(high - low for low, high in covered) == n
    assert all(a[1] == b[0] for a, b in itertools.pairwise(covered))


@settings(max_examples=30)
@given(st.integers(0, 2**63 - 1), st.integers(2, 50))
def test_a_hash_is_even_and_the_same_element_by_element(salt: int, n: int) -> None:
    numbers = np.arange(20_000)
    found = mixed(salt, numbers, 7)
    assert np.all(found >= 0)
    assert found[5] == mixed(salt, numbers[5:6], 7)[0]
    counts = np.bincount(found % n, minlength=n)
    assert counts.max() < 20_000 / n + 6 * (20_000 / n) ** 0.5


def test_moments_follow_the_curve(figures: Figures) -> None:
    curve = figures.curves["office"]
    hours = moments(curve, generator(3).random(50_000)) // 3_600_000_000
    shares = np.bincount(hours.astype(int), minlength=24) / 50_000
    assert np.allclose(shares, np.array(curve) / sum(curve), atol=0.01)


def test_spare_and_made_up_numbers_are_nobodys() -> None:
    known = directory(1, 4000, 2000, 500)
    ordinals = np.arange(600)
    spare = known.spare(ordinals, ordinals % 2 == 0)
    made_up = known.beside(known.subscribers[:600], ordinals)
    everybody = np.concatenate([known.subscribers, known.elsewhere, known.handsets])
    assert len(np.unique(everybody)) == len(everybody)
    assert not np.isin(np.concatenate([spare, made_up]), everybody).any()
    assert np.array_equal(made_up // 10_000, known.subscribers[:600] // 10_000)


@pytest.mark.parametrize("share", [0.0, 1.0])
def test_old_complaints_precede_the_new_owner(figures: Figures, share: float) -> None:
    people = msgspec.structs.replace(figures.people, joining=0.5, recycled=share)
    world = World(msgspec.structs.replace(figures, people=people), 1, 200, START, 7)
    rows = recycled.complaints(world)
    assert bool(len(rows)) == bool(share)
    owner = {int(number): int(day) for number, day in zip(world.subscribers, world.joins, strict=True)}
    for row in rows:
        assert row["occurred_us"] < day_start_us(owner[int(row["subject"])]) - 90 * DAY_US
        assert world.start_us <= row["received_us"] < world.end_us
