"""The line protocol: one line a call in, one out, in order; a switch may ask on without waiting.

``DECIDE caller callee [ingress]`` → ``reject 603 securities receipt 17.6``; ``REFUSED receipt`` → ``ok``; whatever else
→ ``error`` and what to say instead. Fields are separated by one space; a withheld caller is ``-``.
"""

import asyncio
from typing import Final, cast

from wurao.edge.line.answering import Answering

MAX_LINE: Final = 512
_USAGE: Final = b"error say: DECIDE caller callee [ingress], or: REFUSED receipt\n"
_TOO_LONG: Final = b"error a line has 512 bytes at most\n"
_NO_RECEIPT: Final = b"error that is no receipt, or the service collects too late\n"
_WITHHELD: Final = "-"


class LineProtocol(asyncio.Protocol):
    """One connection of a switch."""

    def __init__(self, answering: Answering, connections: set[asyncio.Transport]) -> None:
        self._answering = answering
        self._connections = connections
        self._rest = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Answer over this connection from now on; it is one of the ``connections`` until it is lost."""
        self._transport = cast("asyncio.Transport", transport)
        self._connections.add(self._transport)

    def connection_lost(self, _problem: Exception | None) -> None:
        """Forget the connection."""
        self._connections.discard(self._transport)

    def data_received(self, data: bytes) -> None:
        """Answer every whole line."""
        *lines, self._rest = (self._rest + data).split(b"\n")
        self._answering.follow()
        self._transport.write(b"".join(map(self._answer, lines)))
        if len(self._rest) > MAX_LINE:
            self._transport.write(_TOO_LONG)
            self._transport.close()
            self._rest = b""

    def pause_writing(self) -> None:
        """Read no more questions while the answers aren't fetched."""
        self._transport.pause_reading()

    def resume_writing(self) -> None:
        """Read on."""
        self._transport.resume_reading()

    def _answer(self, line: bytes) -> bytes:
        if len(line) > MAX_LINE:
            return _TOO_LONG
        command, *asked = line.decode(errors="replace").rstrip("\r").split(" ")
        if command == "DECIDE" and len(asked) in (2, 3):
            caller, callee, ingress = asked if len(asked) == 3 else (*asked, "")
            told = self._answering.call("" if caller == _WITHHELD else caller, callee, ingress)
            return "{} {} {} {} {}\n".format(*told).encode()
        if command == "REFUSED" and len(asked) == 1:
            return b"ok\n" if self._answering.refused(asked[0]) else _NO_RECEIPT
        return _USAGE
