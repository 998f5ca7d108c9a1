from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from wurao.core.payload import INVALID_CALLER, PairKind
from wurao.core.standing import Standing
from wurao.core.verdict import Verdict
from wurao.core.wishes import Profile
from wurao.screening import config
from wurao.screening.explain import Asked, Explainer
from wurao.screening.reading import Opened, opened
from wurao.store.book.lists import Pair

POLICY = config.load().policy
STANDING = sorted(n for n, r in POLICY.symbols.items() if r.stage == "standing")
PUBLIC = 10**15 + 110
HASHED = 11 * 10**14 + 5


def explained(place: Any, asked: Asked) -> Verdict:
    with opened(place.home, place.book, place.clock, anew=True) as known:
        verdict = Explainer(known.tables, known.knowledge, known.policy, place.clock).explain(asked)
        decision = known.decider.decide(asked.caller, asked.callee or 1, asked.ingress, place.clock.at_us)
        if asked.callee:
            assert verdict.action == decision.action.text
        return verdict


def test_the_facts_behind_a_reject_are_told_in_both_languages(place: Any) -> None:
    facts: dict[str, int | float | str] = {"days": 30, "reporters": 41}
    row = Standing(
        place.robot, "REPORTED", 0.9, "reporting", 0, category="securities", method="robot", facts=facts, campaign="c-7"
    )
    place.book.write_standing([row])
    verdict = explained(place, Asked(place.robot, place.subscriber))
    assert (verdict.action, verdict.sip_code, verdict.of_class) == ("reject", 603, "commercial")
    assert (verdict.score, verdict.threshold) == (15.0, 10.0)
    assert (verdict.method, verdict.campaign, verdict.wish) == ("robot", "c-7", "securities")
    assert verdict.symbols[0].text_zh == "30 天内 41 人举报"
    assert verdict.symbols[0].text_en == "41 people reported it within 30 days"
    assert verdict.reason_zh == "已拒接：疑似股票证券荐股；30 天内 41 人举报（15.0 分，达到 10.0 分）。"
    assert verdict.reason_en.startswith("The call was rejected: probably stock tips; 41 people")
    assert verdict.appeal_url == f"/appeal/{verdict.evidence_id}"


