"""One number takes over from another: each once on either side, in time, and linked pairs first."""

from hypothesis import given
from hypothesis import strategies as st

from wurao.core.campaigns import Link, Member
from wurao.core.clock import DAY_US, HOUR_US
from wurao.detection.linking.vests import GAP_US, OVERLAP_US, HandOver, hand_overs

SPANS = st.lists(st.tuples(st.integers(0, 200), st.integers(0, 100)), max_size=12)


def worn(key: str, first_us: int, last_us: int) -> Member:
    return Member(key, int(key, 36), first_us, last_us, 9, 0.9)


def test_a_number_takes_over_from_the_one_that_ended_just_before() -> None:
    rows = [worn("a", 0, 2 * DAY_US), worn("b", 2 * DAY_US + HOUR_US, 4 * DAY_US), worn("c", 4 * DAY_US, 5 * DAY_US)]
    assert set(hand_overs(rows, ())) == {HandOver("a", "b", HOUR_US), HandOver("b", "c", 0)}


def test_a_linked_pair_goes_before_one_that_is_closer_in_time() -> None:
    rows = [worn("a", 0, DAY_US), worn("b", 0, DAY_US + HOUR_US), worn("c", DAY_US + HOUR_US, 3 * DAY_US)]
    assert hand_overs(rows, [Link("c", "a", 0.9, {})]) == [HandOver("a", "c", HOUR_US)]


def test_numbers_in_use_side_by_side_take_over_from_nobody() -> None:
    assert hand_overs([worn("a", 0, 9 * DAY_US), worn("b", DAY_US, 9 * DAY_US)], ()) == []


@given(SPANS)
def test_each_number_ends_and_begins_once_and_close_in_time(spans: list[tuple[int, int]]) -> None:
    rows = [worn(f"n{n}", first * HOUR_US, (first + long) * HOUR_US) for n, (first, long) in enumerate(spans)]
    found, of = hand_overs(rows, ()), {one.key: one for one in rows}
    assert len({one.old for one in found}) == len({one.new for one in found}) == len(found)
    for one in found:
        assert one.gap_us == of[one.new].first_us - of[one.old].last_us
        assert -OVERLAP_US <= one.gap_us <= GAP_US
        assert of[one.old].first_us < of[one.new].first_us
