"""Wishes of an import: a few become rows of the book, a mass becomes one snapshot file with one change.

The snapshot holds ``subscriber`` (uint64, ascending) and ``profile`` (uint16); rows of the book stand above it. An
earlier snapshot is merged in. DuckDB sorts, spilling where memory ends, so that 540 million rows pass too.
"""

import hashlib
import os
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import duckdb
import numpy as np
import pyarrow as pa
from pyarrow import parquet

from wurao.core.errors import StoreError
from wurao.core.wishes import KEYS, Profile
from wurao.intake.book_rows import profile_of
from wurao.intake.columns import Array, pc
from wurao.store.book import Book
from wurao.store.durable import disk, sync_file, sync_folder
from wurao.store.home import Home
from wurao.store.lake import Lake

MASS: Final = 50_000
"""Wishes of one import from which they become a snapshot."""
_SCHEMA: Final = pa.schema([("subscriber", pa.uint64()), ("profile", pa.uint16())])


class WishLanding:
    """Takes wishes; what has an end of its own always goes into the book."""

    def __init__(self, home: Home, book: Book) -> None:
        self.stored = 0
        self.duplicate = 0
        self._home, self._book = home, book
        self._numbers: dict[Profile, int] = {}
        self._known = False
        self._few: dict[int, Profile] = {}
        self._folder = TemporaryDirectory(dir=home.folder("scratch"), prefix="wishes-")
        self._parts: list[Path] = []
        self._written = 0

    def next_file(self, source: str, *, known: bool) -> None:  # noqa: ARG002 - a wish doesn't keep its source
        """Say whether the file the next rows come from was finished before: then it changes nothing."""
        self._known = known

    def take(self, rows: pa.Table) -> None:
        """Write wishes with an end into the book, keep the others."""
        if self._known:
            self.duplicate += rows.num_rows
            return
        self.stored += rows.num_rows
        ending = pc.is_valid(rows.column("until_us"))
        self._until(rows.filter(ending).to_pylist())
        lasting = rows.filter(pc.invert(ending))
        if not lasting.num_rows:
            return
        if not self._parts and len(self._few) + lasting.num_rows <= MASS:
            self._few |= {row["subscriber"]: profile_of(row) for row in lasting.to_pylist()}
            return
        if self._few:
            few = pa.table({"subscriber": list(self._few), "profile": [self._number(p) for p in self._few.values()]})
            self._few = {}
            self._write(few.cast(_SCHEMA))
        self._write(pa.table([lasting.column("subscriber"), self._profiles(lasting)], schema=_SCHEMA))

    def close(self) -> None:
        """Return when the wishes are in the book, or a snapshot that the book names."""
        try:
            if self._few:
                self._book.set_wishes(self._few)
            if self._parts:
                self._snapshot()
        finally:
            self._folder.cleanup()

    def _until(self, rows: list[dict[str, Any]]) -> None:
        by_end: dict[int, dict[int, Profile]] = {}
        for row in rows:
            by_end.setdefault(row["until_us"], {})[row["subscriber"]] = profile_of(row)
        with self._book.together():
            for until_us, wanted in by_end.items():
                self._book.set_wishes(wanted, until_us)

    def _profiles(self, rows: pa.Table) -> Array:
        """Return each row's profile number; a wish is judged once for all who share it."""
        word = np.zeros(rows.num_rows, np.uint64)
        for key in KEYS:
            word = word << np.uint64(2) | pc.fill_null(rows.column(key), 0).to_numpy().astype(np.uint64)
        for name in ("segments", "quiet"):  # a batch has fewer than 2^19 rows, so fewer distinct texts
            codes = pc.fill_null(rows.column(name).combine_chunks().dictionary_encode().indices, -1).to_numpy()
            word = word << np.uint64(19) | (codes + 1).astype(np.uint64)
        _, first, places = np.unique(word, return_index=True, return_inverse=True)
        distinct = [self._number(profile_of(row)) for row in rows.take(first).to_pylist()]
        return pa.array(np.array(distinct, np.uint16)[places])

    def _number(self, profile: Profile) -> int:
        if profile not in self._numbers:
            self._numbers[profile] = self._book.profile_number(profile)
        return self._numbers[profile]

    def _write(self, wishes: pa.Table) -> None:
        places = np.arange(self._written + 1, self._written + wishes.num_rows + 1)
        self._written += wishes.num_rows
        wishes = wishes.append_column("place", pa.array(places))  # the last wish of a subscriber holds
        part = Path(self._folder.name) / f"{len(self._parts):06d}.parquet"
        with disk(part):
            parquet.write_table(wishes, part)
        self._parts.append(part)

    def _snapshot(self) -> None:
        earlier = self._book.snapshot("wishes")
        files = [*([earlier.path] if earlier else []), *map(str, self._parts)]
        beside = self._home.path / ".book-wishes.new"
        try:
            with disk(beside), Lake(self._home).connection() as connection:
                beside.touch(mode=0o600)
                rows = _merge(connection, files, beside)
                digest = _sha256(beside)
                path = self._home.path / f"book-wishes-{digest[:16]}.parquet"
                sync_file(beside)
                beside.replace(path)
                sync_folder(path.parent)
        except duckdb.Error as error:
            beside.unlink(missing_ok=True)
            raise StoreError(f"the wishes can't be sorted: {str(error).splitlines()[0][:200]}") from None
        self._book.put_snapshot("wishes", str(path), digest, rows)
        if earlier and earlier.path != str(path):
            Path(earlier.path).unlink(missing_ok=True)


def _merge(connection: duckdb.DuckDBPyConnection, files: list[str], out: Path) -> int:
    """Write the last wish of each subscriber, ascending; a file without places is the earlier one. Returns how many."""
    wishes = "from read_parquet(?, union_by_name = true) group by subscriber order by subscriber"
    chosen = f"select subscriber, arg_max(profile, coalesce(place, 0)) as profile {wishes}"
    connection.execute(f"copy ({chosen}) to '{_quoted(out)}' (format parquet, compression zstd)", [files])
    os.chmod(out, 0o600)  # noqa: PTH101 - DuckDB made it anew
    return parquet.read_metadata(out).num_rows


def _quoted(path: Path) -> str:
    return str(path).replace("'", "''")


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
