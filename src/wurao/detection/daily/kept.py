"""The scores of a home at rest: ``scores/2026-08-18-1f2e3d4c.parquet`` for a run, its figures in the metadata.

Numbers rest as in the lake: a keyed id, the number in clear or, a subscriber's, sealed; files are for the owner only.
A file takes effect when the book names it, in the transaction that writes what the run found: a run that is killed
before is as if it had never been, and its file goes with the next one. One file a day stays, ``KEPT`` of them.
"""

from __future__ import annotations  # pyarrow's types take no [Any] at run time

import hashlib
import io
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import msgspec
import pyarrow as pa
import pyarrow.compute
from pyarrow import parquet

from wurao.core.clock import day_of
from wurao.core.errors import StoreError
from wurao.detection.daily.day import Day
from wurao.detection.daily.scored import Figures, Score
from wurao.detection.scoring.explaining import SYMBOL_OF, Explanation
from wurao.store.book import Book
from wurao.store.durable import disk, replace_file
from wurao.store.home import Home
from wurao.store.identities import Identities
from wurao.store.lake import reading
from wurao.store.schema import ID
from wurao.store.tables.lock import OneAtATime

pc: Any = pyarrow.compute

KEPT: Final = 30
_KIND: Final = "scores"
_DAY: Final = len("2026-08-18")
_GROUP: Final = 16_384
"""Rows of a group: sorted by caller, one look-up reads one group."""
_FIGURES: Final = b"wurao.figures"
_OWNER_ONLY: Final = 0o600
_OPENING: Final = frozenset({"operator"})
"""Whoever shows the rows masks or logs them by the role of who looks (access.looking)."""


@contextmanager
def alone(home: Home) -> Iterator[None]:
    """Be the only one who judges this home's callers or erases one; raises StoreError while another does.

    A run writes what it read before: a number that is erased meanwhile would come back. It needs a lock of its own, as
    it may run beside the home's one writer.
    """
    folder = home.folder("scores")
    with disk(folder):
        folder.mkdir(mode=0o700, exist_ok=True)
        lock = OneAtATime(folder / ".lock", "callers are being judged or a number is being erased")
    try:
        yield
    finally:
        lock.release()


def write(home: Home, day: Day) -> Path:
    """Write the file of a run and return where; it takes effect with ``take_effect``. Raises StoreError.

    Runs are written ``alone``.
    """
    content = _bytes(day.table.sort_by("caller_id"), msgspec.json.encode(day.figures))
    name = f"{day_of(day.figures.at_us)}-{hashlib.sha256(content).hexdigest()[:8]}.parquet"
    replace_file(path := home.folder("scores") / name, content, mode=_OWNER_ONLY)
    return path


def take_effect(book: Book, path: Path) -> None:
    """Let the book name a run's file: from its transaction on it is what readers find. Raises StoreError."""
    with disk(path), reading():
        digest, rows = hashlib.sha256(path.read_bytes()).hexdigest(), parquet.read_metadata(path).num_rows
    book.name_file(_KIND, path.name, digest, rows)


def in_force(home: Home, book: Book) -> Path | None:
    """Return the file of the newest run that took effect, None before the first. Raises StoreError."""
    named = book.snapshot(_KIND)
    path = home.folder("scores") / named.path if named else None
    return path if path and path.exists() else None


def make_room(home: Home, book: Book) -> None:
    """Delete what runs left that were killed, earlier runs of a day, and all but ``KEPT - 1`` days. Raises StoreError.

    Nothing is deleted that a reader may have open: the newest file waits for the run after the next.
    """
    newest = in_force(home, book)
    if newest is None:
        return
    day = newest.name[:_DAY]
    over = [path for path in _files(home) if path.name[:_DAY] >= day and path != newest]
    kept = [path for path in _files(home) if path not in over]
    with disk(home.folder("scores")):
        for path in [*over, *kept[: 1 - KEPT], *_unfinished(home)]:
            path.unlink(missing_ok=True)


def figures(path: Path) -> Figures:
    """Return the figures of a run; raises StoreError where its file is damaged."""
    with reading():
        metadata: Mapping[bytes, bytes] = parquet.read_schema(path).metadata or {}
    try:
        return msgspec.json.decode(metadata.get(_FIGURES, b""), type=Figures)
    except msgspec.DecodeError:
        raise StoreError("these scores have no figures", where=str(path), mend="wurao detect run") from None


def flagged(path: Path, identities: Identities) -> list[Score]:
    """Return the callers of a run that are labelled or rejected, the surest first; raises StoreError."""
    return sorted(_rows(path, identities, pc.field("level") != "ring"), key=lambda score: (-score.p, -score.calls))


def score_of(path: Path, identities: Identities, caller_id: bytes) -> Score | None:
    """Return the row of one caller, None if it made no call in the run's span; raises StoreError."""
    return next(iter(_rows(path, identities, pc.field("caller_id") == pa.scalar(caller_id, ID))), None)


def erase(home: Home, caller_id: bytes) -> int:
    """Delete the rows of a caller from every file and return how many; what can't be read goes as a whole."""
    erased = 0
    with disk(home.folder("scores")):
        for path in _unfinished(home):
            path.unlink()
    for path in _files(home):
        try:
            with reading():
                table = parquet.read_table(path)
        except StoreError:
            path.unlink()
            continue
        left = table.filter(pc.field("caller_id") != pa.scalar(caller_id, ID))
        if left.num_rows < table.num_rows:
            told = (table.schema.metadata or {}).get(_FIGURES, b"")
            replace_file(path, _bytes(left, told), mode=_OWNER_ONLY)
            erased += table.num_rows - left.num_rows
    return erased


def _rows(path: Path, identities: Identities, which: Any) -> list[Score]:
    with reading():
        table = parquet.read_table(path, filters=which)
    return [_score(row) for row in identities.reveal("calls", table, _OPENING).to_pylist()]


def _score(row: dict[str, Any]) -> Score:
    return Score(
        key=row["caller_id"].hex(),
        number=row["caller"],
        calls=row["n_calls"],
        p=row["p_nuisance"],
        level=row["level"],
        kind=row["kind"],
        first_label_call=row["first_label_call"],
        first_reject_call=row["first_reject_call"],
        seen=row["seen"],
        features={name: row[name] for name in SYMBOL_OF if name in row},
        reasons=msgspec.json.decode(row["reasons"], type=Explanation) if row["reasons"] else None,
    )


def _bytes(table: pa.Table, told: bytes) -> bytes:
    file = io.BytesIO()
    parquet.write_table(
        table.replace_schema_metadata({_FIGURES: told}), file, compression="zstd", row_group_size=_GROUP
    )
    return file.getvalue()


def _files(home: Home) -> list[Path]:
    return sorted(home.folder("scores").glob("[0-9]*.parquet"))


def _unfinished(home: Home) -> list[Path]:
    """Return files that were being written when their process was killed."""
    return sorted(home.folder("scores").glob(".*.new"))
