"""The calls of ``wurao bench sip``: sipp calls as fast as answers come or at a rate, a probe times single calls."""

import socket
import subprocess
import time
from pathlib import Path
from typing import Final

from wurao.bench.measure import free_port
from wurao.core.errors import ConfigError

HOST: Final = "127.0.0.1"
PROBED_S: Final = 6
PROBE_PAUSE_S: Final = 0.001
AT_ONCE: Final = 16
"""Calls under way while CPU is measured: no worker idles and no socket overflows."""

SCENARIO: Final = """<?xml version="1.0" encoding="UTF-8"?>
<scenario name="call">
    <send retrans="500" start_rtd="1"><![CDATA[
INVITE sip:[field1]@[remote_ip]:[remote_port];user=phone SIP/2.0
Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]
Max-Forwards: 70
From: <sip:[field0]@[local_ip];user=phone>;tag=[pid]-[call_number]
To: <sip:[field1]@[remote_ip];user=phone>
Call-ID: [call_id]
CSeq: 1 INVITE
Contact: <sip:[field0]@[local_ip]:[local_port]>
P-Asserted-Identity: <tel:+86[field0]>
User-Agent: bench
Allow: INVITE,ACK,CANCEL,BYE,UPDATE,PRACK
Content-Type: application/sdp
Content-Length: [len]

v=0
o=- 1 1 IN IP4 127.0.0.1
s=-
c=IN IP4 127.0.0.1
t=0 0
m=audio 40000 RTP/AVP 8 0 18 101
a=rtpmap:8 PCMA/8000
a=rtpmap:0 PCMU/8000
a=rtpmap:101 telephone-event/8000
a=sendrecv
]]></send>
    <recv response="404" optional="true" rtd="1" next="1"/>
    <recv response="302" optional="true" rtd="1" next="1"/>
    <recv response="603" rtd="1"/>
    <label id="1"/>
    <send><![CDATA[
ACK sip:[field1]@[remote_ip]:[remote_port] SIP/2.0
[last_Via:]
[last_From:]
[last_To:]
[last_Call-ID:]
CSeq: 1 ACK
Max-Forwards: 70
Content-Length: 0

]]></send>
</scenario>
"""
_PROBE: Final = (
    "{method} sip:{callee}@127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1:{port};branch=z9hG4bK{port}-{at}\r\n"
    "Max-Forwards: 70\r\nFrom: <sip:{caller}@127.0.0.1>;tag={at}\r\nTo: <sip:{callee}@127.0.0.1>\r\n"
    "Call-ID: probe-{port}-{at}\r\nCSeq: 1 {method}\r\nContact: <sip:127.0.0.1:{port}>\r\nContent-Length: 0\r\n\r\n"
)


def calling(folder: Path, port: int, calls: int, rate: int) -> subprocess.Popen[str]:
    """Start to make the calls of ``calls.csv``, at ``rate`` a second or (0) as fast as answers come."""
    pace = ["-r", str(rate), "-l", "1000"] if rate else ["-r", "100000", "-l", str(AT_ONCE)]
    whom = ["-i", HOST, "-p", str(free_port(socket.SOCK_DGRAM)), "-m", str(calls), f"{HOST}:{port}"]
    return subprocess.Popen(  # noqa: S603 - a program found by name, arguments of our own
        ["sipp", "-sf", "call.xml", "-inf", "calls.csv", "-nostdin", *pace, *whom],  # noqa: S607
        cwd=folder,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )


def wait_for(calling: subprocess.Popen[str]) -> None:
    """Return when all calls were answered; raises ConfigError."""
    _, said = calling.communicate()
    if calling.returncode:
        raise ConfigError(f"sipp failed ({calling.returncode}): {said[-500:]}")


def probe(port: int, calls: list[str]) -> list[float]:
    """Make one call after the other for a while, finer timed than sipp can; return how long each waited, in ms."""
    waited: list[float] = []
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asking:
        asking.connect((HOST, port))
        asking.settimeout(1)
        own = asking.getsockname()[1]
        until = time.monotonic() + PROBED_S - 1
        for at, call in enumerate(calls):
            caller, callee, _ = call.split(";")
            invite = _PROBE.format(port=own, at=at, caller=caller, callee=callee, method="INVITE").encode()
            began = time.perf_counter()
            asking.send(invite)
            asking.recv(4096)
            waited.append((time.perf_counter() - began) * 1e3)
            asking.send(_PROBE.format(port=own, at=at, caller=caller, callee=callee, method="ACK").encode())
            if time.monotonic() > until:
                break
            time.sleep(PROBE_PAUSE_S)
    return waited


def answers(port: int) -> bool:
    """Tell whether a switch is up."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asking:
        asking.bind((HOST, 0))
        asking.settimeout(0.5)
        asking.connect((HOST, port))
        own = asking.getsockname()[1]
        try:
            asking.send(
                f"OPTIONS sip:{HOST} SIP/2.0\r\nVia: SIP/2.0/UDP {HOST}:{own};branch=z9hG4bK{own}\r\n"
                f"From: <sip:a@{HOST}>;tag=1\r\nTo: <sip:{HOST}>\r\nCall-ID: {own}\r\nCSeq: 1 OPTIONS\r\n"
                "Content-Length: 0\r\n\r\n".encode()
            )
            return asking.recv(4096).startswith(b"SIP/2.0")
        except OSError:
            return False
