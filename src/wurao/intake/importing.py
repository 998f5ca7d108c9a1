"""One import: files of one fact in, every row accounted for – stored, duplicate, quarantined or left out.

Killed at any instant it is run again: rows already stored count as duplicate then.
"""

import hashlib
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Protocol

import msgspec
import numpy as np
import pyarrow as pa

from wurao.core.errors import InputError
from wurao.core.facts import FACTS
from wurao.intake import _rows
from wurao.intake.columns import picked
from wurao.intake.deriving import RowIds
from wurao.intake.interface import Batch, Checked, Fault, Format, Reading
from wurao.intake.landing import Landing
from wurao.intake.opening import Source
from wurao.intake.quarantine import Quarantine
from wurao.intake.validation import CELLS_FROM, check, match_columns
from wurao.store.book.imports import ImportRow


class Records(Protocol):
    """What remembers finished files; the book does."""

    def import_of(self, sha256: str, fact: str) -> ImportRow | None:
        """Return the finished import of a file as that fact."""

    def record_import(self, done: ImportRow) -> None:
        """Remember a finished import."""


class Summary(msgspec.Struct):
    """What became of the rows: read = stored + duplicate + quarantined."""

    fact: str
    files: int = 0
    read: int = 0
    stored: int = 0
    duplicate: int = 0
    quarantined: int = 0
    quarantine_file: str | None = None
    left_out: int = 0
    """Lines that are no row of this fact, such as the BYE of a call."""
    unknown_columns: list[str] = []
    remarks: list[str] = []


class Import:
    """The state of one ``wurao import``: its landing, its quarantine and its summary."""

    def __init__(self, reading: Reading, landing: Landing, row_ids: RowIds | None, quarantine: Quarantine) -> None:
        self.reading = reading
        self.summary = Summary(reading.fact)
        self._landing, self._row_ids, self._quarantine = landing, row_ids, quarantine

    def run(
        self,
        files: Sequence[tuple[Path, Format]],
        done: Records,
        now_us: Callable[[], int],
        on_progress: Callable[[Path, int], None] = lambda _path, _bytes: None,
    ) -> Summary:
        """Import files one after the other; raises InputError for a file that is unusable as a whole, StoreError."""
        hashes = []
        try:
            for path, its_format in files:
                source = Source(path, lambda read, path=path: on_progress(path, read))  # type: ignore[misc]
                digest = _digest(path)
                before = (self.summary.read, self._landing.stored, self._landing.duplicate, self._quarantine.rows)
                self._landing.next_file(digest[:16], known=done.import_of(digest, self.reading.fact) is not None)
                self._file(source, its_format)
                hashes.append((digest, path.name, before))
        finally:
            self._landing.close()
            self._account()
        for digest, name, (read, stored, duplicate, quarantined) in hashes:
            done.record_import(
                ImportRow(
                    sha256=digest,
                    fact=self.reading.fact,
                    name=name[:256],
                    read=self.summary.read - read,
                    stored=self.summary.stored - stored,
                    duplicate=self.summary.duplicate - duplicate,
                    quarantined=self.summary.quarantined - quarantined,
                    at_us=now_us(),
                )
            )
        return self.summary

    def _account(self) -> None:
        self.summary.stored = self._landing.stored
        self.summary.duplicate += self._landing.duplicate
        self.summary.quarantined = self._quarantine.rows
        self.summary.quarantine_file = str(self._quarantine.path) if self._quarantine.path else None

    def _file(self, source: Source, its_format: Format) -> None:
        self.summary.files += 1
        matched: dict[str, str] | None = None
        if self._row_ids is not None:
            self._row_ids.next_file()
        for batch in _plain(its_format.batches(source, self.reading)):
            if batch.table.num_rows:
                matched = self._columns(batch, matched, source)
            self._batch(batch, matched or {}, source)
        for remark in (*source.remarks, its_format.remark):
            if remark and remark not in self.summary.remarks:
                self.summary.remarks.append(remark)

    def _columns(self, batch: Batch, matched: dict[str, str] | None, source: Source) -> dict[str, str]:
        fact = FACTS[self.reading.fact]
        names = batch.table.column_names
        for name in names:
            if fact.column(name) is None and name != CELLS_FROM and name not in self.summary.unknown_columns:
                self.summary.unknown_columns.append(name)
        if matched is None:
            return match_columns(fact, names, str(source.path))
        # A later batch of a format without a header may lack columns or bring others; its rows are judged one by one.
        return matched | {column.name: name for name in names if (column := fact.column(name)) is not None}

    def _batch(self, batch: Batch, matched: dict[str, str], source: Source) -> None:
        checked = (
            check(batch, matched, self.reading)
            if batch.table.num_rows
            else Checked(batch.table, batch.lines, batch.faults)
        )
        self.summary.read += checked.table.num_rows + len(checked.faults)
        self.summary.left_out += batch.left_out
        for fault in checked.faults:
            self._quarantine.add(source.path.name, fault)
        if checked.table.num_rows:
            self._landing.take(self._identified(checked, source))

    def _identified(self, checked: Checked, source: Source) -> pa.Table:
        if self._row_ids is None:
            return checked.table
        ids, states = self._row_ids.of(checked.table)
        table = checked.table.append_column("row_id", ids)
        if not states.any():
            return table
        id_column = FACTS[self.reading.fact].id_column or ""
        for index in np.flatnonzero(states == _rows.CONFLICTING).tolist():
            row = {
                name: str(value)
                for name, value in checked.table.slice(index, 1).to_pylist()[0].items()
                if value is not None
            }
            reason = "this id came before with another content"
            self._quarantine.add(source.path.name, Fault(int(checked.lines[index]), id_column, reason, dict(row)))
        self.summary.duplicate += int((states == _rows.REPEATED).sum())
        return table.filter(picked(states == 0))


def _plain(batches: Iterator[Batch]) -> Iterator[Batch]:
    """Pass batches on; what Arrow can't hold of foreign input is an InputError, never a traceback."""
    try:
        yield from batches
    except pa.ArrowException as error:
        raise InputError(f"the file can't be read ({str(error).splitlines()[0][:120]})") from None


def _digest(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise InputError(f"can't be read: {error.strerror}", where=str(path), mend="check its mode") from None
