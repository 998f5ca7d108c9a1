"""The scores of a home at rest: ``scores/2026-08-18.parquet`` for each day's last run, its figures in the metadata.

Numbers rest as in the lake: a keyed id, the number in clear or, a subscriber's, sealed; files are for the owner only.
A file is written beside and renamed whole. The newest ``KEPT`` days stay.
"""

from __future__ import annotations  # pyarrow's types take no [Any] at run time

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
from wurao.store.durable import disk, replace_file
from wurao.store.home import Home
from wurao.store.identities import Identities
from wurao.store.lake import reading
from wurao.store.schema import ID
from wurao.store.tables.lock import OneAtATime

pc: Any = pyarrow.compute

KEPT: Final = 30
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
    """Keep a run as that of its Chinese day and let go what is older than ``KEPT`` days' files. Raises StoreError.

    Runs are written ``alone``.
    """
    folder = home.folder("scores")
    path = folder / f"{day_of(day.figures.at_us)}.parquet"
    _replace(path, day.table.sort_by("caller_id"), msgspec.json.encode(day.figures))
    with disk(folder):
        for old in _files(home)[:-KEPT]:
            old.unlink()
    return path


def latest(home: Home) -> Path | None:
    """Return the file of the newest run, None before the first."""
    return next(reversed(_files(home)), None)


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
    """Delete the rows of a caller from every file and return how many; a damaged file goes as a whole."""
    erased = 0
    for path in _files(home):
        try:
            with reading():
                table = parquet.read_table(path)
        except StoreError:
            path.unlink()
            continue
        left = table.filter(pc.field("caller_id") != pa.scalar(caller_id, ID))
        if left.num_rows < table.num_rows:
            _replace(path, left, (table.schema.metadata or {}).get(_FIGURES, b""))
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


def _replace(path: Path, table: pa.Table, told: bytes) -> None:
    file = io.BytesIO()
    parquet.write_table(
        table.replace_schema_metadata({_FIGURES: told}), file, compression="zstd", row_group_size=_GROUP
    )
    replace_file(path, file.getvalue(), mode=_OWNER_ONLY)


def _files(home: Home) -> list[Path]:
    return sorted(home.folder("scores").glob("[0-9]*.parquet"))
