"""The redirect server: what a datagram is answered, and what isn't answered at all."""

from pathlib import Path
from typing import Any

import pytest
from sipmessage import Message, Response

from wurao.core.clock import FixedClock
from wurao.edge.call_path import CallPath
from wurao.edge.ring import RingReader
from wurao.edge.sip.redirect import RedirectServer
from wurao.store.home import Home

NOW_US = 1_790_000_000_000_000
NUISANCE, SUBSCRIBER, OTHER = "13712345678", "13900139000", "13811112222"
SOURCE = ("192.0.2.7", 5099)
TRUNK = '[settings.analytics]\ningress = ["sip"]\ncaller = "pai"\ncallee = "diversion"\n'


class Wire:
    """A socket of paper."""

    def __init__(self) -> None:
        self.sent: list[tuple[bytes, tuple[str, int]]] = []

    def sendto(self, data: bytes, to: tuple[str, int]) -> None:
        self.sent.append((data, to))


@pytest.fixture
def server(screening_home: Home, tmp_path: Path) -> RedirectServer:
    path = CallPath(screening_home.path, tmp_path / "rings", FixedClock(NOW_US), lambda _: None)
    path.open_ring("edge")
    made = RedirectServer(path)
    made.connection_made(Wire())  # type: ignore[arg-type]
    return made


def request(method: str = "INVITE", callee: str = SUBSCRIBER, *extra: str, **changed: str) -> bytes:
    headers = {
        "Via": "SIP/2.0/UDP 192.0.2.7:5070;branch=z9hG4bK1",
        "From": f"<sip:{NUISANCE}@192.0.2.7>;tag=1",
        "To": f"<sip:{callee}@192.0.2.1>",
        "Call-ID": "1@192.0.2.7",
        "CSeq": f"1 {method}",
    } | {name.replace("_", "-"): value for name, value in changed.items()}
    lines = [f"{method} sip:{callee}@192.0.2.1 SIP/2.0", *extra, *(f"{k}: {v}" for k, v in headers.items() if v)]
    return ("\r\n".join(lines) + "\r\n\r\n").encode(errors="surrogateescape")


def answered(server: RedirectServer, data: bytes) -> Response | None:
    wire: Any = server._transport
    wire.sent.clear()
    server.datagram_received(data, SOURCE)
    if not wire.sent:
        return None
    ((said, _),) = wire.sent
    message = Message.parse(said)
    assert isinstance(message, Response)
    return message


def test_a_nuisance_call_is_refused_and_another_goes_on(server: RedirectServer, tmp_path: Path) -> None:
    refused = answered(server, request())
    assert refused
    assert (refused.code, refused.phrase) == (603, "Decline")
    assert refused.call_id == "1@192.0.2.7"
    assert refused.to_address.parameters["tag"]
    goes_on = answered(server, request(From=f"<sip:{OTHER}@192.0.2.7>;tag=1", Call_ID="2"))
    assert goes_on
    assert goes_on.code == 404
    records = RingReader(tmp_path / "rings" / "edge.ring").read(9)
    assert [(r.caller, r.ingress) for r in records] == [(8613712345678, "sip"), (8613811112222, "sip")]


def test_a_request_sent_again_is_decided_once(server: RedirectServer, tmp_path: Path) -> None:
    answers = [bytes(answered(server, request()) or b"") for _ in range(3)]
    assert len(set(answers)) == 1
    assert len(RingReader(tmp_path / "rings" / "edge.ring").read(9)) == 1


def test_the_answer_goes_where_via_says(server: RedirectServer) -> None:
    wire: Any = server._transport
    server.datagram_received(request(), SOURCE)
    server.datagram_received(request(Via="SIP/2.0/UDP 10.0.0.1;branch=z9hG4bK2;rport"), SOURCE)
    server.datagram_received(request(Via="SIP/2.0/UDP 10.0.0.1;branch=z9hG4bK3, SIP/2.0/UDP 10.0.0.2"), SOURCE)
    assert [to for _, to in wire.sent] == [("192.0.2.7", 5070), SOURCE, ("192.0.2.7", 5060)]
    vias = [Message.parse(said).headers.getlist("Via") for said, _ in wire.sent]
    assert "received=192.0.2.7" in vias[0][0]
    assert "rport=5099" in vias[1][0]
    assert len(vias[2]) == 2


@pytest.mark.parametrize(
    ("method", "code"), [("OPTIONS", 200), ("CANCEL", 481), ("REGISTER", 405), ("BYE", 405), ("STRANGE", 405)]
)
def test_other_methods(server: RedirectServer, method: str, code: int) -> None:
    said = answered(server, request(method))
    assert said
    assert said.code == code


def test_a_re_invite_is_never_judged(server: RedirectServer) -> None:
    said = answered(server, request(To=f"<sip:{SUBSCRIBER}@192.0.2.1>;tag=2"))
    assert said
    assert said.code == 481


def test_its_trunk_says_which_headers_are_trusted(screening_home: Home, server: RedirectServer) -> None:
    told = {"From": "<sip:anonymous@anonymous.invalid>;tag=1", "P_Asserted_Identity": f"<tel:+86{NUISANCE}>"}
    said = answered(server, request("INVITE", SUBSCRIBER, **told))
    assert said
    assert said.code == 404  # nobody vouches for the header on this trunk


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\r\n\r\n",
        b"nonsense\r\n\r\n",
        b"SIP/2.0 200 OK\r\n\r\n",
        b"\xff" * 100,
        request("ACK"),
        request(Via=""),
        request(Via="nonsense"),
        request(CSeq=""),
        request(Call_ID=""),
        request(To=""),
        request(From=f"<sip:{NUISANCE}@192.0.2.7>;tag=1\nInjected: 1"),
        request(From=f"<sip:{NUISANCE}\0@192.0.2.7>;tag=1"),
        request(From=f"<sip:{'1' * 2_000}@192.0.2.7>;tag=1"),
        request("INVITE", SUBSCRIBER, *["X-Filling: 1"] * 1_000),
        request("INVITE", SUBSCRIBER, "X: \udcff"),
    ],
)
def test_what_cannot_be_read_is_left_alone(server: RedirectServer, data: bytes) -> None:
    assert answered(server, data) is None
    assert server.faults == 0


def test_a_bad_caller_is_a_bad_request(server: RedirectServer) -> None:
    said = answered(server, request(From="nonsense<>;;"))
    assert said
    assert said.code == 400


def test_without_tables_and_with_a_fault_the_call_goes_on(
    tmp_path: Path, server: RedirectServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    bare = RedirectServer(CallPath(tmp_path / "nowhere", tmp_path / "rings", FixedClock(NOW_US), lambda _: None))
    bare.connection_made(Wire())  # type: ignore[arg-type]
    said = answered(bare, request())
    assert said
    assert said.code == 404

    def broken(*_: object) -> None:
        raise RuntimeError("broken")

    monkeypatch.setattr(server._path, "screen", broken)
    said = answered(server, request())
    assert said
    assert said.code == 404
    assert server.faults == 1


def test_answers_are_kept_for_a_while_only(server: RedirectServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("wurao.edge.sip.redirect.MAX_KEPT", 10)
    for n in range(50):
        answered(server, request(Call_ID=str(n)))
    assert len(server._kept) == 10
    monkeypatch.setattr("wurao.edge.sip.redirect.KEPT_S", -1.0)
    answered(server, request(Call_ID="x"))
    assert not server._kept