def test_points_that_only_label_say_why(place: Any) -> None:
    place.report(place.robot, 0.38)
    place.report(place.robot // 1000, 1.0, "REPORTED_RANGE", span=3)
    verdict = explained(place, Asked(place.robot, place.subscriber))
    assert (verdict.action, verdict.score) == ("label", 16.0)
    assert verdict.reason_zh.endswith("；仅有一类依据，只标记不拒接（16.0 分，达到 4.0 分）。")
    assert verdict.reason_en.endswith("; evidence of one kind labels, it doesn't reject (16.0 points, at least 4.0).")
    place.report(place.robot // 1000, 0.0, "REPORTED_RANGE", span=3)
    assert "只标记不拒接" not in explained(place, Asked(place.robot, place.subscriber)).reason_zh


def test_a_symbol_without_its_facts_is_told_by_its_title(place: Any) -> None:
    place.report(place.robot)
    verdict = explained(place, Asked(place.robot, place.subscriber, evidence_id="r-1"))
    assert verdict.symbols[0].text_en == "reported by several people"
    assert verdict.evidence_id == "r-1"


def test_anybody_has_the_default_wish(place: Any) -> None:
    place.report(place.robot)
    assert explained(place, Asked(place.robot)).action == "reject"


def test_a_guard_is_named_and_the_symbols_are_told_all_the_same(place: Any) -> None:
    place.report(place.robot)
    place.book.put_pairs([Pair(place.subscriber, PairKind.ALLOW, place.robot)])
    verdict = explained(place, Asked(place.robot, place.subscriber))
    assert verdict.reason_en == "The phone rings: it is on your allow list."
    assert [s.name for s in verdict.symbols] == ["REPORTED"]


def test_a_shadow_says_that_it_is_a_trial(place: Any) -> None:
    place.report(place.robot)
    place.shield()
    place.book.set_rule("REPORTED", "shadow", "test")
    verdict = explained(place, Asked(place.robot, place.subscriber))
    assert (verdict.state, verdict.action) == ("shadow", "reject")
    assert "试运行" in verdict.reason_zh
    assert verdict.symbols[0].shadow


def test_a_spoofed_public_number_is_told_from_the_true_one(place: Any) -> None:
    assert explained(place, Asked(PUBLIC, place.subscriber)).guard == "public_service"
    spoofed = explained(place, Asked(PUBLIC, place.subscriber, "overseas"))
    assert spoofed.action == "reject"
    assert {"SPOOFED_PUBLIC", "OVERSEAS_DISGUISED"} <= {s.name for s in spoofed.symbols}


def test_a_symbol_that_no_rule_knows_is_told_without_points(place: Any) -> None:
    place.report(place.robot, 1.0, "OF_A_LATER_PLANE")
    verdict = explained(place, Asked(place.robot, place.subscriber))
    assert (verdict.symbols[0].name, verdict.symbols[0].score) == ("OF_A_LATER_PLANE", 0.0)


@pytest.fixture(scope="module")
def numbers() -> list[int]:
    return [8613512345678, 8613900000009, 861012345678, 14155550100, 85221234567, PUBLIC, HASHED, 0, INVALID_CALLER]


@pytest.fixture
def crowded(place: Any, numbers: list[int]) -> Iterator[tuple[Opened, Explainer]]:
    known = [n for n in numbers if 0 < n < INVALID_CALLER]
    rows = [
        Standing(number, symbol, (i * 7 + j * 5) % 11 / 10, "test", 0, category=category)
        for i, number in enumerate(known)
        for j, (symbol, category) in enumerate(zip(STANDING, ["fraud", "unknown", "courier"] * 9, strict=False))
        if (i + j) % 3 == 0
    ]
    rows += [Standing(n // 10**s, "REPORTED_RANGE", 0.3 * s, "test", 0, span=s) for n in known[:4] for s in (1, 3, 4)]
    place.book.write_standing(rows)
    place.book.set_wish(place.subscriber + 1, Profile(levels=(2,) * 13, segments=(1, 2, 0, 1, 2, 0), quiet_end=16))
    kinds = list(PairKind)
    place.book.put_pairs(Pair(place.subscriber + 1, kinds[i % 8], number) for i, number in enumerate(known[::2]))
    with opened(place.home, place.book, place.clock, anew=True) as known_now:
        yield known_now, Explainer(known_now.tables, known_now.knowledge, known_now.policy, place.clock)


@settings(
    max_examples=300,
    deadline=None,
    report_multiple_bugs=False,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(st.data())
def test_explained_and_decided_are_one(place: Any, crowded: Any, numbers: list[int], data: st.DataObject) -> None:
    known, explainer = crowded
    asked = Asked(
        caller=data.draw(st.sampled_from(numbers)),
        callee=place.subscriber + data.draw(st.integers(0, 2)),
        ingress=data.draw(st.sampled_from(["", "overseas", "untrusted", "none such"])),
        at_us=place.clock.at_us + data.draw(st.integers(0, 86_400_000_000)),
        repeat=data.draw(st.booleans()),
        attestation=data.draw(st.sampled_from(["", "A", "C"])),
    )
    decision = known.decider.decide(
        asked.caller, asked.callee, asked.ingress, asked.at_us, asked.repeat, asked.attestation
    )
    verdict = explainer.explain(asked)
    found = (verdict.action, verdict.sip_code, verdict.guard, verdict.state)
    assert found == (decision.action.text, decision.code, decision.guard.text, "shadow" if decision.shadow else "live")
    assert verdict.score * 10 == pytest.approx(decision.score_deci)
    if verdict.guard == "system":
        against = sum(s.score for s in verdict.symbols if s.score > 0)
        assert verdict.score <= against + 1, "what is told adds up to what was decided"
