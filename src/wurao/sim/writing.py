"""Writes a simulated town to a folder: facts as Parquet, hour by hour, and the truth in ``truth/``."""

from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from wurao.core.clock import DAY_US
from wurao.core.errors import InputError
from wurao.sim import enrolment, tables, truth
from wurao.sim.messages import messages
from wurao.sim.town import Town
from wurao.store.durable import disk

ROWS = 250_000
"""Rows that are gathered before a row group is written."""


class _Growing:
    """One Parquet file that is written beside its name and takes it when complete."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._beside = path.with_suffix(".part")
        self._writer: pq.ParquetWriter | None = None
        self._waiting: list[pa.Table] = []
        self._rows = 0
        self.rows = 0

    def add(self, table: pa.Table) -> None:
        """Take a table; a row group is written when enough have gathered."""
        self.rows += len(table)
        self._rows += len(table)
        self._waiting.append(table)
        if self._rows >= ROWS:
            self._flush()

    def _flush(self) -> None:
        if self._waiting:
            table = pa.concat_tables(self._waiting)
            self._writer = self._writer or pq.ParquetWriter(self._beside, table.schema, compression="zstd")
            self._writer.write_table(table)
            self._waiting, self._rows = [], 0

    def close(self) -> None:
        """Write what is left and give the file its name."""
        self._flush()
        if self._writer:
            self._writer.close()
            self._beside.replace(self._path)


def write(town: Town, out: Path, progress: Callable[[int, int], None] = lambda _done, _of: None) -> dict[str, int]:
    """Write all facts and the truth below ``out``; return the rows of each file.

    Memory is bounded by an hour of calls and the town itself. ``progress`` hears hours done and of how many. Raises
    InputError if ``out`` is a file, StoreError for what the disk refuses.
    """
    if out.exists() and not out.is_dir():
        raise InputError("is no folder", where=str(out), mend="name a folder")
    with disk(out):
        (out / "truth").mkdir(parents=True, exist_ok=True)
        rows, counts = _happenings(town, out, progress)
        end_us = town.start_us + town.days * DAY_US
        standing = {
            "disclosures": tables.disclosures(town.holders, end_us),
            "wishes": enrolment.wishes(town),
            "contacts": enrolment.contacts(town),
            "verified": enrolment.verified(town),
            "truth/callers": truth.callers(town),
            "truth/campaigns": truth.campaigns(town, counts),
            "truth/leaks": truth.leaks(town),
        }
        for name, table in standing.items():
            file = _Growing(out / f"{name}.parquet")
            file.add(table)
            file.close()
            rows[name] = file.rows
    return rows


def _happenings(town: Town, out: Path, progress: Callable[[int, int], None]) -> tuple[dict[str, int], list[int]]:
    files = {name: _Growing(out / f"{name}.parquet") for name in ("calls", "messages", "reports")}
    end_us = town.start_us + town.days * DAY_US
    counted = truth.tally(town)
    hours = town.hours()
    for done, hour in enumerate(hours, 1):
        calls, complaints = town.hour(hour), town.complaints(hour)
        counted.add(calls)
        files["calls"].add(tables.calls(town, hour, calls))
        files["messages"].add(messages(town, hour))
        files["reports"].add(tables.reports(town, hour, complaints[complaints["received_us"] < end_us]))
        progress(done, len(hours))
    for file in files.values():
        file.close()
    return {name: file.rows for name, file in files.items()}, counted.counts
