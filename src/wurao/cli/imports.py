"""``wurao import``: facts in."""

import sys
import time
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import click

from wurao.cli.books import learn_in
from wurao.cli.options import answer, home_option, json_option
from wurao.core.clock import SystemClock
from wurao.core.errors import InputError
from wurao.intake.formats import FORMATS, format_of
from wurao.intake.importing import Summary
from wurao.intake.interface import Reading
from wurao.intake.into_home import run_import
from wurao.store.book import Book
from wurao.store.home import Home

IMPORTED: Final = (
    *("calls", "messages", "reports", "disclosures", "wishes"),
    *("contacts", "verified", "assignments", "listings"),
)
IN_PART: Final = 3
_DEFAULT_ZONE: Final = "Asia/Shanghai"
_SILENT_SECONDS: Final = 1.0

_EXAMPLE: Final = """Bring facts into the home: every row is stored, known already, or quarantined with its reason.

    \b
    wurao import calls 2026-08-01.csv.gz --tz Asia/Shanghai
    wurao import reports complaints.csv --format ftc
    wurao import contacts me.vcf --subscriber 13800138000

    Exit code 3 says that some rows lie in the quarantine file.
    """


@click.command("import", help=_EXAMPLE)
@click.argument("fact", type=click.Choice(IMPORTED))
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--format", "format_name", type=click.Choice(sorted(FORMATS)), help="Default: by the file's suffix.")
@click.option("--tz", "zone", default=_DEFAULT_ZONE, show_default=True, help="Zone of times without an offset.")
@click.option("--subscriber", default="", help="Whose address book a vCard file is.")
@home_option
@json_option
def import_(
    fact: str,
    files: Sequence[Path],
    format_name: str | None,
    zone: str,
    subscriber: str,
    home: Path,
    as_json: bool,  # noqa: FBT001 - click hands options in by name
) -> None:
    """Import the files; see ``_EXAMPLE``."""
    chosen = [(path, format_of(path, fact, format_name)) for path in files]
    told = {its_format.zone or zone for _, its_format in chosen}
    if len(told) > 1:
        raise InputError("the files tell time in different zones", mend="import them one after the other")
    reading = Reading(fact, zone_named(told.pop()), subscriber)
    clock = SystemClock()
    with Home.create(home).lock() as opened:
        summary = run_import(opened, reading, chosen, clock, _Progress(files))
        if fact == "reports" and summary.stored:
            with closing(Book.at(opened.book, clock)) as book:
                learn_in(opened, book, clock)
    answer(summary, as_json=as_json, text=lambda: _for_people(summary))
    click.get_current_context().exit(IN_PART if summary.quarantined else 0)


class _Progress:
    """One line on a terminal, redrawn, for anything over a second."""

    def __init__(self, files: Sequence[Path]) -> None:
        self._sizes = {path: path.stat().st_size for path in files if path.is_file()}
        self._began = self._drawn = time.monotonic()

    def __call__(self, path: Path, read: int) -> None:
        now = time.monotonic()
        if not sys.stderr.isatty() or now - self._began < _SILENT_SECONDS or now - self._drawn < _SILENT_SECONDS / 4:
            return
        self._drawn = now
        share = read / max(self._sizes.get(path, 0), 1)
        end = "\n" if share >= 1 else ""
        click.echo(f"\r{path.name}: {min(share, 1):4.0%} after {now - self._began:.0f} s{end}", err=True, nl=False)


def zone_named(name: str) -> ZoneInfo:
    """Return a time zone by its IANA name; raises InputError."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise InputError(f"there is no zone {name!r}", mend="--tz Asia/Shanghai") from None


def _for_people(summary: Summary) -> str:
    counts = f"{summary.stored:,} stored, {summary.duplicate:,} there already, {summary.quarantined:,} quarantined"
    lines = [f"{summary.read:,} read: {counts}"]
    if summary.quarantine_file:
        lines.append(f"quarantine: {summary.quarantine_file}")
    if summary.left_out:
        lines.append(f"{summary.left_out:,} lines are no {summary.fact}")
    if summary.unknown_columns:
        shown = ", ".join(summary.unknown_columns[:10])
        lines.append(f"{len(summary.unknown_columns):,} unknown columns left out: {shown}")
    return "\n".join([*lines, *summary.remarks])
