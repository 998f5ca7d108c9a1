"""``wurao serve``: API, console and worker over one home."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeVar

import click

from wurao.cli.edge import door_options, opened
from wurao.cli.options import home_option
from wurao.core.clock import SystemClock

if TYPE_CHECKING:
    from wurao.access.interface import AccessStore
    from wurao.access.roles import Role

DEFAULT_PORT: Final = 8765

Command = TypeVar("Command", bound=Callable[..., object])


def listen_options(command: Command) -> Command:
    """Add ``--address`` and ``--port``."""
    port = click.option("--port", type=click.IntRange(1, 65_535), default=DEFAULT_PORT, show_default=True, help="Port.")
    address = click.option("--address", default="127.0.0.1", show_default=True, help="Address to listen on.")
    return address(port(command))


@click.command(epilog="Example: wurao serve --home /srv/wurao --port 8765")
@home_option
@listen_options
@door_options
def serve(home: Path, address: str, port: int, **doors: str) -> None:
    """Serve the API and the console of a home until it is stopped.

    The first start prints the password of the account admin, once. --line, --agi, --sip, --yeastar let a small switch
    ask this process too; `wurao edge` answers it in one of its own.
    """
    from wurao.access.log_in import FIRST_ADMIN, first_run
    from wurao.cli import serving
    from wurao.edge.doors import Doors
    from wurao.edge.live.service import running
    from wurao.store.home import Home
    from wurao.web.app import create_console

    serving.refuse_taken(address, port)
    with running(Home.create(home), SystemClock()) as live:
        password = first_run(live.services.access)
        if password:
            click.echo(f"first start: log in as {FIRST_ADMIN} with {password} (shown once)")

        async def started() -> None:
            click.echo(f"wurao serves on http://{address}:{port}/")
            async with opened(home, Doors(**doors)):
                await asyncio.Event().wait()

        serving.serve(create_console(live.services), address, port, started)


def give_account(access: "AccessStore", name: str, role: "Role", subscriber: int = 0) -> tuple[str, str]:
    """Make an account with a fresh password, or give it one, and return name and password."""
    from wurao.access import passwords
    from wurao.access.interface import Account

    password = passwords.fresh_password()
    access.put_account(Account(name, role, passwords.hashed(password), subscriber))
    return name, password
