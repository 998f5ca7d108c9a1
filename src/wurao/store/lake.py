"""The lake: facts as Parquet by fact and Chinese day, appended once each, read through DuckDB.

An append is one new part a day, synced before it is named: killed at any instant, a part is there whole or not at
all, and the same rows brought again are dropped by ``row_id``. So an import needs no commit log: run again, it ends
with each row exactly once. Rows acknowledged one by one wait in the journal; ``read`` unites both.

Reading needs no lock; writing is for the one process that holds ``Home.lock``.
"""

from __future__ import annotations  # pyarrow's types take no [Any] at run time

import threading
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, Final, cast

import duckdb
import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from wurao.core.clock import CHINA_OFFSET_US, DAY_US
from wurao.core.errors import StoreError
from wurao.store import segments
from wurao.store.durable import disk
from wurao.store.home import Home
from wurao.store.parts import (
    Draft,
    Part,
    counting,
    damaged,
    day_folder,
    day_index,
    day_name,
    days_in,
    listed,
    opened,
    path_of,
    sync_day,
)
from wurao.store.schema import at_rest, stored_names, time_of

MEMORY: Final = "1GB"
"""What DuckDB may hold before it spills to the home's scratch folder."""
SILENT: Final = "SET enable_progress_bar_print = false"
"""Else DuckDB draws a bar on stdout when a query takes longer than two seconds."""
_BITS: Final = 24
BATCH_ROWS: Final = 122_880
"""Rows of a batch read: DuckDB's own row group."""


class Appended(msgspec.Struct, frozen=True):
    """What an append did: rows ``stored`` and rows dropped because they were there already."""

    stored: int
    duplicate: int


