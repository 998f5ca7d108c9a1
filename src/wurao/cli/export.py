"""``wurao export``: lists of known numbers for a PBX that can't ask when a call comes (FreePBX's CSV).

Who reads them learns a number and nothing of why: no category, no count, no reporter. Every cell is digits or our own
words, so that no spreadsheet takes one for a formula.
"""

import csv
import io
from collections.abc import Callable, Iterable
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, TypeVar

import click
import msgspec

from wurao.cli.options import answer, home_option, json_option
from wurao.core.clock import SystemClock
from wurao.core.errors import InputError
from wurao.core.numbers import display, read
from wurao.core.payload import SERVICE_BASE, PairKind
from wurao.screening.following import Following
from wurao.screening.listed import rejected
from wurao.store.book import Book
from wurao.store.durable import replace_file
from wurao.store.home import Home
from wurao.store.keys import public_halves
from wurao.store.tables.tableset import TableSet

Command = TypeVar("Command", bound=Callable[..., object])
COLUMNS: Final = ("number", "description")
_OWNER_ONLY: Final = 0o600


class Exported(msgspec.Struct, frozen=True):
    """How many numbers a file holds."""

    numbers: int
    file: str


def list_options(command: Command) -> Command:
    """Add ``--callee``, ``--form`` and ``--out``."""
    callee = click.option("--callee", required=True, metavar="NUMBER", help="The office's own number, enrolled.")
    form = click.option(
        "--form",
        type=click.Choice(["national", "international"]),
        default="national",
        show_default=True,
        help="How the trunk writes callers: 13712345678 and 0016502530000, or 8613712345678 and 16502530000.",
    )
    out = click.option("--out", required=True, type=click.Path(path_type=Path, dir_okay=False), help="File to write.")
    return callee(form(out(command)))


@click.group()
def export() -> None:
    """Write lists of numbers for switches that can't ask at call time."""


@export.command(epilog="Example: wurao export blacklist --callee 057188888888 --out blacklist.csv")
@list_options
@home_option
@json_option
def blacklist(callee: str, form: str, out: Path, home: Path, as_json: bool) -> None:  # noqa: FBT001 - click hands options in by name
    """Write the numbers whose calls to NUMBER would be rejected now, for FreePBX's blacklist."""
    subscriber, opened = read(callee), Home.open(home)
    following = Following(TableSet.open(opened.folder("tables"), public_halves(opened.folder("public"))))
    if not following.tables.view.wish(subscriber):
        raise InputError("nobody refuses calls for this number", mend="wurao import wishes")
    own = _own(opened, subscriber, PairKind.DENY)
    at_us = SystemClock().now_us()
    numbers = rejected(following.tables, following.decider, subscriber, at_us, own).tolist()
    _answer(numbers, form, out, as_json=as_json)


@export.command(epilog="Example: wurao export allowlist --callee 057188888888 --out allowlist.csv")
@list_options
@home_option
@json_option
def allowlist(callee: str, form: str, out: Path, home: Path, as_json: bool) -> None:  # noqa: FBT001 - click hands options in by name
    """Write the numbers that NUMBER itself lets through and its contacts, for FreePBX's allowlist."""
    subscriber, opened = read(callee), Home.open(home)
    numbers = {*_own(opened, subscriber, PairKind.ALLOW), *_own(opened, subscriber, PairKind.CONTACT)}
    _answer(sorted(numbers), form, out, as_json=as_json)


def written(number: int, form: str) -> str:
    """Return a number in digits as a trunk writes it: as dialled in China, or with its country code and no plus."""
    if form == "international" and number < SERVICE_BASE:
        return str(number)
    return display(number).replace("-", "").replace("+", "00")


def _own(home: Home, subscriber: int, kind: PairKind) -> list[int]:
    if not home.book.exists():
        return []
    with closing(Book.at(home.book)) as book:
        return [pair.subject for pair in book.pairs_of(subscriber, kind) if pair.span == 0]


def _answer(numbers: Iterable[int], form: str, out: Path, *, as_json: bool) -> None:
    today = datetime.now(UTC).date().isoformat()
    file = io.StringIO()
    rows = csv.writer(file, lineterminator="\n")
    rows.writerow(COLUMNS)
    cells = [text for number in numbers if (text := written(number, form)).isdecimal()]
    rows.writerows((text, f"wurao {today}") for text in cells)
    replace_file(out, file.getvalue().encode(), mode=_OWNER_ONLY)
    done = Exported(len(cells), str(out))
    answer(done, as_json=as_json, text=lambda: f"{done.numbers:,} numbers in {done.file}")
