"""``wurao edge``: answers other switches over sockets, beside the service or on a machine with its tables."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import click

from wurao.cli.options import home_option
from wurao.core.clock import SystemClock

if TYPE_CHECKING:
    from wurao.edge.doors import Doors

Command = TypeVar("Command", bound=Callable[..., object])


def door_options(command: Command) -> Command:
    """Add ``--line``, ``--agi``, ``--sip``, ``--yeastar`` and ``--yeastar-key``."""
    address = "HOST:PORT|PATH"
    line = click.option("--line", default="", metavar=address, help="Answer the line protocol here.")
    agi = click.option("--agi", default="", metavar=address, help="Answer an Asterisk (FastAGI) here.")
    sip = click.option("--sip", default="", metavar="HOST:PORT", help="Answer INVITEs here: a redirect server, UDP.")
    yeastar = click.option("--yeastar", default="", metavar="URL", help="Screen for the Yeastar P-series there.")
    key = click.option("--yeastar-key", default="", metavar="FILE", help="Its client_id and client_secret, owner-only.")
    return line(agi(sip(yeastar(key(command)))))


@click.command(epilog="Example: wurao edge --home /srv/wurao --line /run/wurao/line.sock --agi 127.0.0.1:4573")
@home_option
@door_options
def edge(home: Path, **doors: str) -> None:
    """Decide the calls of other switches until it is stopped; `wurao serve` collects the decisions."""
    from wurao.edge.doors import Doors

    given = Doors(**doors)
    if not given.named():
        raise click.UsageError("nothing to answer: give --line, --agi, --sip or --yeastar")
    asyncio.run(_until_stopped(home, given))


async def _until_stopped(home: Path, doors: "Doors") -> None:
    stopped = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stopped.set)
    async with opened(home, doors):
        await stopped.wait()


@asynccontextmanager
async def opened(home: Path, doors: "Doors") -> AsyncIterator[None]:
    """Open the doors of a home's edge and say where they are; $WURAO_RINGS as for every edge."""
    from wurao.edge import doors as edge_doors
    from wurao.edge import ring

    rings = ring.folder_of(home, os.environ.get("WURAO_RINGS"))
    async with edge_doors.opened(home, rings, SystemClock(), doors):
        for name, address in doors.named().items():
            click.echo(f"wurao answers {name} on {address}")
        yield
