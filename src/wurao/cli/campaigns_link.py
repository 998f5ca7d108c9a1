"""``wurao campaigns link``: which numbers of a file of calls, or of a home, are worn by the same caller."""

import io
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, Final

import click
import msgspec
import pyarrow as pa
from pyarrow import parquet

from wurao.cli.options import answer, as_of_option, home_option, json_option
from wurao.core.clock import CHINA, Clock
from wurao.core.errors import ConfigError, InputError
from wurao.core.numbers import ANONYMOUS
from wurao.core.payload import INVALID_CALLER
from wurao.intake.typed import Written, write_typed
from wurao.store.durable import replace_file
from wurao.store.home import Home

if TYPE_CHECKING:
    import ibis

    from wurao.detection.linking.linked import Links

DAYS: Final = 14
_OWNER_ONLY: Final = 0o600
_FILE = click.Path(path_type=Path, exists=True, dir_okay=False)


class LinkRun(msgspec.Struct, frozen=True):
    """What a run found: numbers looked at, pairs compared, links as likely as not, groups of two numbers or more."""

    numbers: int
    candidates: int
    links: int
    campaigns: int
    seconds: float
    files: tuple[str, ...] = ()


@click.command(epilog="Example: wurao campaigns link --calls calls.parquet --out links.parquet")
@click.option("--calls", type=_FILE, help="Calls of a file; without it those of the home, and the result goes into it.")
@click.option(
    "--out", type=click.Path(path_type=Path, dir_okay=False), help="Write links; groups go to *.groups.parquet."
)
@click.option("--days", type=click.IntRange(1, 366), default=DAYS, show_default=True, help="Days of the home's calls.")
@as_of_option
@home_option
@json_option
def link(*, calls: Path | None, out: Path | None, days: int, clock: Clock, home: Path, as_json: bool) -> None:
    """Find the numbers that one caller wears one after another or side by side, and who changed number."""
    begun = time.monotonic()
    if calls is None:
        if out is not None:
            raise click.UsageError("--out goes with --calls; the campaigns of a home go into the home")
        found, files = _of_home(Home.open(home), days, clock)
    else:
        found, files = _of_file(Home.create(home), calls, out)
    done = told(found, time.monotonic() - begun, files)
    answer(done, as_json=as_json, text=lambda: said(done))


def _of_home(home: Home, days: int, clock: Clock) -> tuple["Links", tuple[str, ...]]:
    with needed():
        from wurao.cli.campaigns_night import linked
    return linked(home, days, clock)


def _of_file(home: Home, calls: Path, out: Path | None) -> tuple["Links", tuple[str, ...]]:
    scratch = home.folder("scratch")
    with opened(calls, scratch) as (table, written):
        found = _linked(table)
        return found, _write(found, written, out) if out is not None else ()


def told(found: "Links", seconds: float, files: tuple[str, ...] = ()) -> LinkRun:
    """Return what a run says when it is done."""
    from wurao.detection.linking.linked import LINK_FROM

    links = sum(one.p_same >= LINK_FROM for one in found.links)
    return LinkRun(found.numbers, found.candidates, links, len(found.groups), round(seconds, 3), files)


def said(done: LinkRun) -> str:
    """Return the same in a sentence for people."""
    counts = f"{done.numbers:,} numbers, {done.links:,} links, {done.campaigns:,} campaigns, {done.seconds:.1f} s"
    return "\n".join([counts, *done.files])


@contextmanager
def needed() -> Iterator[None]:
    """Turn a library that is missing into a ConfigError that says what to install."""
    try:
        yield
    except ModuleNotFoundError as missing:
        raise ConfigError(f"linking needs {missing.name}", mend="pip install 'wurao[detect,ml]'") from None


@contextmanager
def opened(calls: Path, scratch: Path) -> Iterator[tuple["ibis.Table", dict[int, str]]]:
    """Give the calls of a file as the linking takes them, and how each caller was written. Raises InputError."""
    with needed():
        from wurao.detection.features.rows import calls_of
        from wurao.detection.features.running import calls_in
    with TemporaryDirectory(prefix="calls-", dir=scratch) as folder:
        typed = Path(folder) / "calls.parquet"
        written = write_typed(calls, typed, CHINA)
        _refuse_nobody(written, calls)
        with calls_in([typed], Path(folder)) as table:
            yield calls_of(table), written.written


def _refuse_nobody(written: Written, calls: Path) -> None:
    """Say how many calls come from no number that can be read; raises InputError where all do."""
    nobody = written.unreadable + sum(written.calls.get(number, 0) for number in (ANONYMOUS, INVALID_CALLER))
    if nobody == written.unreadable + sum(written.calls.values()):
        mend = "write numbers as 13800138000 or +8613800138000"
        raise InputError(f"no caller of {nobody:,} calls is a number", where=str(calls), mend=mend)
    if nobody:
        click.echo(f"{nobody:,} calls left out: their caller is no number, or the row can't be read", err=True)


def _linked(table: "ibis.Table") -> "Links":
    import numpy as np

    from wurao.detection.linking.linked import link as linked
    from wurao.detection.linking.pair_model import factory

    return linked(table, lambda callers: np.asarray(callers).astype(np.int64), factory())


def _write(found: "Links", written: dict[int, str], out: Path) -> tuple[str, ...]:
    def names(keys: list[Any]) -> Any:
        return pa.array([written.get(key, str(key)) for key in keys], pa.string())

    links = {
        "a": names([one.a for one in found.links]),
        "b": names([one.b for one in found.links]),
        "p_same": pa.array([one.p_same for one in found.links], pa.float64()),
        "families": pa.array([list(one.families) for one in found.links], pa.list_(pa.string())),
    }
    numbered = [(key, f"c-{at:04}") for at, group in enumerate(found.groups, 1) for key in group]
    groups = {
        "number": names([key for key, _ in numbered]),
        "campaign": pa.array([name for _, name in numbered], pa.string()),
    }
    beside = out.with_name(f"{out.stem}.groups.parquet")
    for path, columns in ((out, links), (beside, groups)):
        file = io.BytesIO()
        parquet.write_table(pa.table(columns), file)
        replace_file(path, file.getvalue(), mode=_OWNER_ONLY)
    return str(out), str(beside)
