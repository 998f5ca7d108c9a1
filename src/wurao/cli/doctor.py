"""``wurao doctor``: can this home be worked with, and if not, what mends it."""

import importlib
import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

import click

from wurao.cli.options import answer, home_option, json_option
from wurao.core.clock import SystemClock
from wurao.core.errors import Error
from wurao.detection.live import evidence, model
from wurao.detection.live.detecting import Detecting
from wurao.detection.live.rehearsed import rehearsed, said
from wurao.detection.live.sealing import Sealing
from wurao.edge.kamailio.examining import examined as kamailio_examined
from wurao.edge.nouns import Finding
from wurao.screening.shield import public_keys
from wurao.store.book import Book
from wurao.store.home import Home
from wurao.store.keys import KeyRing
from wurao.store.lake import Lake, facts_in, rows_in
from wurao.store.rewriting import quarantine_damaged
from wurao.store.tables.tableset import TableSet

CHECK_FAILED: Final = 4
TIGHT_BYTES: Final = 1 << 30
"""Less free disk than this stops imports soon."""
COMPILED: Final = ("wurao.core._numbers", "wurao.screening._decide", "wurao.store.tables._slots")
PYTHON: Final = (3, 11)


@click.command(epilog="Example: wurao doctor --home /var/lib/wurao")
@click.option("--mend", is_flag=True, help="Move damaged parts of the lake to the quarantine folder first.")
@click.option(
    "--kamailio", type=click.Path(path_type=Path), metavar="FILE", help="Kamailio's configuration, if not found."
)
@home_option
@json_option
def doctor(mend: bool, kamailio: Path | None, home: Path, as_json: bool) -> None:  # noqa: FBT001 - click hands options in by name
    """Look at home, program and Kamailio, a line each with its mend; exit code 4 if something is wrong."""
    checks = [*([_mended(home)] if mend else []), *examined(home), *kamailio_examined(home, kamailio)]
    ok = all(check.ok is not False for check in checks)
    answer({"ok": ok, "checks": checks}, as_json=as_json, text=lambda: "\n".join(map(_line, checks)))
    click.get_current_context().exit(0 if ok else CHECK_FAILED)


def examined(path: Path) -> Iterator[Finding]:
    """Yield every check of the program and of the home at ``path``; those of the home end with its version if bad."""
    yield _python()
    yield _compiled()
    yield (home := _checked("home", lambda: str(Home.open(path).path)))
    if home.ok:
        opened = Home(path)
        yield _checked("keys", lambda: _keys(opened))
        yield _disk(path)
        yield _checked("lake", lambda: _lake(opened))
        yield _checked("book", lambda: _book(opened))
        yield _checked("tables", lambda: _tables(opened))
        yield _checked("live detection", lambda: _detection(opened))


def _checked(name: str, look: Callable[[], str]) -> Finding:
    try:
        return Finding(name, ok=True, detail=look())
    except Error as error:
        where = f"{error.where}: " if error.where else ""
        return Finding(name, ok=False, detail=f"{where}{error.what}", mend=error.mend or "")


def _python() -> Finding:
    found = ".".join(map(str, sys.version_info[:3]))
    return Finding("python", sys.version_info >= PYTHON, found, "install Python 3.11 or newer")


def _compiled() -> Finding:
    missing = [name for name in COMPILED if not _imports(name)]
    detail = f"missing: {', '.join(missing)}" if missing else f"{len(COMPILED)} modules"
    return Finding("compiled", not missing, detail, "install wurao again; in a clone run ./dev test")


def _imports(name: str) -> bool:
    try:
        importlib.import_module(name)
    except ImportError:
        return False
    return True


def _disk(path: Path) -> Finding:
    free = shutil.disk_usage(path).free
    return Finding("disk", free >= TIGHT_BYTES, f"{free / 1e9:.1f} GB free", "free some space on the home's disk")


def _keys(home: Home) -> str:
    return f"{len(list(KeyRing.open(home)))} keys, owner-only"


def _lake(home: Home) -> str:
    lake = Lake(home)
    rows = {fact: sum(map(rows_in, lake.parts(fact))) for fact in facts_in(home)}
    return ", ".join(f"{count:,} {fact}" for fact, count in rows.items()) or "no facts yet"


def _book(home: Home) -> str:
    if not home.book.exists():
        return "none yet"
    book = Book.at(home.book)
    try:
        return f"change {book.last_change()}"
    finally:
        book.close()


def _tables(home: Home) -> str:
    if not (home.folder("tables") / "CURRENT").exists():
        return "none yet: `wurao shield build` makes them"
    tables = TableSet.open(home.folder("tables"), public_keys(KeyRing.open(home)))
    return f"generation {tables.generation.number}, verified" if tables.generation else "none in force"


def _detection(home: Home) -> str:
    stored = model.at_work(home)
    if stored is None:
        return model.OFF
    detecting = Detecting(stored)  # as the service loads it, which goes on without where that fails
    held = evidence.read(home.folder("callers"), Sealing(KeyRing.open(home)))
    if held is None or held.mark != detecting.mark:
        return f"on: {model.said_of(stored)}; nothing rehearsed yet"
    return f"on: {model.said_of(stored)}; {said(rehearsed(stored, held.rehearsal, SystemClock().now_us()))}"


def _mended(path: Path) -> Finding:
    with Home.open(path).lock() as home:
        aside = quarantine_damaged(Lake(home))
    where = f": {', '.join(map(str, aside))}" if aside else ""
    return Finding("mend", ok=True, detail=f"{len(aside)} damaged parts set aside{where}")


def _line(check: Finding) -> str:
    mark = {True: "ok  ", False: "FAIL", None: "    "}[check.ok]
    line = f"{mark}  {check.name:15} {check.detail}"
    return line if check.ok or not check.mend else f"{line} – {check.mend}"
