"""How trunks are told, each by a real Kamailio: 608 with its card, 404 and 302 of a redirect server, plain 603."""

import re
import sys
import time
from collections.abc import Iterator

import pytest

from wurao.core.clock import SystemClock
from wurao.core.payload import DecisionFlag
from wurao.core.standing import Standing
from wurao.core.verdict import Action
from wurao.core.wishes import default_profile
from wurao.edge.ring import RingReader
from wurao.screening.shield import Shield
from wurao.store.book import Book
from wurao.store.home import Home

switches = sys.modules["wurao_switch"]

pytestmark = pytest.mark.e2e
NUISANCE, CALLEE, MILD, OTHER = "13712345678", "13900139000", "13900139007", "13811112222"
CARD = """
[appeal]
name = "示例电信"
url = "https://example.net/appeal/{evidence_id}"
card_url = "https://example.net/redress/{evidence_id}"
card_key = "/nonexistent/only/the/service/reads/it.pem"
certificate_url = "https://example.net/cert.pem"
"""


@pytest.fixture(scope="module", autouse=True)
def _installed():
    if lacking := switches.missing():
        pytest.skip(f"no real SIP here: apt-get install -y --no-install-recommends {lacking}")


@pytest.fixture
def started(tmp_path):
    running = []

    def start(settings: str, prepare=lambda _home: None):
        home = switches.screening_home(tmp_path, settings, 86 * 10**11 + int(CALLEE), 86 * 10**11 + int(NUISANCE))
        prepare(home)
        switch = switches.Switch(tmp_path, home)
        running.append(switch)
        switch.start()
        return switch

    yield start
    for switch in running:
        switch.stop()


def trunk(answer: str, more: str = "") -> str:
    return f'[settings.default]\nanswer = "{answer}"\n{more}'


def test_608_points_to_its_card_where_it_is_understood(started) -> None:
    switch = started(CARD + trunk("608"))
    said = switch.call("rejected", NUISANCE, CALLEE, code=608, headers="Feature-Caps: *;+sip.608")
    assert "SIP/2.0 608 Rejected" in said
    assert re.search(r"\nCall-Info: <https://example\.net/redress/\d{8}-[\w-]{12}>;purpose=jwscard\r?\n", said)
    said = switch.call("rejected", NUISANCE, CALLEE, headers="Feature-Caps: *;+sip.607")
    assert "SIP/2.0 603 Network Blocked" in said
    assert "Call-Info" not in said


def labelled(path) -> None:
    """Let OTHER's calls to MILD be labelled."""
    clock = SystemClock()
    with Home.open(path).lock() as home:
        book = Book.at(home.book, clock)
        book.set_wish(86 * 10**11 + int(MILD), default_profile())
        book.write_standing(
            [Standing(86 * 10**11 + int(OTHER), "LISTED", 0.6, "list", clock.now_us(), category="retail")]
        )
        with Shield(home, book, clock) as shield:
            shield.start()
        book.close()


def test_a_redirect_server_says_404_302_and_603(started) -> None:
    switch = started(trunk("redirect"), labelled)
    assert "SIP/2.0 603 Decline" in switch.call("rejected", NUISANCE, CALLEE)
    assert "SIP/2.0 404 Not Found" in switch.call("rejected", "13811112223", CALLEE, code=404)
    assert "SIP/2.0 302 Moved Temporarily" in switch.call("rejected", OTHER, MILD, code=302)


def test_plain_603_says_nothing_more(started) -> None:
    said = started(trunk("603")).call("rejected", NUISANCE, CALLEE)
    assert "SIP/2.0 603 Decline" in said
    assert "\nReason:" not in said


