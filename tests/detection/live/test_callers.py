"""The table of callers: what it counts, that its twin counts the same, and how it forgets."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wurao.core.clock import MINUTE_US, SECOND_US
from wurao.detection.live._callers import Callers
from wurao.detection.live.pure import PlainCallers
from wurao.detection.live.records import COUNTS, EVENT, RECORD, Kind, Trait

ROBOT, COURIER, ME = 8613512345678, 8613712345678, 8613900000001
NOW = 1_787_000_000 * SECOND_US
EXACT = ("caller", "last_us", "last_callee", "first_s", "busy_ms", "calls", "under_way", "peak", *COUNTS)
ROUNDED = tuple(name for name in RECORD.names if RECORD[name].kind == "f")


def events(*rows):
    return np.array(list(rows), EVENT)


def whole(caller, callee, at_us, talk_ms=0, ring_cs=600, traits=0):
    return (at_us, caller, callee, talk_ms, ring_cs, Kind.WHOLE, traits | (Trait.ANSWERED if talk_ms else 0))


def told(*rows, capacity=100):
    callers = Callers(capacity)
    callers.update(events(*rows))
    return callers


def test_a_record_is_two_cache_lines():
    assert RECORD.itemsize == 128
    assert EVENT.itemsize == 32
    callers = Callers(1_000_000)
    assert callers.held.ctypes.data % 64 == 0
    assert callers.bytes / callers.capacity < 150


def test_a_robot_shows_its_pace_its_fan_and_its_short_talks():
    rows = [
        whole(ROBOT, ME + 7 * n, NOW + n * 10 * SECOND_US, 3000 if n % 4 == 0 else 0, 2000, Trait.FRESH)
        for n in range(40)
    ]
    callers = told(*rows)
    (robot,) = callers.find_caller(ROBOT)
    assert robot["calls"] == robot["ended"] == robot["fresh"] == 40
    assert robot["answered"] == robot["brief"] == 10
    assert robot["sequential"] == 39
    assert robot["gap_ewma_s"] == pytest.approx(10)
    assert [robot["gap_dev"], robot["gap_log_var"]] == pytest.approx([0, 0], abs=1e-6)
    assert robot["gap_mid"] == pytest.approx(math.log(10))
    assert robot["ring_mean"] == pytest.approx(20)
    assert robot["ring_var"] == pytest.approx(0)
    assert robot["peak"] == 2  # it rings 20 s and dials every ten
    assert robot["overlapping"] == 39
    assert callers.distinct(callers.find_caller(ROBOT))[0] == pytest.approx(40, rel=0.2)


def test_calls_under_way_are_counted_until_they_end():
    began = [(NOW + n, ROBOT, ME + 100 * n, 0, 0, Kind.BEGUN, Trait.FOLLOWED) for n in range(3)]
    callers = told(*began, (NOW + SECOND_US, ROBOT, ME, 900, 80, Kind.ENDED, Trait.ANSWERED | Trait.BY_CALLEE))
    (robot,) = callers.find_caller(ROBOT)
    assert (robot["under_way"], robot["peak"], robot["overlapping"]) == (2, 3, 2)
    assert (robot["ended"], robot["answered"], robot["by_callee"], robot["brief"]) == (1, 1, 1, 1)


def test_a_call_whose_end_got_lost_is_not_under_way_forever():
    callers = told(
        (NOW, ROBOT, ME, 0, 0, Kind.BEGUN, Trait.FOLLOWED),
        (NOW + 300 * MINUTE_US, ROBOT, ME + 99, 0, 0, Kind.BEGUN, Trait.FOLLOWED),
    )
    (robot,) = callers.find_caller(ROBOT)
    assert (robot["under_way"], robot["overlapping"]) == (1, 0)


def test_calls_that_nobody_follows_are_never_under_way():
    callers = told(*((NOW + n * SECOND_US, ROBOT, ME + 99 * n, 0, 0, Kind.BEGUN, 0) for n in range(9)))
    (robot,) = callers.find_caller(ROBOT)
    assert (robot["calls"], robot["under_way"], robot["overlapping"], robot["peak"]) == (9, 0, 0, 0)


def test_calling_back_counts_for_whom_is_called_back():
    callers = told(whole(COURIER, ME, NOW), whole(ME, COURIER, NOW + MINUTE_US, 20_000), whole(ME, ROBOT, NOW))
    assert callers.find_caller(COURIER)["called_back"].tolist() == [1]
    assert callers.find_caller(ME)["called_back"].tolist() == [0]


def test_withheld_numbers_and_ends_of_nobody_leave_nothing():
    callers = told(whole(0, ME, NOW), (NOW, ROBOT, ME, 0, 0, Kind.ENDED, 0))
    assert len(callers) == 0
    assert callers.strays == 1


def test_the_record_at_the_kth_call_is_handed_out_as_it_was():
    callers = Callers(100)
    reached = np.zeros(10, RECORD)
    rows = [whole(ROBOT, ME + 100 * n, NOW + n * MINUTE_US, 5000) for n in range(60)]
    assert callers.update(events(*rows), reached) == 4
    assert reached["calls"][:4].tolist() == [5, 10, 20, 50]
    assert reached["answered"][:4].tolist() == [5, 10, 20, 50]
    assert callers.update(events(*(whole(n, ME, NOW) for n in range(1, 40) for _ in range(5))), reached[:7]) == 7


def test_distinct_callees_are_told_from_few_to_many():
    for many, off in ((5, 0), (8, 0), (100, 0.25), (1_000, 0.3), (20_000, 0.3)):
        rows = [whole(ROBOT, ME + 1000 * n, NOW + n) for n in range(many)]
        callers = told(*rows, *rows[:3])
        assert callers.distinct(callers.find_caller(ROBOT))[0] == pytest.approx(many, rel=off), many


def test_counts_are_halved_together_when_one_is_full():
    callers = told(*(whole(ROBOT, ME, NOW + n * SECOND_US, 9000 if n % 2 else 0) for n in range(70_000)))
    (robot,) = callers.find_caller(ROBOT)
    assert robot["calls"] == 70_000
    assert robot["weight"] < 40_000
    assert robot["answered"] / robot["weight"] == pytest.approx(0.5, abs=0.01)


def test_when_full_the_longest_silent_makes_room():
    callers = told(*(whole(n, ME, NOW + n * SECOND_US) for n in range(1, 17)), capacity=16)
    callers.update(events(whole(2, ME, NOW + MINUTE_US), whole(1, ME, NOW + MINUTE_US), whole(99, ME, NOW + MINUTE_US)))
    assert callers.find_caller(3).size == 0
    assert callers.find_caller(99)["calls"].tolist() == [1]
    assert (len(callers), callers.evicted) == (16, 1)


def test_a_flood_of_callers_is_bounded_and_every_one_is_still_found():
    callers = Callers(1000)
    rng = np.random.default_rng(7)
    flood = np.zeros(200_000, EVENT)
    flood["caller"] = rng.integers(1, 1 << 50, len(flood))
    flood["at_us"] = NOW + np.arange(len(flood))
    flood["kind"] = Kind.WHOLE
    callers.update(flood)
    assert len(callers) == 1000
    assert all(callers.find_caller(int(one["caller"])).size for one in callers.held)
    assert set(callers.held["caller"]) <= set(flood["caller"][-20_000:])


numbers = st.integers(1, 40)
event = st.tuples(
    st.integers(0, 8 * 3600),
    st.one_of(st.just(0), numbers, numbers, numbers),
    st.one_of(st.just(0), numbers, st.integers(1, 100_000)),
    st.one_of(st.integers(0, 20_000), st.just(2**32 - 1)),
    st.one_of(st.integers(0, 6000), st.just(65_535)),
    st.sampled_from(Kind),
    st.integers(0, 31),
)


def same(callers, plain):
    assert (callers.count, callers.evicted, callers.strays) == (len(plain.callers), plain.evicted, plain.strays)
    for held, twin in zip(callers.held, plain.callers, strict=False):
        values = {**twin.values, "caller": twin.caller}
        assert {name: int(held[name]) for name in EXACT} == {name: values[name] for name in EXACT}
        assert [float(held[name]) for name in ROUNDED] == pytest.approx([values[n] for n in ROUNDED], 1e-4, 1e-5)
        assert [int(held["hours"][n // 2]) >> 4 * (n % 2) & 15 for n in range(24)] == twin.hours
        assert callers.distinct(held.reshape(1))[0] == pytest.approx(twin.distinct)


@settings(deadline=None, max_examples=200)
@given(
    st.lists(st.lists(event, max_size=60), min_size=1, max_size=4),
    st.sampled_from([1, 3, 16, 100]),
    st.lists(numbers, max_size=6),
    st.booleans(),
)
def test_both_twins_agree(batches, capacity, forgotten, in_order):
    callers, plain = Callers(capacity), PlainCallers(capacity)
    for batch in batches:
        rows = sorted(batch) if in_order else batch
        made = events(*((NOW + second * SECOND_US, *rest) for second, *rest in rows))
        callers.update(made)
        plain.update(made)
        for number in forgotten:
            assert callers.forget(number) == plain.forget(number)
        same(callers, plain)
    for number in range(41):
        assert bool(callers.find_caller(number).size) == (plain.find(number) is not None)


def test_both_twins_agree_on_heavy_callers_and_a_full_pool():
    rng = np.random.default_rng(11)
    made = np.zeros(12_000, EVENT)
    made["at_us"] = NOW + np.cumsum(rng.integers(0, 5 * SECOND_US, len(made)))
    made["caller"] = rng.integers(1, 20, len(made))
    made["caller"][::500] = rng.integers(20, 24, len(made[::500]))
    made["callee"] = rng.integers(1, 4000, len(made))
    made["talk_ms"] = rng.integers(0, 60_000, len(made))
    made["kind"], made["traits"] = Kind.WHOLE, rng.integers(0, 16, len(made))
    callers, plain = Callers(20), PlainCallers(20)
    for part in np.array_split(made, 7):
        callers.update(part)
        plain.update(part)
        same(callers, plain)
    assert set(callers.held["sketch_kind"]) >= {1, 2}


@pytest.mark.parametrize("capacity", [0, 1 << 31])
def test_a_table_of_no_size_is_refused(capacity):
    with pytest.raises(ValueError, match="holds"):
        Callers(capacity)


def test_a_record_handed_out_keeps_how_many_callees_there_were():
    rows = [(NOW + n, ROBOT, ME + 100 * n, 0, 0, Kind.BEGUN, 0) for n in range(1_000)]
    reached = np.zeros(10, RECORD)
    callers = Callers(10)
    assert callers.update(events(*rows), reached) == 5
    assert callers.distinct(reached[:5]) == pytest.approx([5, 10, 20, 50, 100], rel=0.3)
    assert callers.distinct(callers.find_caller(ROBOT))[0] == pytest.approx(1_000, rel=0.3)
