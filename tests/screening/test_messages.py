"""Messages: the law first; a text labels, and rejects only with what is known of its sender."""

import msgspec
import pytest
from msgspec.structs import replace

from wurao.core.errors import PolicyError
from wurao.core.numbers import parse
from wurao.core.verdict import SymbolHit, TextSign, Verdict
from wurao.core.wishes import Profile, default_profile, strict_profile
from wurao.screening.config import load
from wurao.screening.messages import judged, permit
from wurao.screening.policy import Messages

POLICY = load().policy
ON = msgspec.structs.replace(POLICY, messages=Messages(filter=True))
PORT = parse("106980001234")
LOAN, FRAUD = TextSign("loan_finance", 1.0), TextSign("fraud.phishing", 0.9)


def sender(score: float = 0.0, guard: str = "none", action: str = "ring", category: str = "unknown") -> Verdict:
    return Verdict(
        action=action,
        sip_code=0,
        score=score,
        threshold=0.0,
        category=category,
        of_class="unknown",
        method="unknown",
        campaign="",
        wish="",
        symbols=(),
        reason_zh="",
        reason_en="",
        evidence_id="g1-c1",
        appeal_url="/appeal/g1-c1",
        expires_us=0,
        state="live",
        generation=1,
        change=1,
        guard=guard,
    )


def test_messages_are_off_unless_somebody_turns_them_on() -> None:
    assert POLICY.messages.filter is False
    with pytest.raises(PolicyError, match="messages are not judged"):
        permit(POLICY, PORT, "application", reported=True)


@pytest.mark.parametrize("port", ["", "application"])
@pytest.mark.parametrize("number", ["106980001234", "95588", "12306"])
def test_application_ports_may_be_judged(number: str, port: str) -> None:
    permit(ON, parse(number), port, reported=False)


@pytest.mark.parametrize(
    ("number", "port"), [("13812345678", "application"), ("13812345678", ""), ("106980001234", "p2p")]
)
def test_messages_from_person_to_person_are_refused(number: str, port: str) -> None:
    with pytest.raises(PolicyError, match="person to person"):
        permit(ON, parse(number), port, reported=False)
    permit(ON, parse(number), port, reported=True)


@pytest.mark.parametrize(("sign", "symbol"), [(LOAN, "TEXT_COMMERCIAL"), (FRAUD, "TEXT_ILLEGAL")])
def test_a_text_alone_labels_and_never_rejects(sign: TextSign, symbol: str) -> None:
    verdict = judged(sender(), sign, ON, strict_profile())
    assert (verdict.action, verdict.guard, verdict.category) == ("label", "system", sign.category.partition(".")[0])
    assert [hit.name for hit in verdict.symbols] == [symbol]
    assert verdict.sip_code == 0
    assert "送达并标记" in verdict.reason_zh
    assert "delivered with a label" in verdict.reason_en


def test_a_text_rejects_with_what_is_known_of_its_sender() -> None:
    known = sender(8.0, "system", "label", "loan_finance")
    groups = ("reports", "campaign", "neighbourhood")
    said = {group: SymbolHit("X", 8.0, "", "", group, shadow=False) for group in groups}
    verdict = judged(replace(known, symbols=(said["reports"],)), LOAN, ON, default_profile())
    assert (verdict.action, verdict.score, verdict.threshold) == ("reject", 16.0, 15.0)
    for group in ("campaign", "neighbourhood"):
        assert judged(replace(known, symbols=(said[group],)), LOAN, ON, default_profile()).action == "label"


@pytest.mark.parametrize("wish", [None, Profile()], ids=["not enrolled", "wishes nothing"])
def test_who_wishes_nothing_has_every_message(wish: Profile | None) -> None:
    assert judged(sender(8.0), LOAN, ON, wish).action == "ring"


@pytest.mark.parametrize("guard", ["allowed", "verified", "expected", "contact"])
def test_a_guard_lets_the_message_through(guard: str) -> None:
    assert judged(sender(guard=guard), FRAUD, ON, strict_profile()).action == "ring"


def test_a_denied_sender_stays_denied() -> None:
    assert judged(sender(0.0, "denied", "reject"), TextSign(), ON, strict_profile()).action == "reject"


@pytest.mark.parametrize("category", ["unknown", "courier", "reminder", "no such thing"])
def test_a_text_about_nothing_unwanted_adds_nothing(category: str) -> None:
    verdict = judged(sender(), TextSign(category, 1.0), ON, strict_profile())
    assert (verdict.action, verdict.score, verdict.symbols) == ("ring", 0.0, ())


def test_a_rule_in_shadow_is_told_and_counts_nothing() -> None:
    verdict = judged(sender(), LOAN, ON.with_states({"TEXT_COMMERCIAL": "shadow"}), strict_profile())
    assert verdict.action == "ring"
    assert [hit.shadow for hit in verdict.symbols] == [True]
