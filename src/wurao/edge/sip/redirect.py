"""A stateless redirect server over UDP (RFC 3261 §8.3): each INVITE is answered at once and nothing is relayed.

404 lets a call go on, 302 lets it go on with a label, another answer refuses it. The only state are the answers of the
last 32 seconds (64 × T1), so that a request sent again is neither decided nor counted again.
"""

import asyncio
import dataclasses
import time
from collections import OrderedDict
from typing import Final, cast

from msgspec import structs
from sipmessage import Request, Response, Via

from wurao.core.payload import DecisionWord
from wurao.core.verdict import Attestation, CalleeHeader, IdentityHeader
from wurao.edge.call_path import CallPath
from wurao.edge.sip import reading
from wurao.edge.sip.answers import MOVED, NOT_FOUND, Answer, answer_over
from wurao.edge.sip.forwarding import forwarder
from wurao.screening._decide import number_of

INGRESS: Final = "sip"
"""The trunk that these calls come in over: ``settings.NAME.ingress`` may list it."""
KEPT_S: Final = 32.0
MAX_KEPT: Final = 1 << 16
_COPIED: Final = ("From", "To", "Call-ID", "CSeq")
_ALLOWED: Final = "INVITE, ACK, CANCEL, OPTIONS"
_PORT: Final = 5060
_BAD: Final = Answer(400, "Bad Request")
_RINGS: Final = Answer(NOT_FOUND, "Not Found")

Address = tuple[str, int]


class RedirectServer(asyncio.DatagramProtocol):
    """Answers INVITEs by what ``path`` decides; whatever fails on our side, the call goes on."""

    def __init__(self, path: CallPath) -> None:
        self._path = path
        self._kept: OrderedDict[str, tuple[float, bytes]] = OrderedDict()
        self.faults = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Answer over this socket."""
        self._transport = cast("asyncio.DatagramTransport", transport)

    def datagram_received(self, data: bytes, source: Address) -> None:
        """Answer a request; what can't be read is left alone."""
        request = reading.request(data)
        if request is None or request.method == "ACK":
            return
        try:
            via = request.via[0]
            said = self._said(request, via, source)
        except (ValueError, LookupError):
            return  # without these headers nobody can be answered
        self._transport.sendto(said, (source[0], source[1] if "rport" in via.parameters else via.port or _PORT))

    def _said(self, request: Request, via: Via, source: Address) -> bytes:
        key = f"{via} {request.call_id} {request.cseq}"
        kept = self._kept.get(key)
        if kept:
            return kept[1]
        said = bytes(_response(request, self._answer(request), via, source))
        now = time.monotonic()
        self._kept[key] = now, said
        while self._kept and (len(self._kept) > MAX_KEPT or next(iter(self._kept.values()))[0] < now - KEPT_S):
            self._kept.popitem(last=False)
        return said

    def _answer(self, request: Request) -> Answer:
        if request.method == "OPTIONS":
            return Answer(200, "OK")
        if request.method == "CANCEL" or "tag" in request.to_address.parameters:
            return Answer(481, "Call/Transaction Does Not Exist")
        if request.method != "INVITE":
            return Answer(405, "Method Not Allowed")
        try:
            return self._decide(request)
        except (ValueError, LookupError):
            return _BAD
        except Exception as fault:  # noqa: BLE001 - whatever it is, the phone rings
            self.faults += 1
            self._path.say(f"a call rings because of a fault: {type(fault).__name__}: {fault}")
            return _RINGS

    def _decide(self, request: Request) -> Answer:
        self._path.follow()
        policy = self._path.policy
        if policy is None:
            return _RINGS
        settings = structs.replace(policy.settings[policy.ingress.get(INGRESS, 0)], answer="redirect")
        asserted = reading.user_of(request, "P-Asserted-Identity") if settings.caller == "pai" else ""
        forwarding = _forwarder(request, settings.callee)
        caller = asserted or reading.user_of(request, "From")
        callee = forwarding or request.uri.user or ""
        screened = self._path.screen(caller, callee, INGRESS, self._vouched(request, settings.identity, caller, callee))
        if screened is None:
            return _RINGS
        said = answer_over(settings, DecisionWord.unpack(screened.word), policy.redress)
        return said._replace(headers=said.headers_of(screened.receipt, number_of(caller, 0)))

    def _vouched(self, request: Request, trusted: IdentityHeader, caller: str, callee: str) -> Attestation:
        headers = request.headers
        if trusted == "verstat":
            return self._path.identity.told(*headers.getlist("P-Asserted-Identity"), headers["From"])
        if trusted == "passport":
            called = callee, request.to_address.uri.user or ""
            return self._path.identity.checked(",".join(headers.getlist("Identity")), caller, called)
        return ""


def _forwarder(request: Request, told_by: CalleeHeader) -> str:
    if told_by == "history-info":
        return forwarder(",".join(request.headers.getlist("History-Info")))
    return reading.user_of(request, "Diversion") if told_by == "diversion" else ""


def _response(request: Request, answered: Answer, via: Via, source: Address) -> Response:
    """Return the response; raises ValueError where the request lacks what it is told by."""
    response = Response(answered.code, answered.phrase)
    parameters = via.parameters.replace(received=source[0])
    if "rport" in parameters:
        parameters = parameters.replace(rport=str(source[1]))
    _, *others = request.via
    response.via = [dataclasses.replace(via, parameters=parameters), *others]
    for name in _COPIED:
        value = request.headers.get(name)
        if value is None:
            raise ValueError(name)
        response.headers.add(name, value)
    if "tag" not in request.to_address.parameters:
        response.headers.set("To", f"{response.headers['To']};tag=wurao-{abs(hash((str(via), request.call_id))):x}")
    for line in answered.headers.splitlines():
        name, _, value = line.partition(": ")
        response.headers.add(name, value)
    if answered.code == MOVED:
        response.headers.add("Contact", f"<{request.uri}>")
    if answered.code in (200, 405):
        response.headers.add("Allow", _ALLOWED)
    response.headers.add("Content-Length", "0")
    return response
