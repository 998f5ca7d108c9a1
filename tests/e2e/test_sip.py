"""Real SIP through a real Kamailio: a nuisance call is refused with its reason, a wanted one is a whole call."""

import re
import sys
import time

import pytest

from wurao.access.roles import Role
from wurao.core.clock import SystemClock
from wurao.core.standing import Standing
from wurao.core.wishes import KEYS, strict_profile
from wurao.edge.kamailio.examining import examined
from wurao.store.book import Book
from wurao.store.home import Home

served = sys.modules["wurao_served"]
switches = sys.modules["wurao_switch"]

pytestmark = pytest.mark.e2e
NUISANCE, WANTED, CALLEE = "13712345678", "+8613811112222", "13900139000"
TRUNKS = """
[appeal]
url = "https://example.net/appeal/{evidence_id}"
[settings.default]
answer = "603+"
"""
IN_FORCE_S = 1.0
HISTORY_S = 5
"""A decision is in the history within 2 s; a busy machine gets five."""
REASON = re.compile(
    r'Reason: SIP;cause=603;text="v=analytics1;url=https://example.net/appeal/(\S+?);id=\1";location=LN\r?\n'
)


@pytest.fixture(scope="module", autouse=True)
def _installed():
    if lacking := switches.missing():
        pytest.skip(f"no real SIP here: apt-get install -y --no-install-recommends {lacking}")


@pytest.fixture(scope="module")
def service(tmp_path_factory):
    running = served.Served(tmp_path_factory.mktemp("served"))
    with Home.open(running.home).lock() as home:
        (home.path / "conf/local.d").mkdir(parents=True)
        (home.path / "conf/local.d/trunks.toml").write_text(TRUNKS)
        clock = SystemClock()
        book = Book.at(home.book, clock)
        book.set_wish(8613900139000, strict_profile())
        book.write_standing([Standing(8613712345678, "LISTED", 1.0, "imported", clock.now_us(), category="fraud")])
        book.close()
    running.start()
    yield running
    running.close()


@pytest.fixture(scope="module")
def switch(service, tmp_path_factory):
    running = switches.Switch(tmp_path_factory.mktemp("switch"), service.home)
    running.start()
    yield running
    running.stop()


def history(service, **wanted):
    with service.client(Role.ADMIN) as client:
        return client.get("/history", params=wanted).json()


def test_the_doctor_finds_nothing_wrong_with_it(switch, service) -> None:
    found = list(examined(service.home, switches.DEPLOY / "kamailio.cfg"))
    assert not [one for one in found if one.ok is False]
    assert {one.name for one in found if one.ok} == {
        *("kamailio", "kamailio config", "kamailio route", "kamailio 607", "kamailio -c", "kamailio memory"),
        *("kamailio env", "kamailio script", "kamailio python", "kamailio tables", "kamailio rings"),
    }


def test_a_nuisance_call_is_refused_with_its_reason_and_its_receipt_found(switch, service) -> None:
    said = switch.call("rejected", NUISANCE, CALLEE, calls=20)
    receipts = {found[1] for found in REASON.finditer(said)}
    assert len(receipts) == 20
    assert said.count("SIP/2.0 603 Network Blocked") == 20
    served.wait_for(lambda: len(history(service, number=NUISANCE)) == 20, HISTORY_S, "they are in the history")
    rows = history(service, number=NUISANCE)
    assert {row["receipt"] for row in rows} == receipts
    assert {(row["action"], row["code"]) for row in rows} == {("reject", 603)}


def test_a_wanted_call_is_answered_held_and_ended(switch, service) -> None:
    with switch.answering():
        said = switch.call("answered", WANTED, CALLEE)
    assert said.count("SIP/2.0 200 OK") == 3
    served.wait_for(lambda: history(service, number=WANTED), HISTORY_S, "the decision is in the history")
    (row,) = history(service, number=WANTED)  # a re-INVITE is no second call
    assert row["action"] == "ring"


def test_a_call_is_cancelled_while_it_rings(switch) -> None:
    with switch.answering("ringing"):
        said = switch.call("cancelled", WANTED, CALLEE)
    assert "SIP/2.0 487 Request Terminated" in said


