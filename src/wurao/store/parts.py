"""Parts: the immutable Parquet files of one fact and day, and which of them count.

``lake/calls/day=2021-07-07/part-00000003-00000007-001.parquet`` holds what the appends 3…7 brought. A part counts
unless another covers its span at a higher level – ClickHouse's rule for MergeTree parts. So one rename replaces many
parts by one: a reader that lists the folder sees the old parts, or the new one and ignores the old. Replaced parts
stay for a quarter of an hour, for readers that listed them before.

The day is the Chinese day (UTC+8 without daylight saving): storage only, every query goes by microseconds.
"""

import re
import time
from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import Any, Final, Self, cast

import msgspec
import pyarrow as pa
import pyarrow.parquet as pq

from wurao.core.clock import CHINA_OFFSET_US, DAY_US, day_of
from wurao.core.errors import StoreError
from wurao.store.durable import disk, sync_file, sync_folder

GRACE_S: Final = 900
_NAME: Final = re.compile(r"part-(\d{8})-(\d{8})-(\d{3})\.parquet")
_DAY: Final = re.compile(r"day=(\d{4}-\d\d-\d\d)")
_EPOCH: Final = date(1970, 1, 1).toordinal()


class Part(msgspec.Struct, frozen=True):
    """One file: the appends ``first``…``last`` that it holds, rewritten ``level`` times."""

    path: Path
    first: int
    last: int
    level: int

    def covers(self, other: "Part") -> bool:
        """Say whether this part replaces the other."""
        return self.first <= other.first and other.last <= self.last and self.level > other.level


def day_index(at_us: int) -> int:
    """Return the Chinese day of an instant, counted from 1970-01-01."""
    return (at_us + CHINA_OFFSET_US) // DAY_US


def day_name(day: int) -> str:
    """Return the name of a day's folder; ``day`` is counted from 1970-01-01."""
    return f"day={day_of(day * DAY_US, 0)}"


def day_folder(fact_folder: Path, day: int) -> Path:
    """Return the folder of one day (counted from 1970-01-01) of a fact."""
    return fact_folder / day_name(day)


def days_in(fact_folder: Path) -> list[tuple[int, Path]]:
    """Return the days (counted from 1970-01-01) that a fact has and their folders, in order; raises StoreError."""
    if not fact_folder.is_dir():
        return []
    with disk(fact_folder):
        named = [(_DAY.fullmatch(entry.name), entry) for entry in fact_folder.iterdir()]
    return sorted((date.fromisoformat(day[1]).toordinal() - _EPOCH, path) for day, path in named if day)


def listed(folder: Path) -> list[Part]:
    """Return every part in a day's folder by name, replaced ones too; raises StoreError."""
    if not folder.is_dir():
        return []
    with disk(folder):
        named = [(_NAME.fullmatch(entry.name), entry) for entry in folder.iterdir()]
    return sorted(
        (Part(path, int(name[1]), int(name[2]), int(name[3])) for name, path in named if name),
        key=lambda part: (part.first, part.last, part.level),
    )


def counting(parts: Iterable[Part]) -> list[Part]:
    """Return the parts that no other covers."""
    parts = list(parts)
    return [part for part in parts if not any(other.covers(part) for other in parts)]


def sweep(folder: Path, grace_s: float = GRACE_S) -> int:
    """Delete parts that were replaced ``grace_s`` ago and what a crash left half written; return how many."""
    parts = listed(folder)
    kept = counting(parts)
    gone = 0
    for part in parts:
        # The file system's own time, because the age of a file is the question.
        over = [k for k in kept if k.covers(part)]
        if over and time.time() - over[0].path.stat().st_mtime >= grace_s:
            part.path.unlink()
            gone += 1
    for half in folder.glob(".part-*"):
        half.unlink()
        gone += 1
    return gone


def path_of(folder: Path, first: int, last: int, level: int) -> Path:
    """Return the path of a part by its span and level."""
    return folder / f"part-{first:08}-{last:08}-{level:03}.parquet"


class Draft:
    """A part being written beside; ``publish`` syncs it and gives it its name, leaving the block without drops it."""

    def __init__(self, path: Path, schema: pa.Schema) -> None:
        self._path = path
        self._beside = path.with_name(f".{path.name}")
        self._schema = schema
        self._open: pq.ParquetWriter | None = None

    def __enter__(self) -> Self:
        with disk(self._beside):
            self._open = pq.ParquetWriter(
                self._beside,
                self._schema,
                compression="zstd",
                compression_level=1,
                write_page_checksum=True,
                use_dictionary=cast("Any", [name for name in self._schema.names if name != "row_id"]),
                dictionary_pagesize_limit=8 << 20,
            )
        return self

    def write(self, rows: pa.Table | pa.RecordBatch) -> None:
        """Add rows; raises StoreError if the disk refuses."""
        assert self._open is not None  # noqa: S101 - __enter__ opened it
        with disk(self._beside):
            self._open.write(rows)

    def finish(self) -> None:
        """Write the footer and return when the bytes are on the disk."""
        assert self._open is not None  # noqa: S101 - __enter__ opened it
        with disk(self._beside):
            self._open.close()
            sync_file(self._beside)

    def publish(self) -> None:
        """Give the finished part its name; it lasts once the folder is synced."""
        with disk(self._path):
            self._beside.rename(self._path)

    def __exit__(self, *_: object) -> None:
        try:
            if self._open is not None and self._open.is_open:
                self._open.close()
        except OSError:
            pass  # the first error is already on its way
        self._beside.unlink(missing_ok=True)


def opened(part: Part) -> pq.ParquetFile:
    """Return a part opened with its footer read and its page checksums checked; raises StoreError if damaged."""
    try:
        return pq.ParquetFile(part.path, page_checksum_verification=True)
    except (pa.ArrowInvalid, OSError) as error:
        raise damaged(part.path) from error


def damaged(path: Path | str) -> StoreError:
    """Return the error for a part whose bytes are not what was written."""
    return StoreError(
        "this part of the lake is damaged",
        where=str(path),
        mend="`wurao doctor --mend` sets it aside; then import the files of that day again",
    )


def sync_day(folder: Path) -> None:
    """Return when the names in a day's folder, and the folder's own, are on the disk."""
    with disk(folder):
        for level in (folder, folder.parent, folder.parent.parent):
            sync_folder(level)
