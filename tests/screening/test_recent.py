"""A second call within three minutes is a repeat, from the same caller to the same subscriber only."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from wurao.core.clock import MINUTE_US, SECOND_US
from wurao.screening._recent import RecentCalls

ME, ROBOT, FRIEND = 8613800138000, 8613912345678, 8613712345678
NOW = 1_787_000_000 * SECOND_US

calls = st.lists(st.tuples(st.sampled_from([1, 2, 3]), st.sampled_from([0, 7, 8]), st.integers(0, 400)), max_size=60)


def test_a_repeat_is_within_three_minutes() -> None:
    recent = RecentCalls()
    assert not recent.seen(ME, ROBOT, NOW)
    assert recent.seen(ME, ROBOT, NOW + 3 * MINUTE_US)
    assert not recent.seen(ME, ROBOT, NOW + 7 * MINUTE_US)


def test_others_calls_and_withheld_numbers_are_no_repeats() -> None:
    recent = RecentCalls()
    recent.seen(ME, ROBOT, NOW)
    recent.seen(ME, 0, NOW)
    assert not recent.seen(ME, FRIEND, NOW + SECOND_US)
    assert not recent.seen(FRIEND, ROBOT, NOW + SECOND_US)
    assert not recent.seen(ME, 0, NOW + SECOND_US)


def test_a_taken_slot_forgets_and_never_confuses() -> None:
    recent = RecentCalls(slots=1)
    assert not recent.seen(ME, ROBOT, NOW)
    assert not recent.seen(ME, FRIEND, NOW)
    assert not recent.seen(ME, ROBOT, NOW)


@given(calls)
def test_it_remembers_as_a_dictionary_would(log: list[tuple[int, int, int]]) -> None:
    log = sorted(log, key=lambda call: call[2])
    last: dict[tuple[int, int], int] = {}
    expected = []
    for subscriber, caller, second in log:
        before = last.get((subscriber, caller))
        expected.append(caller != 0 and before is not None and second - before <= 180)
        last[subscriber, caller] = second
    columns = np.array(log, np.int64).reshape(-1, 3)
    out = np.zeros(len(log), np.uint8)
    RecentCalls(1 << 16).seen_batch(
        columns[:, 0].astype(np.uint64), columns[:, 1].astype(np.uint64), NOW + columns[:, 2] * SECOND_US, out
    )
    assert out.astype(bool).tolist() == expected
