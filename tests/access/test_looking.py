"""Who sees which numbers, what is logged, and how often something may be done."""

from hypothesis import given
from hypothesis import strategies as st

from wurao.access.looking import Eyes
from wurao.access.roles import Person, Role
from wurao.access.throttle import Throttle
from wurao.core.clock import FixedClock

MINE, OTHER = 8613800138000, 8617612341417


def eyes(store, role: Role, subscriber: int = 0) -> Eyes:
    return Eyes(store, FixedClock(5), Person("p", role, subscriber), "page")


def test_only_those_with_the_right_see_numbers_in_clear(store):
    assert eyes(store, Role.OPERATOR).show(OTHER) == "176****1417"
    assert eyes(store, Role.ANALYST).show(OTHER) == "17612341417"
    assert eyes(store, Role.ANALYST).mask(OTHER) == "176****1417"
    assert eyes(store, Role.SUBSCRIBER, MINE).show(MINE) == "13800138000"


def test_a_clear_list_is_logged_once_for_each_number_and_a_masked_one_not(store):
    eyes(store, Role.OPERATOR).look_over([OTHER])
    assert store.looks == []
    eyes(store, Role.ANALYST).look_over([OTHER, MINE, OTHER])
    assert [(look.at_us, look.who, look.number, look.purpose) for look in store.looks] == [
        (5, "p", OTHER, "page"),
        (5, "p", MINE, "page"),
    ]


def test_a_burst_then_one_at_a_time():
    clock = FixedClock(0)
    throttle = Throttle(clock, burst=2, every_us=10)
    assert [throttle.wait_us("a") for _ in range(3)] == [0, 0, 10]
    assert throttle.wait_us("b") == 0
    clock.at_us = 10
    assert [throttle.wait_us("a") for _ in range(2)] == [0, 10]


@given(st.lists(st.integers(0, 30), max_size=60), st.integers(1, 5), st.integers(1, 20))
def test_no_more_than_the_burst_and_the_rate_ever_pass(steps, burst, every_us):
    clock = FixedClock(0)
    throttle = Throttle(clock, burst, every_us)
    passed: list[int] = []
    for step in steps:
        clock.at_us += step
        if throttle.wait_us("a") == 0:
            passed.append(clock.at_us)
    for first in range(len(passed)):
        for last in range(first, len(passed)):
            assert last - first + 1 <= burst + (passed[last] - passed[first]) // every_us
