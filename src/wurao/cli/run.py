"""``wurao run``: a simulated town over a home of its own, to look around in."""

import time
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from wurao.cli.serve import listen_options
from wurao.core.clock import SystemClock

if TYPE_CHECKING:
    from wurao.edge.live.delivering import Code

_SCREENS: Final = {"operator": "/console", "reseller": "/console/originating", "subscriber": "/me"}
"""Roles that have a first screen so far, and its path."""


@click.command(epilog="Example: wurao run --as subscriber")
@click.option("--as", "role", type=click.Choice(sorted(_SCREENS)), default="operator", show_default=True)
@click.option(
    "--home",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("~/.local/share/wurao-town"),
    show_default=True,
    help="Home folder of the town.",
    callback=lambda _ctx, _param, value: value.expanduser(),
)
@listen_options
def run(role: str, home: Path, address: str, port: int) -> None:
    """Serve a simulated town whose calls keep flowing, and print the address of a role's first screen.

    Nothing in it is real: people, numbers and campaigns are made up.
    """
    from wurao.access.roles import Role
    from wurao.cli import serving, town
    from wurao.cli.serve import give_account
    from wurao.edge.live.service import running
    from wurao.store.home import Home
    from wurao.web.app import create_console

    serving.refuse_taken(address, port)
    began, clock, opened = time.monotonic(), SystemClock(), Home.create(home)

    def say(text: str) -> None:
        click.echo(f"{time.monotonic() - began:4.0f} s  {text}", err=True)

    def show(code: "Code") -> None:
        click.echo(f"a network would call {code.number} and say: {code.code}")

    its_town = town.settled(opened, clock, say)
    with running(opened, clock, show) as live:
        if role == "operator":
            name, password = give_account(live.services.access, "admin", Role.ADMIN)
        elif role == "reseller":
            name, password = give_account(live.services.access, "reseller", Role.RESELLER)
        else:
            called = town.someone(live.services, its_town)
            name, password = give_account(live.services.access, "me", Role.SUBSCRIBER, called)

        async def started() -> None:
            click.echo(f"http://{address}:{port}{_SCREENS[role]}  log in as {name} with {password}")
            with town.linking_beside(opened):
                await town.live_on(live.services, its_town, clock)

        serving.serve(create_console(live.services), address, port, started)