def test_a_wish_is_in_force_at_the_next_call_of_every_worker(switch, service) -> None:
    newly = "13900139001"
    with switch.answering():
        switch.call("answered", NUISANCE, newly)
    with service.client(Role.EDGE) as client:
        assert client.put(f"/v1/wishes/{newly}", json={"levels": dict.fromkeys(KEYS, 3)}).status_code == 200
    time.sleep(IN_FORCE_S)
    assert switch.call("rejected", NUISANCE, newly, calls=40).count("SIP/2.0 603 ") == 40


def test_workers_switch_to_new_tables_that_were_vouched_for(switch, service) -> None:
    newly = "13900139002"
    service.stop()
    assert served.command_line("shield", "build", "--home", service.home).returncode == 0
    service.start()
    with service.client(Role.EDGE) as client:
        assert client.put(f"/v1/wishes/{newly}", json={"levels": dict.fromkeys(KEYS, 3)}).status_code == 200
    time.sleep(IN_FORCE_S)
    assert switch.call("rejected", NUISANCE, newly, calls=40).count("SIP/2.0 603 ") == 40
    assert "wurao:" not in switch.log.read_text()


UNWANTED = 'SIP;cause=607;text="Unwanted"'


@pytest.mark.parametrize(
    ("phone", "scenario", "how"),
    [
        ("refusing", "rejected", {"code": 607}),
        ("hanging_up", "hung_up", {}),
        ("ringing", "cancelled", {"reason": UNWANTED}),
    ],
    ids=["final response", "BYE", "CANCEL"],
)
def test_a_spam_button_is_a_report_and_the_callers_last_call(switch, service, phone, scenario, how) -> None:
    spammer = {"refusing": "13811113331", "hanging_up": "13811113332", "ringing": "13811113333"}[phone]
    with switch.answering(phone):
        switch.call(scenario, spammer, CALLEE, **how)
    served.wait_for(lambda: reported(service, spammer), HISTORY_S, "the report is kept")
    time.sleep(IN_FORCE_S)
    said = switch.call("rejected", spammer, CALLEE, calls=4)
    assert said.count("SIP/2.0 603 ") == 4
    assert "analytics" not in said  # the subscriber's own list


def reported(service, caller) -> bool:
    with service.client(Role.ADMIN) as client:
        kept = [client.get(f"/v1/reports/607-{row['receipt']}") for row in history(service, number=caller)]
    return any(answered.status_code == 200 for answered in kept)


def test_a_service_that_is_down_costs_no_call(service, tmp_path_factory) -> None:
    switch = switches.Switch(tmp_path_factory.mktemp("alone"), service.home)
    service.stop()
    switch.start()
    try:
        assert switch.call("rejected", NUISANCE, CALLEE, calls=5).count("SIP/2.0 603 ") == 5
        with switch.answering():
            switch.call("answered", WANTED, CALLEE)
    finally:
        switch.stop()
        service.start()
    served.wait_for(lambda: len(history(service, number=WANTED)) >= 2, HISTORY_S, "what waited is in the history")


@pytest.mark.parametrize("home", ["none", "damaged"])
def test_a_call_rings_where_there_are_no_tables(home, tmp_path) -> None:
    if home == "damaged":
        (tmp_path / "home/tables").mkdir(parents=True)
        (tmp_path / "home/tables/CURRENT").write_text("nonsense\n")
    switch = switches.Switch(tmp_path, tmp_path / "home")
    switch.start()
    try:
        with switch.answering():
            switch.call("answered", NUISANCE, CALLEE)
    finally:
        switch.stop()


def test_a_call_rings_where_our_code_fails(service, tmp_path) -> None:
    script = tmp_path / "broken.py"
    kemi = (switches.DEPLOY / "wurao_kemi.py").read_text()
    broken = "        Answers.to = lambda *_: 1 / 0\n        home = Path("
    broken = "        from wurao.edge.sip.answers import Answers\n" + broken
    assert "        home = Path(" in kemi
    script.write_text(kemi.replace("        home = Path(", broken))
    switch = switches.Switch(tmp_path, service.home)
    switch.start(script)
    try:
        with switch.answering():
            switch.call("answered", NUISANCE, CALLEE)
        assert "ZeroDivisionError" in switch.log.read_text()
    finally:
        switch.stop()


def test_a_call_rings_where_we_cannot_be_loaded(service, tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(switches, "SITE", str(tmp_path))
    switch = switches.Switch(tmp_path, service.home)
    switch.start()
    try:
        with switch.answering():
            switch.call("answered", NUISANCE, CALLEE)
        assert "calls go on unscreened" in switch.log.read_text()
    finally:
        switch.stop()
