"""``wurao originating``: the operator's own numbers as callers."""

from pathlib import Path

import click

from wurao.cli.options import answer, home_option, json_option
from wurao.core import numbers
from wurao.core.clock import DAY_US, SystemClock, parse_instant
from wurao.core.errors import ConfigError, InputError
from wurao.detection.originating.export import to_csv
from wurao.detection.originating.own import OwnDay
from wurao.edge.live.originating import LiveOriginating
from wurao.screening.config import load
from wurao.store.book import Book
from wurao.store.durable import replace_file
from wurao.store.home import Home
from wurao.store.identities import Identities
from wurao.store.keys import KeyRing
from wurao.store.lake import Lake

SHOWN = 50


@click.group()
def originating() -> None:
    """Watch the operator's own numbers from the side that places the calls."""


@originating.command("list", epilog="Example: wurao originating list --from -7d --out own.csv")
@click.option("--from", "since", metavar="D", default="-1d", show_default=True, help="From this day or time on.")
@click.option("--to", "until", metavar="D", default="now", show_default=True, help="Until before this day or time.")
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), help="Write all rows as CSV, numbers in clear.")
@home_option
@json_option
def list_(since: str, until: str, out: Path | None, home: Path, as_json: bool) -> None:  # noqa: FBT001 - click's way
    """List own numbers by day, those with most complaints a call first.

    Which numbers are own: originating.prefixes, and trunks with origin = "own", in the settings of the home.
    """
    rows = _rows(Home.open(home), *_period(since, until))
    if out is not None:
        replace_file(out, to_csv(rows).encode("utf-8-sig"), mode=0o600)
    answer(rows, as_json=as_json, text=lambda: _for_people(rows))


def _period(since: str, until: str) -> tuple[int, int]:
    now_us = SystemClock().now_us()
    from_us, to_us = (parse_instant(text, now_us=now_us) for text in (since, until))
    if not 0 < to_us - from_us <= 366 * DAY_US:
        raise InputError("--from must lie before --to, by a year at most")
    return from_us, to_us


def _rows(home: Home, from_us: int, to_us: int) -> list[OwnDay]:
    policy = load(home.path / "conf").policy
    book = Book.at(home.book)
    try:
        own = LiveOriginating(Lake(home), Identities(KeyRing.open(home)), book, lambda: policy)
        if not own.anybody:
            raise ConfigError(
                "nothing says which numbers are own",
                where=str(home.path / "conf/local.d"),
                mend='set originating.prefixes, or origin = "own" for a trunk',
            )
        return own.days(from_us, to_us)
    finally:
        book.close()


def _for_people(rows: list[OwnDay]) -> str:
    lines = [_line(row) for row in rows[:SHOWN]]
    more = [f"and {len(rows) - SHOWN:,} more: --out FILE writes all"] if len(rows) > SHOWN else []
    return "\n".join([f"{len(rows):,} own numbers by day", *lines, *more])


def _line(row: OwnDay) -> str:
    share = "answered unknown" if row.answered_share is None else f"{row.answered_share:.0%} answered"
    purpose = f", registered for {row.purpose}" if row.purpose else ""
    against = ", contradicted" if row.contradiction else ""
    return (
        f"  {row.day} {numbers.mask(row.number)}: {row.calls:,} calls to {row.callees:,}, {share}, "
        f"{row.complainants} complain {row.complaint}{purpose}{against}"
    )
