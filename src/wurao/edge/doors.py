"""The doors of an edge beside the switch: opens the sockets it is asked over, and what stands behind them.

An address is ``HOST:PORT``, or the path of a unix socket that owner and group may use. The edge maps the tables, writes
a ring of its own and never waits for the service.
"""

import asyncio
import logging
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager, suppress
from pathlib import Path
from typing import Final

import msgspec

from wurao.core.clock import Clock
from wurao.core.errors import ConfigError
from wurao.edge.call_path import FOLLOW_US, CallPath, Say
from wurao.edge.line import agi
from wurao.edge.line.answering import Answering
from wurao.edge.line.protocol import LineProtocol
from wurao.edge.sip.redirect import RedirectServer
from wurao.edge.vouching import Vouched, Voucher
from wurao.store.keys import public_halves
from wurao.store.tables.tableset import TableSet

BACKLOG: Final = 1_024
_MAX_PORT: Final = 65_535
_OWNER_AND_GROUP: Final = 0o660
_log: Final = logging.getLogger(__name__)


class Doors(msgspec.Struct, frozen=True):
    """Where an edge listens, and the PBX that it follows; empty: not at all.

    ``yeastar_key`` is the file that says who we are at the Yeastar.
    """

    line: str = ""
    agi: str = ""
    sip: str = ""
    yeastar: str = ""
    yeastar_key: str = ""

    def named(self) -> dict[str, str]:
        """Return the addresses that are given, by the name of the door."""
        given = {"line": self.line, "agi": self.agi, "sip": self.sip, "yeastar": self.yeastar}
        return {name: address for name, address in given.items() if address}


@asynccontextmanager
async def opened(home: Path, rings: Path, clock: Clock, doors: Doors) -> AsyncIterator[None]:
    """Answer calls by a home's tables until the block ends; raises ConfigError where an address can't be had."""
    path = CallPath(home, rings, clock, _log.warning, Vouched(rings))
    answering = Answering(path)
    loop = asyncio.get_running_loop()
    connections: set[asyncio.Transport] = set()
    async with AsyncExitStack() as stack:
        path.open_ring("edge")
        stack.callback(path.close)
        if doors.line:
            made = stack.enter_context(_listening(doors.line))
            line = await loop.create_server(lambda: LineProtocol(answering, connections), sock=made)
            await stack.enter_async_context(line)
        if doors.agi:
            made = stack.enter_context(_listening(doors.agi))
            asterisk = await asyncio.start_server(agi.FastAgi(answering), sock=made, limit=agi.MAX_LINE)
            await stack.enter_async_context(asterisk)
        if doors.sip:
            made = stack.enter_context(_listening(doors.sip, socket.SOCK_DGRAM))
            redirect, _ = await loop.create_datagram_endpoint(lambda: RedirectServer(path), sock=made)
            stack.callback(redirect.close)
        if doors.yeastar:
            await stack.enter_async_context(_following(doors, answering, path.say))
        vouching = asyncio.create_task(_vouch(home, rings))
        stack.callback(vouching.cancel)
        stack.callback(_abort, connections)
        yield


@asynccontextmanager
async def _following(doors: Doors, answering: Answering, say: Say) -> AsyncIterator[None]:
    from wurao.edge.yeastar import account as accounts
    from wurao.edge.yeastar.screening import Screening

    if not doors.yeastar_key:
        raise ConfigError("who are we there?", where=doors.yeastar, mend="name a file with --yeastar-key")
    base, account = accounts.base_of(doors.yeastar), accounts.account_in(Path(doors.yeastar_key))
    screening = asyncio.create_task(Screening(base, account, accounts.trust(account), answering, say).run())
    try:
        yield
    finally:
        screening.cancel()
        with suppress(asyncio.CancelledError):
            await screening


def _abort(connections: set[asyncio.Transport]) -> None:
    for connection in connections:
        connection.abort()


async def _vouch(home: Path, rings: Path) -> None:
    """Hash each new generation in a thread of its own, so that no call waits for it."""
    voucher: Voucher | None = None
    while True:
        try:
            voucher = voucher or Voucher(TableSet(home / "tables", public_halves(home / "public")), rings)
            await asyncio.to_thread(voucher.vouch)
        except Exception as fault:  # noqa: BLE001 - the call path then hashes for itself
            _log.warning("nobody verifies the tables: %s", fault)
        await asyncio.sleep(FOLLOW_US / 1e6)


@contextmanager
def _listening(address: str, kind: int = socket.SOCK_STREAM) -> Iterator[socket.socket]:
    host, colon, port = address.rpartition(":")
    try:
        made = _inet(host.strip("[]"), int(port), kind) if colon and port.isdecimal() else _unix(Path(address), kind)
    except OSError as problem:
        mend = "give HOST:PORT or the path of a socket"
        raise ConfigError(f"can't listen there: {problem.strerror or problem}", where=address, mend=mend) from None
    try:
        with made:
            yield made
    finally:
        if made.family == socket.AF_UNIX:
            Path(address).unlink(missing_ok=True)


def _inet(host: str, port: int, kind: int) -> socket.socket:
    if port > _MAX_PORT:
        raise OSError(None, f"a port is at most {_MAX_PORT}")
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    if kind == socket.SOCK_STREAM:
        return socket.create_server((host, port), family=family, backlog=BACKLOG)
    made = socket.socket(family, kind)
    try:
        made.bind((host, port))
    except OSError:
        made.close()
        raise
    return made


def _unix(path: Path, kind: int) -> socket.socket:
    """Listen at ``path``; one that nobody answers at any more is taken over."""
    if kind != socket.SOCK_STREAM:
        raise OSError(None, "SIP needs HOST:PORT")
    with socket.socket(socket.AF_UNIX) as asking, suppress(ConnectionRefusedError, FileNotFoundError):
        asking.connect(str(path))
        raise OSError(None, "another process listens there")
    path.unlink(missing_ok=True)
    made = socket.socket(socket.AF_UNIX)
    try:
        made.bind(str(path))
        path.chmod(_OWNER_AND_GROUP)  # before listen: until then nobody gets in
        made.listen(BACKLOG)
    except OSError:
        made.close()
        raise
    return made
