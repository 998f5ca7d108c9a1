"""The command line: one file per group of commands, loaded when called, so that ``--help`` stays quick.

Exit codes: 0 done, 2 unusable arguments or input, 3 done in part (rows quarantined), 4 a check failed.
"""

import importlib
import sys
from typing import Final

import click

from wurao import __version__
from wurao.core.errors import Error, VerificationError

COMMANDS: Final = {
    "bench": "bench:bench",
    "campaigns": "campaigns:campaigns",
    "classify": "classify:classify",
    "config": "config:config",
    "configtest": "config:configtest",
    "detect": "detect:detect",
    "doctor": "doctor:doctor",
    "edge": "edge:edge",
    "erase": "erase:erase",
    "explain": "explain:explain",
    "export": "export:export",
    "honeypot": "honeypot:honeypot",
    "import": "imports:import_",
    "keys": "keys:keys",
    "originating": "originating:originating",
    "run": "run:run",
    "screen": "screen:screen",
    "scripts": "scripts:scripts",
    "serve": "serve:serve",
    "shield": "shield:shield",
    "simulate": "simulate:simulate",
    "upgrade": "upgrade:upgrade",
}
"""Command → module of this package : object in it."""
UNUSABLE: Final = 2
CHECK_FAILED: Final = 4


class Commands(click.Group):
    """Looks a command up in COMMANDS and turns wurao's errors into one line and an exit code."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002  (click's signature)
        """Return the names of all commands, sorted."""
        return sorted(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """Return the command of that name, importing its module."""
        place = COMMANDS.get(cmd_name)
        if place is None:
            return None
        module, _, attribute = place.partition(":")
        command = getattr(importlib.import_module(f"wurao.cli.{module}"), attribute)
        assert isinstance(command, click.Command)  # noqa: S101  (tests walk every entry)
        return command

    def invoke(self, ctx: click.Context) -> object:
        """Run a command; an error of ours is one line on stderr, never a traceback."""
        try:
            return super().invoke(ctx)
        except VerificationError as error:
            click.echo(f"wurao: {error.diagnostics()}", err=True)
            ctx.exit(CHECK_FAILED)
        except Error as error:
            click.echo(f"wurao: {error.diagnostics()}", err=True)
            ctx.exit(UNUSABLE)


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="wurao")
def cli() -> None:
    """勿扰 · every nuisance call gets a receipt: stopped, explained, reported, traced.

    Shell completion: eval "$(_WURAO_COMPLETE=bash_source wurao)" (also zsh_source, fish_source).
    """


def main() -> None:
    """Run the command line and exit."""
    sys.exit(cli(prog_name="wurao", standalone_mode=True))
