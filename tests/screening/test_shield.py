from typing import Any

import pytest

from wurao.core.clock import DAY_US
from wurao.core.errors import StoreError
from wurao.core.payload import DecisionFlag, PairKind
from wurao.core.standing import Standing
from wurao.core.verdict import Action, Guard
from wurao.core.wishes import default_profile
from wurao.store.book.lists import Pair
from wurao.store.book.registry import AssignmentEvent, VerifiedCaller


def started(place: Any) -> Any:
    shield = place.shield()
    shield.start()
    return shield


def test_a_generation_shows_what_the_book_knows(place: Any) -> None:
    place.report(place.robot)
    place.report(place.robot // 1000 + 1, 1.0, "REPORTED_RANGE", span=3)
    shield = started(place)
    decider = place.decider()
    assert decider.decide(place.robot, place.subscriber).action == Action.REJECT
    assert decider.decide(place.robot + 1000, place.subscriber).action == Action.LABEL
    assert decider.decide(place.robot + 5000, place.subscriber).action == Action.RING
    assert decider.decide(place.robot, place.subscriber + 1).guard == Guard.NOT_ENROLLED
    shield.close()


def test_reports_of_a_number_and_of_its_range_label_together_and_no_more(place: Any) -> None:
    place.report(place.robot, 0.38)
    place.report(place.robot // 1000, 1.0, "REPORTED_RANGE", span=3)
    shield = started(place)
    assert place.decide(place.robot).score_deci >= 160
    assert place.decide(place.robot).action == Action.LABEL
    place.report(place.robot, 0.5, "ROBOT_CALLER")
    shield.follow()
    assert place.decide(place.robot).action == Action.REJECT
    shield.close()


def test_a_change_is_in_force_for_readers_at_once(place: Any) -> None:
    shield = started(place)
    decider = place.decider()
    place.report(place.robot)
    assert decider.decide(place.robot, place.subscriber).action == Action.RING
    assert shield.follow().changes == 1
    assert decider.decide(place.robot, place.subscriber).action == Action.REJECT
    assert shield.follow().changes == 0
    place.book.record_assignments([AssignmentEvent(place.robot, "assigned", 1)])
    shield.follow()
    assert decider.decide(place.robot, place.subscriber).action == Action.RING
    shield.close()


@pytest.mark.parametrize("kind", [k for k in PairKind if k not in (PairKind.EMERGENCY, PairKind.REPORTED)])
def test_lists_come_and_go(place: Any, kind: PairKind) -> None:
    place.report(place.robot, 0.6)
    shield = started(place)
    decider = place.decider()
    before = decider.decide(place.robot, place.subscriber, at_us=place.clock.at_us).guard
    pair = Pair(place.subscriber, kind, place.robot, 0, place.clock.at_us + DAY_US)
    place.book.put_pairs([pair])
    shield.follow()
    during = decider.decide(place.robot, place.subscriber, at_us=place.clock.at_us).guard
    assert during != before or kind == PairKind.ANSWERED  # many reports void the answered guard
    place.book.end_pair(pair)
    shield.follow()
    assert decider.decide(place.robot, place.subscriber, at_us=place.clock.at_us).guard == before
    shield.close()


def test_a_list_entry_for_a_block_counts(place: Any) -> None:
    wish = default_profile()
    place.book.set_wish(place.subscriber, type(wish)(levels=wish.levels, prefixes=True))
    place.book.put_pairs([Pair(place.subscriber, PairKind.DENY, place.robot // 10_000, 4)])
    shield = started(place)
    assert place.decide(place.robot).guard == Guard.DENIED
    shield.close()


def test_a_wish_is_followed_and_ends(place: Any) -> None:
    place.report(place.robot)
    shield = started(place)
    other = place.subscriber + 7
    place.book.set_wish(other, default_profile())
    shield.follow()
    assert place.decide(place.robot, other).action == Action.REJECT
    place.book.end_wish(other)
    shield.follow()
    assert place.decide(place.robot, other).guard == Guard.NOT_ENROLLED
    shield.close()


def test_after_a_crash_the_overlay_is_rebuilt_from_the_changes(place: Any) -> None:
    shield = started(place)
    place.report(place.robot)
    shield.follow()
    shield.close()  # as after a kill: the overlay is not trusted again
    place.report(place.robot + 1)
    shield = started(place)
    assert shield.follow().changes == 0
    assert place.decide(place.robot).action == Action.REJECT
    assert place.decide(place.robot + 1).action == Action.REJECT
    shield.close()


def test_what_has_expired_leaves_at_the_rebuild(place: Any) -> None:
    row = Standing(place.robot, "REPORTED", 0.9, "reporting", 0, category="fraud", expires_us=place.clock.at_us + 1)
    place.book.write_standing([row])
    shield = started(place)
    assert place.decide(place.robot).action == Action.REJECT
    place.clock.at_us += 2
    shield.renew()
    assert place.decide(place.robot).action == Action.RING
    shield.close()


def test_a_rule_in_shadow_decides_logs_and_rings(place: Any) -> None:
    place.report(place.robot)
    shield = started(place)
    place.book.set_rule("REPORTED", "shadow", "test")
    assert shield.follow().rebuilt
    decision = place.decide(place.robot)
    assert decision.rings
    assert DecisionFlag.SHADOW in decision.flags
    shield.close()


def test_a_mass_load_becomes_a_generation(place: Any) -> None:
    shield = started(place)
    rows = (Standing(place.robot + i, "LISTED", 1.0, "imported", 0, category="fraud") for i in range(12_000))
    place.book.replace_standing("imported", rows)
    assert shield.follow().rebuilt
    assert place.decide(place.robot + 11_999).action == Action.REJECT
    shield.close()


def test_verified_callers_ring_whatever_is_reported(place: Any) -> None:
    place.report(place.robot, 1.0)
    place.report(place.robot, 1.0, "ROBOT_CALLER")
    shield = started(place)
    place.book.put_verified([VerifiedCaller(place.robot, "某银行", "service")])
    shield.follow()
    assert place.decide(place.robot).guard == Guard.VERIFIED
    shield.close()


def test_an_upheld_appeal_holds_until_much_more_is_known(place: Any) -> None:
    place.report(place.robot, 0.9)
    place.report(place.robot, 1.0, "REDRESSED")
    shield = started(place)
    assert place.decide(place.robot).guard == Guard.VERIFIED
    place.report(place.robot, 1.0, "ROBOT_CALLER")
    shield.follow()
    assert place.decide(place.robot).action == Action.REJECT
    shield.close()


def test_maps_are_read_again_when_they_change(place: Any) -> None:
    shield = started(place)
    path = place.home.path / "conf/maps/deny.txt"
    path.parent.mkdir(parents=True)
    path.write_text("13512345678 # a robot\n135123456*\n")
    assert shield.follow().changes == 2
    assert place.decide(place.robot).level == 15
    assert place.decide(place.robot + 1).level == 15
    path.write_text("nonsense\n")
    assert shield.follow().changes == 0
    assert "deny.txt:1" in shield.maps.refused["deny"]
    path.write_text("")
    assert shield.follow().changes == 2
    assert place.decide(place.robot).level == 0
    shield.close()


def test_a_changed_policy_is_compiled_at_the_next_start(place: Any) -> None:
    place.report(place.robot, 0.5)
    started(place).close()
    local = place.home.path / "conf/local.d/mine.toml"
    local.parent.mkdir(parents=True)
    local.write_text("[symbols.REPORTED]\nweight = 4\n")
    started(place).close()
    assert place.decide(place.robot).level == 2


def test_nothing_is_built_where_nothing_changed(place: Any) -> None:
    started(place).close()
    again = place.shield()
    assert again.start().number == 1
    again.close()


def test_following_before_the_start_is_refused(place: Any) -> None:
    with pytest.raises(StoreError, match="isn't started"):
        place.shield().follow()


def test_a_new_vest_is_labelled_for_its_campaign_and_no_more(place: Any) -> None:
    place.report(place.robot, 1.0, "CAMPAIGN_MEMBER")
    shield = started(place)
    decision = place.decide(place.robot)
    assert decision.action == Action.LABEL
    assert DecisionFlag.INHERITED in decision.flags
    place.report(place.robot, 0.5)
    shield.follow()
    assert place.decide(place.robot).action == Action.REJECT
    shield.close()


def test_a_shield_that_switched_lets_the_next_one_write(place: Any) -> None:
    shield = started(place)
    shield.renew()
    place.book.set_rule("REPORTED", "shadow", "test")
    assert shield.follow().rebuilt
    shield.close()
    again = started(place)  # in the same process: no lock is left behind
    again.close()
