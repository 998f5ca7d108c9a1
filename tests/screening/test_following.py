"""A reader that may see nothing but the tables judges by the policy they carry."""

from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from wurao.core.errors import VerificationError
from wurao.core.payload import DecisionFlag
from wurao.core.verdict import Action
from wurao.screening import building
from wurao.screening.compiling import compiled
from wurao.screening.following import Following
from wurao.screening.shield import public_keys
from wurao.store.keys import KeyRing
from wurao.store.tables import layout
from wurao.store.tables.build import GenerationBuilder
from wurao.store.tables.tableset import TableSet


def reader(place: Any) -> Following:
    return Following(TableSet.open(place.home.folder("tables"), public_keys(KeyRing.open(place.home))))


def test_a_rule_that_turned_is_taken_up_with_its_generation(place: Any) -> None:
    shield = place.shield()
    shield.start()
    following = reader(place)
    live = following.decider.decide("95588", place.subscriber, "untrusted", place.clock.now_us())
    place.book.set_rule("SPOOFED_PUBLIC", "shadow", "test")
    assert shield.follow().rebuilt
    assert following.follow()
    assert not following.follow()
    shadow = following.decider.decide("95588", place.subscriber, "untrusted", place.clock.now_us())
    assert live.action == Action.REJECT
    assert shadow.rings
    assert DecisionFlag.SHADOW in shadow.flags
    shield.close()


@pytest.mark.parametrize("content", [b"", b"{}", b'{"settings":"none"}', b"\xff"])
def test_a_policy_that_cannot_be_read_leaves_the_one_before(
    place: Any, content: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    place.report(place.robot)
    shield = place.shield()
    shield.start()
    following = reader(place)
    _writing_policy(monkeypatch, lambda _: content)
    shield.renew()
    assert following.follow()
    assert "policy" in following.tables.refused
    assert following.decider.decide(place.robot, place.subscriber).action == Action.REJECT
    shield.close()


def test_tables_from_before_are_built_anew(place: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as before:
        before.setattr(GenerationBuilder, "policy", lambda *_: None)
        shield = place.shield()
        shield.start()
        shield.close()
    with pytest.raises(VerificationError, match="carries no policy"):
        reader(place)
    again = place.shield()
    assert again.start().number == 2
    assert reader(place)
    again.close()


def test_a_policy_of_fewer_symbols_is_read_as_it_was_meant(place: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    now = place.clock.now_us()

    def eight_symbols(words: bytes) -> bytes:
        policy = msgspec.json.decode(words)
        policy["call_category"] = policy["call_category"][:256]
        for settings in policy["settings"]:
            settings["call_live"] = settings["call_live"][:256]
            settings["call_all"] = settings["call_all"][:256]
        return msgspec.json.encode(policy)

    with monkeypatch.context() as before:
        before.setattr(layout, "FORMAT", 2)
        _writing_policy(before, eight_symbols)
        shield = place.shield()
        shield.start()
    following = reader(place)
    for attestation in ("", "C", "failed"):
        decided = following.decider.decide("95588", place.subscriber, "untrusted", now, attestation=attestation)
        assert decided.action == Action.REJECT
    assert following.decider.decide(place.robot, place.subscriber, "", now, attestation="failed").score_deci == 0
    _writing_policy(monkeypatch, eight_symbols)
    shield.renew()
    assert following.follow()
    assert "every set of call-time symbols" in following.tables.refused
    shield.close()


def test_nothing_in_force_is_said(place: Any) -> None:
    with pytest.raises(VerificationError, match="no generation is in force"):
        Following(TableSet(place.home.folder("tables"), []))


def test_a_policy_survives_its_own_words(place: Any) -> None:
    policy = compiled(place.shield().policy)
    assert msgspec.json.decode(msgspec.json.encode(policy), type=type(policy)) == policy


def _writing_policy(monkeypatch: pytest.MonkeyPatch, content: Callable[[bytes], bytes]) -> None:
    write = GenerationBuilder.policy
    monkeypatch.setattr(building.GenerationBuilder, "policy", lambda self, words: write(self, content(words)))
