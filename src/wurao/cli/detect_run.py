"""``wurao detect run``: score the callers of a file, or of the home's own calls."""

import io
import time
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click
import pyarrow as pa
from pyarrow import parquet

from wurao.cli.model_versions import NAME, NAME_HELP, features_for, loaded
from wurao.cli.options import answer, as_of_option, home_option, json_option
from wurao.core.clock import DAY_US, Clock
from wurao.core.errors import InputError
from wurao.detection.live import NAME as LIVE
from wurao.store.book import Book
from wurao.store.durable import replace_file
from wurao.store.home import Home
from wurao.store.identities import Identities
from wurao.store.keys import KeyRing
from wurao.store.lake import Lake

if TYPE_CHECKING:
    from wurao.detection.daily.day import Day, HomeRun, Span
    from wurao.detection.daily.scored import Score
    from wurao.detection.scoring.judging import Run

DAYS: Final = 14
_OWNER_ONLY: Final = 0o600
_FILE = click.Path(path_type=Path, exists=True, dir_okay=False)


@click.command(epilog="Example: wurao detect run --days 14")
@click.option("--calls", type=_FILE, help="Calls of a file; without it those of the home, and the result goes into it.")
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), help="Write one row a caller, Parquet.")
@click.option("--days", type=click.IntRange(1, 366), default=DAYS, show_default=True, help="Days of the home's calls.")
@click.option("--name", default=NAME, show_default=True, help=NAME_HELP)
@as_of_option
@home_option
@json_option
def run(*, calls: Path | None, out: Path | None, days: int, name: str, clock: Clock, home: Path, as_json: bool) -> None:
    """Score callers by their first calls, and tell at which call each would be labelled or rejected."""
    if calls is not None:
        scored = _of_file(Home.create(home), calls, out, name)
        answer(scored, as_json=as_json, text=lambda: _found(scored))
        return
    if out is not None:
        raise click.UsageError("--out goes with --calls; the scores of a home go into the home")
    if name == LIVE:
        raise click.UsageError(f"the model {LIVE!r} judges a home's calls while they come; another scores them here")
    done = _of_home(Home.open(home), days, name, clock)
    answer(done, as_json=as_json, text=lambda: f"{_found(done)}\n{_written(done)}")


def _of_file(home: Home, calls: Path, out: Path | None, name: str) -> "Run":
    from wurao.detection.scoring.judging import table_of, told

    begun = time.monotonic()
    champion, challenger = loaded(home, name)
    with features_for(name, calls, home) as (features, written):
        scores = champion.score(features)
        if out is not None:
            _write(table_of(scores, written.written, written.calls), out)
        return told(champion, features, scores, challenger, time.monotonic() - begun)


def _of_home(home: Home, days: int, name: str, clock: Clock) -> "HomeRun":
    """Score the home's callers and keep the result: scores in a file of the day, standing in the book.

    Runs beside a service that holds the home's lock: the book is a database, and names the file in the transaction that
    writes the standing.
    """
    from wurao.detection.daily import day, kept

    begun, now_us = time.monotonic(), clock.now_us()
    identities = Identities(KeyRing.open(home))
    span = day.Span(now_us, now_us - days * DAY_US, now_us)
    with kept.alone(home), closing(Book.at(home.book, clock)) as book:
        kept.make_room(home, book)
        hands = book.new_hands()
        moved = {number: at_us for number, at_us in hands.items() if at_us > span.from_us}
        judged = _judged(home, name, span, {identities.id_of(number): at_us for number, at_us in moved.items()})
        path = kept.write(home, judged)
        flagged = kept.flagged(path, identities)
        with book.together():
            then = book.new_hands()
            flagged = [one for one in flagged if then.get(one.number) == hands.get(one.number)]  # since we looked
            misused = _into_book(book, flagged, day.keys_in(judged.table), identities, span, name)
            kept.take_effect(book, path)
    return day.told(judged.figures, misused, str(path), time.monotonic() - begun)


def _judged(home: Home, name: str, span: "Span", since: dict[bytes, int]) -> "Day":
    """Return what the model of this name makes of the home's callers; raises InputError where nobody called.

    Who changed hands in the span (``since``) is judged on the calls of the new holder.
    """
    from wurao.detection.daily import day

    champion, challenger = loaded(home, name)
    lake = Lake(home)
    with day.callers_of(lake, span, since) as (features, who):
        if not who.num_rows:
            raise _no_calls(lake, span, home)
        return day.judge(features, who, champion, challenger, span)


def _no_calls(lake: Lake, span: "Span", home: Home) -> InputError:
    """Return what is said of a home without call records; decisions don't do: they don't know how a call ended."""
    days = (span.to_us - span.from_us) // DAY_US
    mend = "bring call records in with wurao import calls FILE"
    if not lake.parts("decisions", span.from_us, span.to_us):
        mend += ", or look further back with --days"
        return InputError(f"no calls of the last {days} days", where=str(home.path), mend=mend)
    what = f"no call records of the last {days} days, only decisions, which don't tell how a call ended"
    mend += f"; a model named {LIVE} judges by decisions alone (wurao detect train --name {LIVE})"
    return InputError(what, where=str(home.path), mend=mend)


def _into_book(
    book: Book, flagged: "list[Score]", seen: set[str], identities: Identities, span: "Span", name: str
) -> int:
    """Write standing of the flagged and take back what no longer holds; tells how many verified callers misuse it."""
    from wurao.detection.daily import standing
    from wurao.detection.daily.misuse import audit
    from wurao.detection.scoring.standing import ROBOT, SOURCE

    stand = {row.subject: row.facts.get("model") for row in book.each_standing(SOURCE) if row.symbol == ROBOT}
    # what the live model said of a caller is newer, and permitted or not by what it rehearsed
    mine = [one for one in flagged if stand.get(one.number) != LIVE]
    earlier = [number for number, model in stand.items() if model != LIVE]
    outdated = standing.outdated(earlier, mine, seen, lambda number: identities.id_of(number).hex())
    book.write_standing(standing.rows(mine, span.at_us, model=name), clear=outdated)
    return sum(one.alarm for one in audit(flagged, book.each_entry(), span.at_us))


def _found(done: "Run") -> str:
    lines = [f"{done.callers:,} callers, {done.flagged:,} flagged, {done.rejected:,} rejected, {done.seconds:.1f} s"]
    if done.drifted:
        lines.append(f"drifted since training: {', '.join(done.drifted)} – train on newer calls")
    if done.shadow:
        one = done.shadow
        lines.append(
            f"version {one.version} in SHADOW flags {one.flagged:,}: {one.also_flagged:,} more, {one.not_flagged:,} not"
        )
    return "\n".join(lines)


def _written(done: "HomeRun") -> str:
    lines = [f"scores in {done.scores}; the page /console/detection shows them"]
    if done.misused:
        lines.append(f"ALARM: {done.misused:,} verified callers behave like robots; a person decides, on that page")
    return "\n".join(lines)


def _write(scores: pa.Table, out: Path) -> None:
    file = io.BytesIO()
    parquet.write_table(scores, file)
    replace_file(out, file.getvalue(), mode=_OWNER_ONLY)
