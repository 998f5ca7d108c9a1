"""Where checked rows go: the lake for facts with a day, the book for wishes, contacts and the registry.

A landing takes typed rows (numbers as uint64 in clear) and says how many it stored. What it has returned from
``close`` is on the disk. The lake's landing works beside the reading, one batch behind.
"""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Final, Protocol

import pyarrow as pa

from wurao.intake.deriving import Steps, derived
from wurao.store.identities import Enrolled, Identities
from wurao.store.lake import Lake

LAND_ROWS: Final = 1 << 18
"""Rows that go into the lake at once: few parts a day, ~1 GB at the peak of an import."""


class Landing(Protocol):
    """Takes the rows of one import."""

    stored: int
    duplicate: int

    def next_file(self, source: str, *, known: bool) -> None:
        """Say which file the next rows come from and whether an earlier import already finished it."""

    def take(self, rows: pa.Table) -> None:
        """Store typed rows, perhaps later; raises StoreError."""

    def close(self) -> None:
        """Return when every row taken is stored; raises StoreError, InputError."""


class LakeLanding:
    """Derives, protects and appends rows to the lake."""

    def __init__(self, fact: str, lake: Lake, identities: Identities, enrolled: Enrolled) -> None:
        self.stored = 0
        self.duplicate = 0
        self._fact, self._lake, self._identities, self._enrolled = fact, lake, identities, enrolled
        self._source = ""
        self._steps = Steps()
        self._waiting: list[pa.Table] = []
        self._waiting_rows = 0
        self._worker = ThreadPoolExecutor(1, thread_name_prefix="landing")
        self._running: Future[None] | None = None

    def next_file(self, source: str, *, known: bool) -> None:  # noqa: ARG002 - the lake knows rows by themselves
        """Say which file the next rows come from."""
        self._source = source

    def take(self, rows: pa.Table) -> None:
        """Keep rows until there are enough for the lake."""
        if "source" not in rows.column_names:  # a disclosure's own says more
            rows = rows.append_column("source", pa.repeat(self._source, rows.num_rows))
        self._waiting.append(rows)
        self._waiting_rows += rows.num_rows
        if self._waiting_rows >= LAND_ROWS:
            self._flush()

    def close(self) -> None:
        """Return when every row is in the lake."""
        try:
            if self._waiting_rows:
                self._flush()
            self._settle()
        finally:
            self._worker.shutdown(cancel_futures=True)

    def _flush(self) -> None:
        rows = pa.concat_tables(self._waiting)
        self._waiting, self._waiting_rows = [], 0
        self._settle()
        self._running = self._worker.submit(self._append, rows)

    def _settle(self) -> None:
        if self._running is not None:
            self._running.result()

    def _append(self, rows: pa.Table) -> None:
        rows = derived(self._fact, rows.combine_chunks(), self._steps)
        done = self._lake.append(self._fact, self._identities.protect(self._fact, rows, self._enrolled))
        self.stored += done.stored
        self.duplicate += done.duplicate


class BookLanding:
    """Hands rows to a writer of the book; a file that was finished before changes nothing there.

    ``write`` returns how many of its rows are new. It is called once a batch of rows.
    """

    def __init__(self, write: Callable[[pa.Table], int]) -> None:
        self.stored = 0
        self.duplicate = 0
        self._write = write
        self._known = False

    def next_file(self, source: str, *, known: bool) -> None:  # noqa: ARG002 - the book doesn't keep the source
        """Say whether the file the next rows come from was finished before."""
        self._known = known

    def take(self, rows: pa.Table) -> None:
        """Write the rows."""
        new = 0 if self._known else self._write(rows)
        self.stored += new
        self.duplicate += rows.num_rows - new

    def close(self) -> None:
        """Do nothing: every batch is a transaction of its own."""
