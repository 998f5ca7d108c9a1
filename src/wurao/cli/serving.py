"""One process, one event loop: the application under granian until a signal ends it."""

import asyncio
import signal
import socket
import sys
from collections.abc import Awaitable, Callable
from contextlib import suppress

import uvloop
from granian.constants import Interfaces
from granian.server.embed import Server
from litestar import Litestar

from wurao.core.errors import ConfigError
from wurao.edge.http.app import close_streams

_BACKLOG = 1024
_WAIT_S = 0.05
_SWITCH_S = 0.0002
"""How long the event loop waits for a thread that computes, the collector above all, each time it looked for requests:
with Python's own 5 ms a busy collector leaves room for 200 looks a second."""


def free_port(address: str) -> int:
    """Return a port that nobody listens on right now."""
    with socket.socket() as probe:
        probe.bind((address, 0))
        port: int = probe.getsockname()[1]
        return port


def refuse_taken(address: str, port: int) -> None:
    """Raise ConfigError if the address can't be listened on."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((address, port))
        except OSError as error:
            raise ConfigError(
                f"can't listen on {address}:{port} ({error.strerror})", mend="choose another with --port"
            ) from None


def serve(app: Litestar, address: str, port: int, started: Callable[[], Awaitable[None]]) -> None:
    """Serve until SIGINT or SIGTERM.

    ``started`` runs beside it once the port answers, ends with it, and what it raises ends both.
    """
    refuse_taken(address, port)
    sys.setswitchinterval(_SWITCH_S)
    uvloop.run(_serve(app, address, port, started))


async def _serve(app: Litestar, address: str, port: int, started: Callable[[], Awaitable[None]]) -> None:
    server = Server(app, address, port, interface=Interfaces.ASGI, backlog=_BACKLOG, log_enabled=False)
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, _stop, app, server)
    beside = asyncio.create_task(_when_open(address, port, started))
    beside.add_done_callback(lambda done: _stop(app, server) if not done.cancelled() and done.exception() else None)
    try:
        await server.serve()
    finally:
        beside.cancel()
        with suppress(asyncio.CancelledError):
            await beside


def _stop(app: Litestar, server: Server) -> None:
    close_streams(app)
    server.stop()  # type: ignore[no-untyped-call]  # granian leaves it bare


async def _when_open(address: str, port: int, started: Callable[[], Awaitable[None]]) -> None:
    while True:
        try:
            _, writer = await asyncio.open_connection(address, port)
        except OSError:
            await asyncio.sleep(_WAIT_S)
        else:
            writer.close()
            await writer.wait_closed()
            break
    await started()
