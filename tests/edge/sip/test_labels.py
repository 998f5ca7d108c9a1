"""Labels: short texts of ours only, in well-formed headers whatever the caller is called."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wurao.core.categories import CATEGORIES
from wurao.core.payload import INVALID_CALLER, OPAQUE_BASE, DecisionFlag, DecisionWord
from wurao.core.verdict import Action, Guard
from wurao.edge.sip import labels
from wurao.edge.sip.answers import Answer, answer_over
from wurao.screening.compiled_policy import NEVER, Redress, Settings

ROWS = ((60, NEVER, NEVER, NEVER), (60, NEVER, NEVER, 150), (40, NEVER, NEVER, 100))
REDRESS = Redress("https://example.net/appeal/{evidence_id}", short_code="10086999")
RECEIPT = "20261124-WysJ5YDcKL01"
PAI = re.compile(r'P-Asserted-Identity: "[^"\\\r\n]+" <(tel:\+?\d+(;phone-context=\+86)?|sip:[a-z.@]+)>\r\n')
CALL_INFO = re.compile(r'Call-Info: <(https://[^\s<>"]+|data:)>;purpose=(info|jcard);call-reason="[^"\\\r\n]+"\r\n')


def label(category: int = 0, guard: Guard = Guard.SYSTEM, action: Action = Action.LABEL) -> DecisionWord:
    return DecisionWord(action, guard, category, 9, DecisionFlag(0), 0, 70, 0)


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("category", range(32))
@pytest.mark.parametrize("guard", [Guard.SYSTEM, Guard.SEGMENT, Guard.QUIET_HOURS])
def test_every_text_fits_a_screen_and_a_header(category: int, guard: Guard, language: str) -> None:
    said = labels.text(label(category, guard), language)
    assert 0 < len(said.encode()) <= 48
    assert not set(said) & set('"\\<>;\r\n')


def test_a_suspicion_is_said_only_where_there_is_one() -> None:
    real_estate = next(c.code for c in CATEGORIES if c.name == "real_estate")
    courier = next(c.code for c in CATEGORIES if c.name == "courier")
    assert labels.text(label(real_estate), "zh") == "疑似房产中介"
    assert labels.text(label(real_estate), "en") == "real estate?"
    assert labels.text(label(0), "zh") == "疑似骚扰"
    assert labels.text(label(real_estate, Guard.SEGMENT), "zh") == "陌生来电"
    assert labels.text(label(courier), "en") == "unknown caller"


@given(st.integers(0, INVALID_CALLER), st.integers(0, 31), st.sampled_from(["zh", "en"]))
def test_headers_are_well_formed_for_any_number(caller: int, category: int, language: str) -> None:
    for header, form in (("pai", PAI), ("call-info", CALL_INFO)):
        trunk = Settings(ROWS, label=header, label_language=language)
        for redress in (REDRESS, Redress()):
            said = answer_over(trunk, label(category), redress)
            assert said.code == 0
            assert form.fullmatch(said.headers_of(RECEIPT, caller))


def test_the_number_is_written_anew() -> None:
    assert labels.address(8613712345678) == "tel:+8613712345678"
    assert labels.address(10**15 + 95588) == "tel:95588;phone-context=+86"
    for unwritten in (0, INVALID_CALLER, OPAQUE_BASE, OPAQUE_BASE + 5):
        assert labels.address(unwritten) == "sip:anonymous@anonymous.invalid"


def test_a_redirect_server_labels_in_its_302() -> None:
    said = answer_over(Settings(ROWS, answer="redirect", label="call-info"), label(3), REDRESS)
    assert said.code == 302
    assert said.headers_of(RECEIPT) == (
        f'Call-Info: <https://example.net/appeal/{RECEIPT}>;purpose=info;call-reason="疑似房产中介"\r\n'
    )


def test_what_is_no_label_carries_none() -> None:
    trunk = Settings(ROWS, label="pai")
    assert answer_over(trunk, label(action=Action.RING), REDRESS) == Answer(0)
    shadow = DecisionWord(Action.LABEL, Guard.SYSTEM, 3, 9, DecisionFlag.SHADOW, 0, 70, 0)
    assert answer_over(trunk, shadow, REDRESS) == Answer(0)
    assert answer_over(Settings(ROWS), label(3), REDRESS) == Answer(0)


def test_a_rejected_call_is_announced() -> None:
    uri = "sip:annc@10.0.0.9:5080;play={category};id={evidence_id};to={short_code}"
    trunk = Settings(ROWS, answer="announce", announcement=uri)
    judged = DecisionWord(Action.REJECT, Guard.SYSTEM, 3, 9, DecisionFlag(0), 603, 160, 0)
    said = answer_over(trunk, judged, REDRESS)
    assert said.code == 0
    assert said.to_of(RECEIPT) == f"sip:annc@10.0.0.9:5080;play=real_estate;id={RECEIPT};to=10086999"
    assert said.headers_of(RECEIPT) == f'Reason: Q.850;cause=21;text="short_code=10086999;id={RECEIPT}"\r\n'
    own = DecisionWord(Action.REJECT, Guard.DENIED, 0, 0, DecisionFlag(0), 603, 0, 0)
    assert answer_over(trunk, own, REDRESS) == Answer(603, "Decline")
