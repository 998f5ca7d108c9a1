"""``wurao screen``: replay calls over the shield."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, Final

import click

from wurao.cli.books import book_as_of
from wurao.cli.imports import zone_named
from wurao.cli.options import answer, as_of_option, home_option, json_option
from wurao.core.clock import Clock, FixedClock
from wurao.core.errors import InputError
from wurao.intake.formats import FORMATS, format_of
from wurao.intake.interface import Reading
from wurao.screening.calls_in import Calls, calls_in
from wurao.screening.reading import opened
from wurao.screening.screen import Replay, Screened
from wurao.screening.wished import wished
from wurao.store.durable import disk
from wurao.store.home import Home

IN_PART: Final = 3
_HELP: Final = """Replay calls: what would the shield have done with each?

    Every call is judged at its own start with what the home knows now (--as-of: with decay and expiry as of T).
    Nothing is learnt from the file. One JSON line a call goes to --out.

    \b
    wurao screen calls.parquet --wishes all --out decisions.jsonl --json

    Exit code 3 says that some rows could not be read.
    """


@click.command("screen", help=_HELP)
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), help="Write one JSON line a call.")
@click.option("--wishes", default="", metavar="all|none|FILE", help="Whose wishes hold (default: the home's own).")
@click.option("--symbols", is_flag=True, help="Name the symbols in each line.")
@click.option("--format", "format_name", type=click.Choice(sorted(FORMATS)), help="Default: by the file's suffix.")
@click.option("--tz", "zone", default="Asia/Shanghai", show_default=True, help="Zone of times without an offset.")
@as_of_option
@home_option
@json_option
@click.pass_context
def screen(  # noqa: PLR0913, PLR0917 - click hands options in by name
    context: click.Context,
    file: Path,
    out: Path | None,
    wishes: str,
    symbols: bool,  # noqa: FBT001
    format_name: str | None,
    zone: str,
    clock: Clock,
    home: Path,
    as_json: bool,  # noqa: FBT001
) -> None:
    """Replay the calls of a file; see ``_HELP``."""
    reading = Reading("calls", zone_named(format_of(file, "calls", format_name).zone or zone))
    calls = _shown(calls_in(file, format_name, reading))
    begun = time.monotonic()
    opened_home = Home.create(home)
    as_of = isinstance(clock, FixedClock)
    with (
        book_as_of(opened_home, clock) as book,
        opened(opened_home, book, clock, anew=as_of) as known,
        _written(out) as lines,
    ):
        replay = Replay(known.tables, known.decider, wished(wishes, known.tables, reading))
        done = replay.run(calls, lines, symbols=symbols)
    done.seconds = round(time.monotonic() - begun, 3)
    answer(done, as_json=as_json, text=lambda: _for_people(done))
    context.exit(IN_PART if done.unreadable else 0)


def _shown(batches: Iterator[Calls]) -> Iterator[Calls]:
    """Tell how many calls were read, on a terminal."""
    stream = sys.stderr
    live = stream.isatty()
    done = 0
    for calls in batches:
        done += len(calls.at_us)
        if live:
            click.echo(f"\r{done:,} calls", nl=False, err=True)
        yield calls
    if live:
        click.echo("\r", nl=False, err=True)


@contextmanager
def _written(out: Path | None) -> Iterator[BinaryIO | None]:
    """Give the output file, written beside and renamed at the end, so that half a replay never looks whole."""
    if out is None:
        yield None
        return
    if out.parent != Path() and not out.parent.is_dir():
        raise InputError("there is no such folder", where=str(out.parent), mend="make it first")
    beside = out.with_name(f".{out.name}.part")
    try:
        with disk(out), beside.open("wb", buffering=0) as file:
            yield file
        with disk(out):
            beside.replace(out)
    finally:
        beside.unlink(missing_ok=True)


def _for_people(done: Screened) -> str:
    lines = [
        f"{done.calls:,} calls in {done.seconds:.1f} s",
        f"  rejected {done.rejected:,} · labelled {done.labelled:,}",
        f"  rung {done.rung:,}, of these {done.shadow:,} in shadow",
    ]
    if done.asked or done.voicemail:
        lines.append(f"  asked {done.asked:,} · voicemail {done.voicemail:,}")
    if done.unreadable:
        lines.append(f"  {done.unreadable:,} rows could not be read")
    return "\n".join(lines)