class Lake:
    """The facts of one home."""

    def __init__(self, home: Home) -> None:
        self.home = home
        self.writing = threading.RLock()
        """Held by whoever adds or replaces parts in this process."""

    def folder(self, fact: str) -> Path:
        """Return the folder of one fact; raises InputError if the lake doesn't keep it."""
        time_of(fact)
        return self.home.folder("lake") / fact

    def append(self, fact: str, table: pa.Table) -> Appended:
        """Store rows at rest (``schema.at_rest``) that are not there yet; what returns is on the disk.

        Rows with a ``row_id`` that their day already holds are dropped. Memory is bounded by the batch and the row ids
        of the fullest day's largest part. Raises StoreError.
        """
        self.home.require_lock()
        table = table.select(at_rest(fact).names).cast(at_rest(fact))
        with self.writing, ExitStack() as drafts:
            written = [self._drafted(drafts, fact, day, rows) for day, rows in _by_day(table, time_of(fact))]
            for folder, draft, _ in written:
                if draft is not None:  # all are synced by now: a full disk shows before any has its name
                    draft.publish()
                    sync_day(folder)
        stored = sum(rows for _, _, rows in written)
        return Appended(stored, table.num_rows - stored)

    def parts(self, fact: str, from_us: int | None = None, to_us: int | None = None) -> list[Part]:
        """Return the parts whose days meet [``from_us``, ``to_us``), in order of day; raises StoreError."""
        first = day_index(from_us) if from_us is not None else None
        last = day_index(to_us - 1) if to_us is not None else None
        return [
            part
            for day, folder in days_in(self.folder(fact))
            if (first is None or day >= first) and (last is None or day <= last)
            for part in counting(listed(folder))
        ]

    def read(
        self,
        fact: str,
        columns: Sequence[str] | None = None,
        from_us: int | None = None,
        to_us: int | None = None,
    ) -> Iterator[pa.RecordBatch]:
        """Yield rows of a fact at rest whose time lies in [``from_us``, ``to_us``), journal included, in no order.

        Streams in bounded memory. Raises StoreError if a part is damaged.
        """
        with self.connection() as connection:
            rows = self.relation(connection, fact, from_us, to_us)
            names = list(columns) if columns is not None else at_rest(fact).names
            with reading():
                yield from rows.select(*names).to_arrow_reader(BATCH_ROWS)

    @contextmanager
    def connection(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """Give a DuckDB of its own, bounded in memory, that spills into the home."""
        scratch = self.home.folder("scratch")
        with duckdb.connect(
            config={
                "memory_limit": MEMORY,
                "temp_directory": str(scratch),
                "preserve_insertion_order": False,
                "autoinstall_known_extensions": False,
                "autoload_known_extensions": False,
            }
        ) as connection:
            connection.execute(SILENT)
            yield connection

    def relation(
        self,
        connection: duckdb.DuckDBPyConnection,
        fact: str,
        from_us: int | None = None,
        to_us: int | None = None,
    ) -> duckdb.DuckDBPyRelation:
        """Return a fact, journal included, as a relation on ``connection``; wrap its use in ``reading()``.

        A fact without rows is an empty relation with all columns. Raises StoreError.
        """
        # The journal first: what a fold moves meanwhile is then in both, and dropped from the journal's side.
        journal = segments.read_all(fact, self.home.folder("journal") / fact)
        parts = self.parts(fact, from_us, to_us)
        journal = _not_stored(fact, journal, parts)
        with reading():
            rows = connection.from_arrow(journal)
            if parts:
                stored = connection.read_parquet([str(part.path) for part in parts], union_by_name=True)
                rows = stored.select(*at_rest(fact).names).union(rows)
            return rows.filter(_within(time_of(fact), from_us, to_us))

    def latest(self, fact: str, limit: int, columns: Sequence[str] | None = None) -> pa.Table:
        """Return up to ``limit`` rows at rest with the latest times, latest first, journal included."""
        time = time_of(fact)
        names = list(columns) if columns is not None else at_rest(fact).names
        with self.connection() as connection:
            for from_us in self._ever_earlier(fact, limit):
                rows = self.relation(connection, fact, from_us).order(f"{time} desc").limit(limit)
                with reading():
                    found: pa.Table = rows.select(*names).to_arrow_table()
                if found.num_rows == limit:
                    break
            return found

    def _ever_earlier(self, fact: str, limit: int) -> Iterator[int | None]:
        """Yield starts that lead further back, by days that hold ``limit`` rows, and at last none."""
        held = 0
        for day, folder in reversed(days_in(self.folder(fact))):
            held += sum(rows_in(part) for part in counting(listed(folder)))
            if held >= limit:
                yield day * DAY_US - CHINA_OFFSET_US
                break
        yield None

    def _drafted(self, drafts: ExitStack, fact: str, day: int, rows: pa.Table) -> tuple[Path, Draft | None, int]:
        """Return the day's folder, its part written beside (None if nothing is new) and the rows in it."""
        folder = day_folder(self.folder(fact), day)
        there = listed(folder)
        fresh = _fresh(rows, counting(there))
        if not fresh.num_rows:
            return folder, None, 0
        with disk(folder):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        number = max((part.last for part in there), default=0) + 1
        draft = drafts.enter_context(Draft(path_of(folder, number, number, 0), rows.schema))
        draft.write(fresh)
        draft.finish()
        return folder, draft, fresh.num_rows


@contextmanager
def reading() -> Iterator[None]:
    """Turn what DuckDB says about a damaged or vanished part into a StoreError."""
    try:
        yield
    except (duckdb.Error, pa.ArrowException, OSError) as error:
        text = str(error)
        named = next((word.strip("'\",:;()") for word in text.split() if ".parquet" in word), None)
        if named is None:
            raise StoreError(f"the lake can't be read: {text.splitlines()[0][:200]}") from error
        if not Path(named).exists():
            raise StoreError("this part was replaced while it was read", where=named, mend="run it again") from error
        raise damaged(named) from error


def facts_in(home: Home) -> list[str]:
    """Return the facts of which the lake has a folder."""
    return [name for name in stored_names() if (home.folder("lake") / name).is_dir()]


def rows_in(part: Part) -> int:
    """Return how many rows a part holds; raises StoreError if its footer is damaged."""
    with opened(part) as file:
        return file.metadata.num_rows


def ids_in(part: Part) -> pa.Array[Any]:
    """Return the row ids of a part; raises StoreError if it is damaged."""
    with opened(part) as file:
        try:
            return pa.chunked_array(file.read(["row_id"]).column(0)).combine_chunks()
        except (pa.ArrowException, OSError) as error:
            raise damaged(part.path) from error


def _not_stored(fact: str, journal: pa.Table, parts: Sequence[Part]) -> pa.Table:
    """Return the journal's rows that none of the parts of their day holds."""
    fresh = [
        _fresh(rows, [part for part in parts if part.path.parent.name == day_name(day)])
        for day, rows in _by_day(journal, time_of(fact))
    ]
    return pa.concat_tables([journal.schema.empty_table(), *fresh])


def _by_day(table: pa.Table, time: str) -> Iterator[tuple[int, pa.Table]]:
    """Yield (day counted from 1970-01-01, its rows) in order of day."""
    at: Any = table.column(time)
    days = (at.to_numpy() + CHINA_OFFSET_US) // DAY_US
    if not len(days):
        return
    if days.min() != days.max():
        order = np.argsort(days, kind="stable")
        table, days = table.take(cast("Any", order)), days[order]
    starts = np.flatnonzero(np.diff(days, prepend=days[0] - 1)).tolist()
    for start, stop in zip(starts, [*starts[1:], len(days)], strict=True):
        yield int(days[start]), table.slice(start, stop - start)


def _fresh(rows: pa.Table, parts: Sequence[Part]) -> pa.Table:
    """Return the rows whose id neither an earlier row nor a part has.

    Only the new rows, which are bounded, are held in tables; the day's ids stream past a map of the first bits.
    """
    ids: Any = rows.column("row_id").combine_chunks()
    seen = np.zeros(1 << _BITS, np.bool_)  # row ids are hashes: few of a part pass by chance
    seen[_first_bits(ids)] = True
    known = [stored.filter(pa.array(seen[_first_bits(stored)])) for stored in map(ids_in, parts)]
    keep = np.zeros(len(ids), np.bool_)
    keep[np.unique(ids.dictionary_encode().indices.to_numpy(), return_index=True)[1]] = True
    if known:
        keep &= ~pc.is_in(ids, value_set=pa.concat_arrays(known)).to_numpy(zero_copy_only=False)
    return rows if keep.all() else rows.filter(pa.array(keep))


def _first_bits(ids: Any) -> Any:
    words = np.frombuffer(ids.buffers()[1], "<u4")[4 * ids.offset : 4 * (ids.offset + len(ids)) : 4]
    return words >> np.uint32(32 - _BITS)


def _within(time: str, from_us: int | None, to_us: int | None) -> str:
    low = f"{time} >= {int(from_us)}" if from_us is not None else "true"
    high = f"{time} < {int(to_us)}" if to_us is not None else "true"
    return f"{low} and {high}"
