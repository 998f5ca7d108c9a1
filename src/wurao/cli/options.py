"""The options every command shares, and how a command answers: for people, or one JSON document."""

from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import click
import msgspec

from wurao.core.clock import Clock, FixedClock, SystemClock, parse_instant
from wurao.core.errors import InputError

Command = TypeVar("Command", bound=Callable[..., object])


def home_option(command: Command) -> Command:
    """Add ``--home DIR`` (else $WURAO_HOME, else ~/.local/share/wurao)."""
    return click.option(
        "--home",
        type=click.Path(path_type=Path, file_okay=False),
        envvar="WURAO_HOME",
        default=Path("~/.local/share/wurao"),
        show_default=True,
        help="Home folder.",
        callback=lambda _ctx, _param, value: value.expanduser(),
    )(command)


def json_option(command: Command) -> Command:
    """Add ``--json``: one JSON document on stdout, nothing else."""
    return click.option("--json", "as_json", is_flag=True, help="Print one JSON document and nothing else.")(command)


def as_of_option(command: Command) -> Command:
    """Add ``--as-of T``, handed to the command as ``clock``."""
    return click.option(
        "--as-of",
        "clock",
        metavar="T",
        help="Judge as of this time: ISO 8601 or -7d, -3h (default: now).",
        callback=lambda _ctx, _param, value: clock_at(value),
    )(command)


def clock_at(as_of: str | None) -> Clock:
    """Return the clock for ``--as-of``: the machine's own, or one that stands at the given instant."""
    if as_of is None:
        return SystemClock()
    try:
        return FixedClock(parse_instant(as_of, now_us=SystemClock().now_us()))
    except InputError as error:
        raise click.BadParameter(error.diagnostics(), param_hint="--as-of") from None


def answer(result: object, *, as_json: bool, text: Callable[[], str]) -> None:
    """Print the result: as JSON, or as ``text`` says it for people."""
    click.echo(msgspec.json.encode(result).decode() if as_json else text())
