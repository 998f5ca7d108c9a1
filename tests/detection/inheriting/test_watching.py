"""A new number inherits at its first call where two families speak; the block alone or the trunk alone never do."""

import sys
from pathlib import Path

import msgspec
import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).parent))
from known_campaigns import BLOCK, CALLEE, MEMBERS, NAME, NIGHT_US, OTHERS, call, signatures

from wurao.core.campaigns import Campaign
from wurao.core.clock import DAY_US
from wurao.core.numbers import read
from wurao.core.standing import Standing
from wurao.detection.inheriting.standing import at_first_calls, row_of
from wurao.detection.inheriting.vest_model import factory
from wurao.detection.inheriting.watching import FIRST, LEAST_FAMILIES, CampaignWatch

NEW = BLOCK + 23
ELSEWHERE = read("057186600000")


@pytest.fixture
def watch() -> CampaignWatch:
    return CampaignWatch(signatures(), factory())


def test_the_next_number_of_a_campaign_inherits_with_its_first_call(watch: CampaignWatch) -> None:
    found = watch.hear(NEW, call())
    assert found is not None
    assert (found.campaign, found.calls) == (NAME, 1)
    assert {"block", "trunk"} <= set(found.families)
    assert len(found.families) >= LEAST_FAMILIES


def test_a_neighbour_by_the_digits_alone_inherits_nothing(watch: CampaignWatch) -> None:
    assert [watch.hear(NEW, call(ingress=OTHERS, after_h=20 + n / 10)) for n in range(FIRST)] == [None] * FIRST


def test_a_caller_by_the_same_trunk_alone_inherits_nothing(watch: CampaignWatch) -> None:
    calls = [call(CALLEE + 7 * (n + 1), after_h=20 + n) for n in range(FIRST)]
    assert [watch.hear(ELSEWHERE, one) for one in calls] == [None] * FIRST


def test_whom_the_campaign_calls_says_nothing_alone(watch: CampaignWatch) -> None:
    calls = [call(CALLEE, OTHERS, 20 + n) for n in range(FIRST)]
    assert [watch.hear(ELSEWHERE, one) for one in calls] == [None] * FIRST


def test_a_number_inherits_once_and_later_calls_are_not_looked_at(watch: CampaignWatch) -> None:
    assert watch.hear(NEW, call()) is not None
    assert watch.hear(NEW, call(after_h=11)) is None
    for n in range(FIRST):
        watch.hear(NEW + 1, call(ingress=OTHERS, after_h=20 + n / 10))
    assert watch.hear(NEW + 1, call()) is None, "its sixth call"


def test_members_are_known_and_their_calls_end_a_silence() -> None:
    watch = CampaignWatch(signatures(last_us=np.full(len(MEMBERS), NIGHT_US - 14 * DAY_US)), factory())
    assert [watch.is_member(number) for number in (int(MEMBERS[0]), NEW)] == [True, False]
    silent = watch.hear(NEW, call())
    watch.hear_member(int(MEMBERS[3]), NIGHT_US)
    heard = watch.hear(NEW + 1, call())
    assert silent is not None
    assert heard is not None
    campaign = Campaign(NAME, "", "", "loan_finance", "robot", 0, NIGHT_US, len(MEMBERS), 480)
    rows = [row_of(one, campaign, NIGHT_US) for one in (silent, heard)]
    assert rows[0].strength == pytest.approx(rows[1].strength / 2, rel=0.15), "two weeks of silence halve it"
    assert rows[1].strength > 0.8
    assert [row.symbol for row in rows] == ["VEST_OF"] * 2
    assert rows[1].facts["calls"] == 1
    assert all(map(at_first_calls, rows))


def test_a_row_of_a_nightly_run_is_not_of_first_calls() -> None:
    assert not at_first_calls(Standing(NEW, "VEST_OF", 0.9, "linking", 0, facts={"belongs": 0.9}))


def test_without_campaigns_nobody_inherits() -> None:
    nothing = np.empty(0, np.int64)
    empty = signatures(
        names=(),
        **dict.fromkeys(("numbers", "of", "first_us", "last_us", "calls"), nothing),
        habits={name: msgspec.structs.replace(one, calls=one.calls[:0]) for name, one in signatures().habits.items()},
        beside=np.array([0.02]),
    )
    assert CampaignWatch(empty, factory()).hear(NEW, call()) is None