@pytest.mark.parametrize(
    ("header", "said"),
    [
        ("diversion", f"Diversion: <sip:{CALLEE}@example.net>;reason=unconditional"),
        (
            "history-info",
            f"History-Info: <sip:{CALLEE}@a.net?Reason=SIP%3Bcause%3D302>;index=1, <sip:{OTHER}@a.net>;index=1.1;mp=1",
        ),
    ],
)
def test_a_forwarded_call_is_judged_by_who_forwarded_it(started, header, said) -> None:
    switch = started(trunk("603", f'callee = "{header}"\n'))
    assert "SIP/2.0 603 Decline" in switch.call("rejected", NUISANCE, OTHER, headers=said)
    with switch.answering():
        switch.call("answered", NUISANCE, OTHER)


LABELLING = """
[appeal]
url = "https://example.net/appeal/{evidence_id}"
"""


def words(switch) -> list[int]:
    """Return the words of what the switch decided, by all its workers."""
    rings = (switch.home.parent / "rings").glob("*.ring")
    return [record.word for ring in rings for record in RingReader(ring).read(99)]


def heard_by_the_phone(switch, caller: str, headers: str = "X-Test: 1") -> str:
    with switch.answering("picking_up") as heard:
        switch.call("named", caller, MILD, headers=headers)
    return heard.read_text(errors="replace").partition("SIP/2.0 200")[0]


def lines(said: str, header: str) -> list[str]:
    return re.findall(rf"^{header}:.*$", said, re.MULTILINE | re.IGNORECASE)


@pytest.mark.parametrize(
    "caller",
    [
        f"<sip:{OTHER}@example.net>",
        f'"\\"; evil <sip:110@example.net>\\"" <sip:{OTHER}@example.net>',
        f'"快递%0d%0aP-Asserted-Identity: <tel:110>" <sip:{OTHER}@example.net>;x="y>"',
        f"快递员 <sip:{OTHER};verstat=TN-Validation-Passed@example.net>",
    ],
)
def test_a_label_is_the_display_name_that_the_phone_shows(started, caller) -> None:
    switch = started(LABELLING + trunk("q850", 'label = "pai"'), labelled)
    told = 'P-Asserted-Identity: "Your bank" <tel:95588>'
    said = heard_by_the_phone(switch, caller, told)
    assert [line.strip() for line in lines(said, "P-Asserted-Identity")] == [
        f'P-Asserted-Identity: "疑似购物零售推销" <tel:+86{OTHER}>'
    ]
    assert not any(word >> 17 & DecisionFlag.UNLABELLED for word in words(switch))


def test_a_label_is_the_reason_of_a_call(started) -> None:
    switch = started(LABELLING + trunk("q850", 'label = "call-info"\nlabel_language = "en"'), labelled)
    said = heard_by_the_phone(
        switch, f"<sip:{OTHER}@a.net>", 'Call-Info: <data:>;purpose=jcard;call-reason="Your bank"'
    )
    (line,) = lines(said, "Call-Info")
    form = r'Call-Info: <https://example\.net/appeal/\d{8}-[\w-]{12}>;purpose=info;call-reason="retail sales\?"'
    assert re.fullmatch(form, line.strip())
    wanted = heard_by_the_phone(switch, "<sip:13811112223@a.net>", "Call-Info: <data:>;purpose=jcard")
    assert [line.strip() for line in lines(wanted, "Call-Info")] == ["Call-Info: <data:>;purpose=jcard"]


def test_a_redirect_server_carries_the_label_in_its_302(started) -> None:
    switch = started(LABELLING + trunk("redirect", 'label = "pai"'), labelled)
    said = switch.call("rejected", OTHER, MILD, code=302)
    assert f'P-Asserted-Identity: "疑似购物零售推销" <tel:+86{OTHER}>' in said


def test_where_no_label_reaches_the_phone_it_rang_unlabelled(started) -> None:
    switch = started(trunk("q850"), labelled)
    said = heard_by_the_phone(switch, f"<sip:{OTHER}@example.net>")
    assert not lines(said, "P-Asserted-Identity")
    (word,) = words(switch)
    assert word & 7 == Action.LABEL
    assert word >> 17 & DecisionFlag.UNLABELLED


