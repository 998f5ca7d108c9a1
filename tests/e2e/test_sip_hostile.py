"""Messages meant to break an edge: no crash, no hang, a sane reply or a relay, and the next call is judged as ever."""

import itertools
import re
import socket
import ssl
import sys
import time
from typing import Final

import pytest

switches = sys.modules["wurao_switch"]
hostile = sys.modules["wurao_hostile"]

pytestmark = [pytest.mark.e2e, pytest.mark.switch]
TRUNK = '[settings.default]\nanswer = "603"\ncaller = "pai"\ncallee = "diversion"\n'
FUZZ_S: Final = {"desk": 3, "ci": 10, "long": 480}
ALIVE_S: Final = 2.0
LONG: Final = {"udp": 60_000, "tcp": 64_000, "tls": 64_000}
STATUS: Final = re.compile(rb"SIP/2\.0 [1-6]\d\d [^\r\n]*\r\n")
HEADER: Final = re.compile(rb"[A-Za-z0-9-]+ *:[^\r\n]*")


@pytest.fixture(scope="module", autouse=True)
def _installed():
    if lacking := switches.missing():
        pytest.skip(f"no real SIP here: apt-get install -y --no-install-recommends {lacking}")


@pytest.fixture(scope="module")
def switch(tmp_path_factory):
    folder = tmp_path_factory.mktemp("hostile")
    callee, nuisance = (86 * 10**11 + int(number) for number in (hostile.CALLEE, hostile.NUISANCE))
    running = switches.Switch(folder, switches.screening_home(folder, TRUNK, callee, nuisance), secured=True)
    running.start()
    yield running
    running.stop()


class Wire:
    """A connection to the switch; ``say`` sends and returns what is answered at once."""

    def __init__(self, switch, transport: str) -> None:
        self.switch, self.transport = switch, transport
        self.count = itertools.count()
        self._open()

    def _open(self) -> None:
        kind = socket.SOCK_DGRAM if self.transport == "udp" else socket.SOCK_STREAM
        self.socket = socket.socket(socket.AF_INET, kind)
        self.socket.settimeout(1)
        self.socket.connect((switches.HOST, self.switch.tls_port if self.transport == "tls" else self.switch.port))
        if self.transport == "tls":
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
            context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
            self.socket = context.wrap_socket(self.socket)

    def say(self, text: str, wait_s: float = 0.0) -> bytes:
        """Send a message; a connection that the switch ended is opened anew."""
        fields = {"{port}": self.socket.getsockname()[1], "{transport}": self.transport.upper()}
        fields["{n}"] = f"{time.monotonic_ns()}x{next(self.count)}"
        for name, value in fields.items():
            text = text.replace(name, str(value))
        try:
            self.socket.send(text.encode(errors="surrogateescape"))
            self.socket.settimeout(wait_s or 0.001)
            return self.socket.recv(65_536)
        except TimeoutError:
            return b""
        except OSError:
            self.socket.close()
            self._open()
            return b""

    def close(self) -> None:
        self.socket.close()


@pytest.fixture(params=["udp", "tcp", "tls"])
def wire(request, switch):
    opened = Wire(switch, request.param)
    yield opened
    opened.close()


def still_judges(switch) -> None:
    """Fail unless the switch lives with all its processes and still refuses the nuisance call."""
    asking = Wire(switch, "udp")
    began = time.monotonic()
    said = b""
    while not said.startswith(b"SIP/2.0 603 "):
        said = asking.say(hostile.message(), wait_s=0.5)
        assert time.monotonic() - began < ALIVE_S, (said[:200], switch.log.read_text()[-3000:])
    asking.close()
    assert set(switch.first_workers) <= set(switch.workers())


def sane(said: bytes) -> bool:
    """Whether every line of the replies is one, and nothing was injected."""
    head, _, _ = said.partition(b"\r\n\r\n")
    status, *headers = head.split(b"\r\n")
    return bool(STATUS.match(status + b"\r\n")) and all(HEADER.fullmatch(line) for line in headers)


def test_torture(switch, wire) -> None:
    for name, text in hostile.torture().items():
        said = wire.say(text, wait_s=0.05)
        assert not said or STATUS.match(said), (name, said[:300])
        if "dblreq" in name or wire.transport == "udp":
            continue
        wire.socket.close()  # a stream is out of step after a wrong length
        wire._open()
    still_judges(switch)


def test_injection(switch, wire) -> None:
    for name, text in hostile.injected():
        said = wire.say(text, wait_s=0.02)
        assert b"\nInjected" not in said, (name, said)
        assert not said or STATUS.match(said), (name, said[:300])
        if wire.transport != "udp":
            wire.socket.close()
            wire._open()
    still_judges(switch)
    assert "a call rings because of a fault" not in switch.log.read_text()


def test_headers_of_64_kb(switch, wire) -> None:
    for name, text in hostile.long_ones(LONG[wire.transport]):
        said = wire.say(text, wait_s=0.3)
        assert not said or STATUS.match(said), (name, said[:300])
    still_judges(switch)


DRESSES: Final = (
    "sip:{n}@127.0.0.1",
    "sip:+86{n}@127.0.0.1",
    "sip:0086{n}@127.0.0.1",
    "sip:86{n}@127.0.0.1",
    "sip:+86-137-1234-5678@127.0.0.1",
    "sip:%31%33712345678@127.0.0.1",
    "sip:%2B86{n}@127.0.0.1",
    "sip:+86{n};npdi;rn=+8613900000000@127.0.0.1;user=phone",
    "sip:{n};phone-context=+86@127.0.0.1",
    "sip:{n}:secret@127.0.0.1",
    "sips:{n}@127.0.0.1",
    "tel:+86{n}",
    "tel:+86-137-1234-5678;ext=1",
    "tel:{n};phone-context=+86",
)


@pytest.mark.parametrize("dress", DRESSES)
def test_a_nuisance_call_is_known_in_every_dress(switch, dress) -> None:
    wire = Wire(switch, "udp")
    address = dress.replace("{n}", hostile.NUISANCE)
    said = wire.say(hostile.message(From=f"<{address}>;tag={{n}}"), wait_s=1)
    asserted = f"P-Asserted-Identity: <{address}>"
    invite = f"INVITE sip:{hostile.CALLEE}@127.0.0.1 SIP/2.0"
    vouched = wire.say(hostile.message(invite, asserted, From="<sip:anonymous@anonymous.invalid>;tag={n}"), wait_s=1)
    wire.close()
    assert said.startswith(b"SIP/2.0 603 "), said[:200]
    assert sane(said)
    assert vouched.startswith(b"SIP/2.0 603 "), vouched[:200]


def test_fuzz(switch, size) -> None:
    wires = [Wire(switch, transport) for transport in ("udp", "tcp")]
    until, checked = time.monotonic() + FUZZ_S[size], time.monotonic()
    sent = 0
    for text in hostile.fuzz(sent):
        wires[sent % len(wires)].say(text)
        sent += 1
        if time.monotonic() - checked > 1:
            still_judges(switch)
            checked = time.monotonic()
        if time.monotonic() > until:
            break
    still_judges(switch)
    for wire in wires:
        wire.close()
    sys.stdout.write(f"{sent} messages\n")
