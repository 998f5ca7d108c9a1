"""Each dialect's answer to each decision; 603+ speaks only for the network's own judgement."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wurao.core.payload import DecisionFlag, DecisionWord
from wurao.core.verdict import Action, Dialect, Guard
from wurao.edge.sip.answers import GO_ON, Answer, Answers, answer
from wurao.screening.compiled_policy import NEVER, CompiledPolicy, Redress, Settings

RECEIPT = "20261124-WysJ5YDcKL01"
REDRESS = Redress("https://example.net/appeal/{evidence_id}", "+8610012345", "ops@example.net")
GRAMMAR = re.compile(
    r'Reason: SIP;cause=603;text="v=analytics1(;url=https://[^";]+)?(;tel=\+\d+)?(;email=[^";]+)?'
    r';id=[A-Za-z0-9_-]{1,64}";location=LN\r\n'
)


def word(action: Action, guard: Guard = Guard.SYSTEM, *, shadow: bool = False) -> DecisionWord:
    code = {Action.REJECT: 603, Action.VOICEMAIL: 302, Action.ASK: 480}.get(action, 0)
    return DecisionWord(action, guard, 5, 9, DecisionFlag(shadow), code, 160, 0)


@pytest.mark.parametrize("redress", [REDRESS, Redress(tel="+8610012345"), Redress(email="ops@example.net")])
def test_603_plus_says_where_to_turn_to(redress: Redress) -> None:
    answered = answer(word(Action.REJECT), "603+", redress)
    assert answered[:2] == (603, "Network Blocked")
    headers = answered.headers_of(RECEIPT)
    assert GRAMMAR.fullmatch(headers)
    assert f"id={RECEIPT}" in headers


@pytest.mark.parametrize(
    "url", ["", "/appeal/{evidence_id}", 'https://e.net/"x', "https://e.net/a b", "https://e.net/a;b", "http://e.net/"]
)
def test_603_plus_without_a_usable_address_is_plain_603(url: str) -> None:
    assert answer(word(Action.REJECT), "603+", Redress(url)) == Answer(603, "Decline")


@pytest.mark.parametrize("guard", [Guard.DENIED, Guard.SEGMENT, Guard.QUIET_HOURS])
@pytest.mark.parametrize("dialect", ["603+", "603", "q850"])
def test_a_subscribers_own_rule_never_names_analytics(guard, dialect) -> None:
    assert answer(word(Action.REJECT, guard), dialect, REDRESS) == Answer(603, "Decline")


def test_the_chinese_profile_says_call_rejected() -> None:
    answered = answer(word(Action.REJECT), "q850", REDRESS)
    assert answered[:2] == (603, "Decline")
    assert answered.headers_of(RECEIPT) == f'Reason: Q.850;cause=21;text="id={RECEIPT}"\r\n'
    assert answer(word(Action.REJECT), "603", REDRESS) == Answer(603, "Decline")


@pytest.mark.parametrize("dialect", ["603+", "603", "q850"])
@pytest.mark.parametrize("judged", [word(Action.RING), word(Action.LABEL), word(Action.REJECT, shadow=True)])
def test_what_rings_goes_on(dialect, judged) -> None:
    assert answer(judged, dialect, REDRESS) == GO_ON


def test_a_redirect_server_answers_everything() -> None:
    codes = [answer(word(a), "redirect", REDRESS).code for a in Action]
    assert codes == [404, 302, 480, 302, 603]
    assert answer(word(Action.REJECT, shadow=True), "redirect", REDRESS).code == 404


def test_voicemail_and_asking_have_their_codes() -> None:
    assert answer(word(Action.VOICEMAIL), "603+", REDRESS) == Answer(302, "Moved Temporarily")
    assert answer(word(Action.ASK), "q850", REDRESS) == Answer(480, "Temporarily Unavailable")


words = st.integers(0, 2**61 - 1).filter(lambda w: w & 7 <= 4 and w >> 3 & 31 <= 15)


@given(st.lists(words, max_size=20), st.sampled_from(["603+", "603", "q850", "redirect"]))
def test_an_answer_made_before_is_the_same(given_words: list[int], dialect: Dialect) -> None:
    settings = Settings(((60, NEVER, NEVER, NEVER), (60, NEVER, NEVER, 150), (40, NEVER, NEVER, 100)), answer=dialect)
    answers = Answers(CompiledPolicy((settings,), redress=REDRESS))
    for word in given_words:
        assert answers.to(word, 0) == answer(DecisionWord.unpack(word), dialect, REDRESS)