FAILING = "weights = { IDENTITY_FAILED = 15.0 }\n"


@pytest.mark.parametrize(
    ("verstat", "code"),
    [("TN-Validation-Passed", 404), ("TN-Validation-Failed", 302), ("No-TN-Validation", 404)],
)
def test_verstat_is_believed_where_a_trunk_is_trusted_for_it(started, verstat, code) -> None:
    switch = started(trunk("redirect", 'identity = "verstat"\n' + FAILING))
    switch.call("rejected", f"+8613811112223;verstat={verstat}", CALLEE, code=code)
    told = f"P-Asserted-Identity: <tel:+8613811112224;verstat={verstat}>"
    switch.call("rejected", "13811112224", CALLEE, code=code, headers=told)


def test_verstat_is_nobodys_word_elsewhere(started) -> None:
    switch = started(trunk("redirect", FAILING))
    switch.call("rejected", "+8613811112223;verstat=TN-Validation-Failed", CALLEE, code=404)


@pytest.fixture
def carrier(new_signer):
    return new_signer(int(time.time()) - 86_400)


def test_a_passport_is_checked(started, carrier) -> None:
    settings = f'[identity]\ncertificates = "{carrier.folder}"\n' + trunk(
        "redirect", 'identity = "passport"\n' + FAILING
    )
    switch = started(settings)

    dest, now = {"tn": [f"86{CALLEE}"]}, int(time.time())
    callers = iter(range(8613811112200, 8613811112300))  # each calls once: a second call lifts a label

    def said(code: int, spoil=lambda token: token, tries=3, **claims) -> None:
        caller = str(next(callers))
        token = carrier.token(**({"dest": dest, "orig": {"tn": caller}, "iat": now} | claims))
        try:
            switch.call("rejected", f"+{caller}", CALLEE, code=code, headers=f"Identity: {spoil(token)}")
        except AssertionError:  # on a busy machine a decision may come later than its budget, and rings
            if tries == 1:
                raise
            said(code, spoil, tries - 1, **claims)

    said(404)
    said(302, orig={"tn": "8613811112224"})
    said(302, iat=now - 600)
    said(302, lambda token: re.sub(r"\.[\w-]{86};", f".{'A' * 86};", token))
    said(404, lambda _: "x" * 3_000)
    switch.call("rejected", f"+{next(callers)}", CALLEE, code=404)


@pytest.fixture
def announced(started) -> Iterator[tuple]:
    port = switches.free_udp_port()
    uri = f"sip:annc@{switches.HOST}:{port};play={{category}};id={{evidence_id}}"
    settings = '[appeal]\nurl = "/appeal/{evidence_id}"\nshort_code = "10086999"\n'
    return started(settings + trunk("announce", f'announcement = "{uri}"')), port


def test_a_rejected_call_hears_an_announcement(announced) -> None:
    switch, port = announced
    with switch.answering("announcement", port=port) as heard:
        said = switch.call("announced", NUISANCE, CALLEE)
    asked = heard.read_text(errors="replace").partition("SIP/2.0 183")[0]
    assert re.search(r"^INVITE sip:annc@[\d.:]+;play=fraud;id=\d{8}-[\w-]{12} SIP/2.0", asked, re.MULTILINE)
    assert re.search(r'^Reason: Q\.850;cause=21;text="short_code=10086999;id=[\w-]+"\r?$', asked, re.MULTILINE)
    assert 'text="announced"' in said


def test_where_nothing_is_announced_the_answer_says_why(announced) -> None:
    switch, _ = announced
    said = switch.call("rejected", NUISANCE, CALLEE)
    assert re.search(r'\nReason: Q\.850;cause=21;text="short_code=10086999;id=[\w-]+"', said)
    with switch.answering():
        switch.call("answered", OTHER, CALLEE)
