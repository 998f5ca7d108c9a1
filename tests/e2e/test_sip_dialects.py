"""How trunks are told, each by a real Kamailio: 608 with its card, 404 and 302 of a redirect server, plain 603."""

import re
import sys

import pytest

from wurao.core.clock import SystemClock
from wurao.core.standing import Standing
from wurao.core.wishes import default_profile
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
