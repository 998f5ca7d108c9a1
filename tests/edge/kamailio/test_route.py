"""What Kamailio's workers call, with a Kamailio of paper: reads the right headers, and every fault rings."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from wurao.core.clock import FixedClock
from wurao.core.payload import INVALID_CALLER, DecisionFlag
from wurao.core.verdict import Action
from wurao.edge import ring
from wurao.edge.kamailio.route import Route
from wurao.edge.receipts import RECEIPT
from wurao.edge.ring import Record, RingReader
from wurao.store.home import Home

NOW_US = 1_790_000_000_000_000
NUISANCE, SUBSCRIBER, OTHER = "+8613712345678", "13900139000", "13811112222"


class Paper:
    """A Kamailio of paper: pseudo-variables in a dictionary, a list of what it logged."""

    def __init__(self) -> None:
        self.values: dict[str, Any] = {}
        self.logged: list[str] = []
        self.pv = SimpleNamespace(get=self.values.get, sets=self.values.__setitem__, seti=self.values.__setitem__)

    def err(self, line: str) -> None:
        self.logged.append(line)


@pytest.fixture
def rings(tmp_path: Path) -> Path:
    return tmp_path / "rings"


@pytest.fixture
def paper() -> Paper:
    return Paper()


@pytest.fixture
def route(screening_home: Home, rings: Path, paper: Paper) -> Route:
    made = Route(paper, screening_home.path, rings, FixedClock(NOW_US))
    made.child_init(1)
    return made


def call(route: Route, paper: Paper, trunk: str = "", **headers: str | None) -> int:
    names = {"caller": "$fU", "callee": "$rU", "asserted": "$(ai{uri.user})", "forwarding": "$(di{uri.user})"}
    names |= {"uri": "$fu", "identity": "$(hdr(Identity)[*])"}
    paper.values.clear()
    paper.values.update({names[name]: value for name, value in headers.items()})
    paper.values |= {"$ai": headers.get("asserted"), "$di": headers.get("forwarding")}
    code = route.decide(None, trunk)
    return code if code > 1 else 0


def told(caller: str, callee: str, trunk: str = "", call: str = "a" * 32 + "1") -> str:
    return f"{call}|{caller.encode().hex()}|{callee.encode().hex()}|{trunk}"


def test_headers_told_in_one_text_are_decided_as_those_asked_for(route: Route, paper: Paper, rings: Path) -> None:
    assert route.decide_told(None, told(NUISANCE, SUBSCRIBER)) == 603
    assert route.decide_told(None, told("%2B86137%31%32345678", SUBSCRIBER, "server")) == 603
    assert route.decide_told(None, told(OTHER, SUBSCRIBER, "server")) == 404
    assert route.decide_told(None, told(NUISANCE, SUBSCRIBER)) == 603
    paper.values |= {"$fU": NUISANCE, "$rU": SUBSCRIBER}
    assert route.decide_told(None, told("", "", call="")) == 603, "what isn't told is asked for"
    assert route.faults == 0
    records = RingReader(rings / "kamailio-1.ring").read(9)
    assert [r.caller for r in records] == [
        8613712345678,
        8613811112222,
        8613712345678,
    ], "one name and the same numbers are one call"


def test_a_text_of_another_form_rings(route: Route) -> None:
    for text in ("", "a|b", "a|b|c|d", "a|1|2|3", "|||"):
        assert route.decide_told(None, text) == 1
    assert route.faults == 4


def test_what_completes_an_answer_is_told_once(route: Route, paper: Paper) -> None:
    assert route.decide_told(None, told(OTHER, SUBSCRIBER, "server")) == 404
    assert paper.values.pop("$var(wurao_phrase)") == "Not Found"
    assert route.decide_told(None, told(OTHER, SUBSCRIBER, "server", "b" * 33)) == 404
    assert "$var(wurao_phrase)" not in paper.values
    assert route.decide_told(None, told(NUISANCE, SUBSCRIBER, "server")) == 603
    assert paper.values["$var(wurao_phrase)"] == "Decline"


def test_a_nuisance_call_is_answered_and_kept(route: Route, paper: Paper, rings: Path) -> None:
    assert call(route, paper, caller=NUISANCE, callee=SUBSCRIBER) == 603
    assert paper.values["$var(wurao_headers)"].startswith("Reason: Q.850;cause=21")
    assert call(route, paper, caller=OTHER, callee=SUBSCRIBER) == 0
    records = RingReader(rings / "kamailio-1.ring").read(5)
    assert [(r.caller, r.callee, r.at_us) for r in records] == [
        (8613712345678, 8613900139000, NOW_US),
        (8613811112222, 8613900139000, NOW_US),
    ]


def test_a_trunk_says_which_headers_are_trusted(route: Route, paper: Paper) -> None:
    told: dict[str, str] = {"caller": OTHER, "callee": OTHER, "asserted": NUISANCE, "forwarding": SUBSCRIBER}
    assert call(route, paper, "plus", **told) == 603
    assert paper.values["$var(wurao_phrase)"] == "Network Blocked"
    assert "url=https://example.net/appeal/" in paper.values["$var(wurao_headers)"]
    assert call(route, paper, "", **told) == 0
    assert call(route, paper, "plus", caller=NUISANCE, callee=SUBSCRIBER) == 603


def test_a_redirect_server_always_answers(route: Route, paper: Paper) -> None:
    assert call(route, paper, "server", caller=NUISANCE, callee=SUBSCRIBER) == 603
    assert call(route, paper, "server", caller=OTHER, callee=SUBSCRIBER) == 404


def words(rings: Path) -> list[int]:
    return [record.word for record in RingReader(rings / "kamailio-1.ring").read(9) if isinstance(record, Record)]


def test_a_label_goes_along_where_the_trunk_carries_it(route: Route, paper: Paper, rings: Path) -> None:
    told = f"<sip:{OTHER};verstat=TN-Validation-Failed@example.net>"
    assert (
        call(route, paper, "vouched", caller=f"{OTHER};verstat=TN-Validation-Failed", callee=SUBSCRIBER, uri=told) == 0
    )
    assert paper.values["$avp(wurao_added)"] == f'P-Asserted-Identity: "疑似骚扰" <tel:+86{OTHER}>\r\n'
    assert "$avp(wurao_to)" not in paper.values
    assert [word >> 17 & DecisionFlag.UNLABELLED for word in words(rings)] == [0]


def test_where_none_is_carried_the_call_rang_unlabelled(route: Route, paper: Paper, rings: Path, signer: Any) -> None:
    assert call(route, paper, "signed", caller=OTHER, callee=SUBSCRIBER, identity=signer.token(iat=1)) == 0
    assert "$avp(wurao_added)" not in paper.values
    assert [word & 7 for word in words(rings)] == [Action.LABEL]
    assert words(rings)[0] >> 17 & DecisionFlag.UNLABELLED


def test_a_trunk_that_asks_for_no_identity_costs_no_look(route: Route, paper: Paper) -> None:
    looked: list[str] = []
    route._get = lambda name: looked.append(name) or paper.values.get(name)
    call(route, paper, caller=OTHER, callee=SUBSCRIBER)
    assert set(looked) == {"$fU", "$rU", "$ci"}


def test_a_rejected_call_goes_to_the_announcement(route: Route, paper: Paper) -> None:
    assert call(route, paper, "announced", caller=NUISANCE, callee=SUBSCRIBER) == 0
    receipt = paper.values["$avp(wurao_receipt)"]
    assert paper.values["$avp(wurao_to)"] == f"sip:annc@192.0.2.9;id={receipt}"
    assert paper.values["$avp(wurao_added)"] == f'Reason: Q.850;cause=21;text="id={receipt}"\r\n'


@pytest.mark.parametrize("caller", [None, "", "anonymous", "x" * 60_000, "\udcff", "+", "0" * 500])
@pytest.mark.parametrize("callee", [None, "", SUBSCRIBER, "\udcff"])
def test_odd_headers_never_stop_a_call(route: Route, paper: Paper, caller: str | None, callee: str | None) -> None:
    assert call(route, paper, caller=caller, callee=callee) == 0


def test_bytes_that_are_no_text_are_a_number_that_cannot_be_read(
    route: Route, paper: Paper, rings: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def get(name: str) -> Any:
        return b"\xff".decode() if name == "$fU" else paper.values.get(name)

    monkeypatch.setattr(route, "_get", get)
    assert call(route, paper, callee=SUBSCRIBER) == 0
    assert route.faults == 0
    assert RingReader(rings / "kamailio-1.ring").read(1)[0].caller == INVALID_CALLER


def test_a_fault_rings_and_is_logged_once(route: Route, paper: Paper, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> str:
        raise RuntimeError("broken")

    monkeypatch.setattr(route, "_asserted", broken)
    for _ in range(3):
        assert call(route, paper, caller=NUISANCE, callee=SUBSCRIBER) == 0
    assert route.faults == 3
    assert sum("broken" in line for line in paper.logged) == 1


def test_an_answer_that_cannot_be_told_rings(screening_home: Home, rings: Path, paper: Paper) -> None:
    def full(*_: object) -> None:
        raise MemoryError

    paper.pv = SimpleNamespace(get=paper.values.get, sets=full)
    route = Route(paper, screening_home.path, rings, FixedClock(NOW_US))
    assert call(route, paper, caller=NUISANCE, callee=SUBSCRIBER) == 0
    assert route.decide_told(None, told(NUISANCE, SUBSCRIBER)) == 1
    assert route.faults == 2


@pytest.mark.parametrize("trunk", ["", "server", "plus", "a trunk of no settings"])
@pytest.mark.parametrize("caller", [NUISANCE, OTHER, "anonymous", "x" * 70, "+"])
def test_the_straight_way_says_what_the_slow_one_says(
    screening_home: Home, rings: Path, trunk: str, caller: str
) -> None:
    said = []
    for way in ("slow", "straight"):
        paper = Paper()
        paper.values |= {"$fU": caller, "$rU": SUBSCRIBER, "$ci": None, "$cs": 1}
        route = Route(paper, screening_home.path, rings / way, FixedClock(NOW_US))
        text = told(caller, SUBSCRIBER, trunk, "")
        code = route.decide(None, trunk) if way == "slow" else route.decide_told(None, text)
        told_of = {name: value for name, value in paper.values.items() if name.startswith(("$var", "$avp"))}
        said.append((code, {name: RECEIPT.sub("", value) for name, value in told_of.items()}, route.faults))
    assert said[0] == said[1]


def test_calls_ring_until_there_are_tables(tmp_path: Path, rings: Path, paper: Paper, screening_home: Home) -> None:
    later = tmp_path / "later"
    route = Route(paper, later, rings, FixedClock(NOW_US))
    assert call(route, paper, caller=NUISANCE, callee=SUBSCRIBER) == 0
    assert "no generation" in paper.logged[0]
    screening_home.path.rename(later)
    route._path._looked_us = 0
    assert call(route, paper, caller=NUISANCE, callee=SUBSCRIBER) == 603
    later.rename(screening_home.path)


def test_a_worker_without_a_ring_decides_all_the_same(screening_home: Home, rings: Path, paper: Paper) -> None:
    rings.write_text("in the way")
    route = Route(paper, screening_home.path, rings, FixedClock(NOW_US))
    assert route.child_init(1) == 1
    assert call(route, paper, caller=NUISANCE, callee=SUBSCRIBER) == 603
    assert any("rings" in line for line in paper.logged)


def test_only_workers_get_a_ring(screening_home: Home, rings: Path, paper: Paper) -> None:
    Route(paper, screening_home.path, rings, FixedClock(NOW_US)).child_init(0)
    assert not rings.exists()


def test_a_damaged_public_key_is_said(screening_home: Home, rings: Path, paper: Paper) -> None:
    (screening_home.folder("public") / "sign-1.pem").write_text("nonsense")
    route = Route(paper, screening_home.path, rings, FixedClock(NOW_US))
    assert call(route, paper, caller=NUISANCE, callee=SUBSCRIBER) == 0
    assert "no public key" in paper.logged[0]


def test_a_record_keeps_its_place_when_the_folder_is_gone(route: Route, paper: Paper, rings: Path) -> None:
    ring.refuse_others(rings)
    (rings / "kamailio-1.ring").unlink()
    assert call(route, paper, caller=NUISANCE, callee=SUBSCRIBER) == 603
