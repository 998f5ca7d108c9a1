"""Writes a simulated world to a folder: facts as Parquet, day by day, and the truth in ``truth/``."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from wurao.core.errors import InputError
from wurao.sim import enrolment, recycled, tables, truth
from wurao.sim.messages import messages
from wurao.sim.world import World
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


def write(world: World, out: Path, progress: Callable[[int, int], None] = lambda _done, _of: None) -> dict[str, int]:
    """Write all facts and the truth below ``out``; return the rows of each file.

    Memory is bounded by the people, the vests and two shards of calls. ``progress`` hears days done and of how many.
    Raises InputError if ``out`` is a file, StoreError for what the disk refuses.
    """
    if out.exists() and not out.is_dir():
        raise InputError("is no folder", where=str(out), mend="name a folder")
    with disk(out):
        (out / "truth").mkdir(parents=True, exist_ok=True)
        rows, counts = _happenings(world, out, progress)
        standing = {
            "disclosures": tables.disclosures(world.holders, world.end_us),
            "wishes": enrolment.wishes(world),
            "contacts": enrolment.contacts(world),
            "verified": enrolment.verified(world),
            "assignments": enrolment.assignments(world),
            "truth/callers": truth.callers(world),
            "truth/campaigns": truth.campaigns(world, counts),
            "truth/leaks": truth.leaks(world),
        }
        for name, table in standing.items():
            file = _Growing(out / f"{name}.parquet")
            file.add(table)
            file.close()
            rows[name] = file.rows
    return rows


def _happenings(world: World, out: Path, progress: Callable[[int, int], None]) -> tuple[dict[str, int], list[int]]:
    files = {name: _Growing(out / f"{name}.parquet") for name in ("calls", "messages", "reports")}
    counted = [0] * len(world.sources)
    files["reports"].add(tables.reports(world, world.days.start - 1, 0, recycled.complaints(world)))
    for done, day in enumerate(world.days, 1):
        for shard, calls in enumerate(world.shards(day)):
            for source, n in enumerate(np.bincount(calls["source"], minlength=len(counted)).tolist()):
                counted[source] += n
            for low in range(0, max(len(calls), 1), ROWS):
                files["calls"].add(tables.calls(world, day, shard, low, calls[low : low + ROWS]))
            complaints = world.complaints(day, shard, calls)
            complaints = complaints[complaints["received_us"] < world.end_us]
            files["reports"].add(tables.reports(world, day, shard, complaints))
        files["messages"].add(messages(world, day))
        progress(done, len(world.days))
    for file in files.values():
        file.close()
    return {name: file.rows for name, file in files.items()}, counted
