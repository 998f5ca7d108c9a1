from typing import Any

import numpy as np
import pytest

from wurao.core.clock import MINUTE_US
from wurao.core.errors import InputError
from wurao.core.payload import PairKind
from wurao.core.verdict import Action
from wurao.screening.reading import opened
from wurao.screening.replay import Effects, Past, Rehearsal
from wurao.store.book.lists import Pair


def effects(place: Any, rule: str, calls: list[tuple[int, int]], ingress: str = "") -> Effects:
    past = Past(
        np.array([caller for caller, _ in calls], np.uint64),
        np.array([callee for _, callee in calls], np.uint64),
        place.clock.at_us + 10 * MINUTE_US * np.arange(len(calls)),
        [ingress] * len(calls),
    )
    with opened(place.home, place.book, place.clock, anew=True) as known:
        return Rehearsal(known.tables, known.knowledge, place.clock.at_us).of_rule(rule, known.policy, past)


def test_what_a_rule_does_is_told_whether_it_is_live_or_not(place: Any) -> None:
    place.report(place.robot)
    place.report(place.robot + 1, 0.22)
    calls = [(n, place.subscriber) for n in (place.robot, place.robot + 1, place.robot + 2)]
    found = effects(place, "REPORTED", calls)
    assert (found.calls, found.stopped, found.labelled) == (3, 1, 1)
    assert found.rows == (0, 1)
    assert found.actions == (Action.REJECT, Action.LABEL)
    place.shield()
    place.book.set_rule("REPORTED", "shadow", "test")
    assert effects(place, "REPORTED", calls) == found


def test_a_rule_that_changes_nothing_hurts_nobody(place: Any) -> None:
    place.report(place.robot)
    assert effects(place, "ROBOT_CALLER", [(place.robot, place.subscriber)]).rows == ()


def test_ranges_are_rehearsed_too(place: Any) -> None:
    place.report(place.robot // 1000, 1.0, "REPORTED_RANGE", span=3)
    found = effects(place, "REPORTED_RANGE", [(place.robot, place.subscriber), (place.robot + 1000, place.subscriber)])
    assert (found.rows, found.labelled) == ((0,), 1)


def test_call_time_symbols_are_rehearsed_by_trunk(place: Any) -> None:
    calls = [(861012345678, place.subscriber)]
    assert effects(place, "OVERSEAS_DISGUISED", calls, "overseas").labelled == 1
    assert effects(place, "OVERSEAS_DISGUISED", calls).rows == ()


def test_whom_it_hurts_is_marked(place: Any) -> None:
    other = place.subscriber + 1
    place.report(place.robot, 0.9)
    place.book.set_wish(other, place.book.wish_of(place.subscriber))
    place.book.put_pairs([Pair(other, PairKind.ANSWERED, place.robot)])
    found = effects(place, "REPORTED", [(place.robot, place.subscriber), (place.robot, other)])
    assert found.wanted == (False, True)


def test_an_unknown_rule_is_refused(place: Any) -> None:
    with pytest.raises(InputError, match="no rule"):
        effects(place, "NOPE", [])
