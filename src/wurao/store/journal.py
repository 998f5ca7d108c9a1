"""The journal: rows acknowledged one by one – reports, decisions – before they are folded into the lake.

``submit`` returns a future that is done when the row is on the disk. One thread commits: whatever waits goes to the
disk with one sync (group commit), so durability costs a sync a batch and not a row. A row that may wait says how
long. ``Lake.read`` sees a row as soon as it is committed. Only the process that holds ``Home.lock`` has a journal.
"""

import threading
import time
from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import Future
from pathlib import Path
from typing import Annotated, Any, Final, Self

import msgspec
import pyarrow as pa

from wurao.core.errors import Error, InputError, StoreError
from wurao.store import segments
from wurao.store.durable import disk, replace_file, sync_folder
from wurao.store.home import Home
from wurao.store.lake import Lake
from wurao.store.schema import at_rest, stored_names
from wurao.store.segment import Segment

ROLL_BYTES: Final = 8 << 20
FOLD_SEGMENTS: Final = 8
"""Segments folded at once: 64 MB."""
MAX_WAITING: Final = 64 << 20
"""Bytes that may wait for the disk before submissions are refused."""

Row = Mapping[str, Any]


class Folded(msgspec.Struct, frozen=True):
    """What a fold did: rows moved into the lake, rows it had already, torn bytes set aside."""

    stored: int = 0
    duplicate: int = 0
    torn_bytes: int = 0


class _Waiting(msgspec.Struct):
    fact: str
    frame: bytes
    due: float
    done: "Future[None]"


class Journal:
    """The journal of a home; close it, or leave its ``with`` block, to commit what waits."""

    def __init__(self, home: Home, *, roll_bytes: int = ROLL_BYTES) -> None:
        home.require_lock()
        self._home = home
        self._roll_bytes = roll_bytes
        self._waiting: deque[_Waiting] = deque()
        self._waiting_bytes = 0
        self._wake = threading.Condition()
        self._closing = False
        self._segments: dict[str, Segment] = {}
        self._writing = threading.Lock()
        self._thread = threading.Thread(target=self._commit_forever, name="journal", daemon=True)
        self._thread.start()

    def submit(self, fact: str, rows: Sequence[Row], *, within_s: float = 0.0) -> "Future[None]":
        """Return a future that is done when ``rows`` (at rest, see ``Identities.protect_rows``) are on the disk.

        All of them or none. ``within_s`` lets them wait for company. The future raises StoreError if the disk
        refuses; raises InputError here if a row isn't as the fact is at rest, StoreError if too much waits.
        """
        return self._submit(fact, _encoded(fact, rows), within_s)

    def _submit(self, fact: str, payload: bytes, within_s: float = 0.0) -> "Future[None]":
        frame = segments.frame(payload)
        done: Future[None] = Future()
        with self._wake:
            if self._closing:
                raise StoreError("the journal is closed")
            if self._waiting_bytes + len(frame) > MAX_WAITING:
                raise StoreError("the disk can't keep up with the journal", mend="use a faster disk")
            self._waiting.append(_Waiting(fact, frame, time.monotonic() + within_s, done))
            self._waiting_bytes += len(frame)
            self._wake.notify()
        return done

    def append(self, fact: str, rows: Sequence[Row]) -> None:
        """Return when ``rows`` are on the disk; raises InputError, StoreError."""
        self.submit(fact, rows).result()

    def append_table(self, fact: str, table: pa.Table) -> None:
        """Return when a table (at rest, see ``Identities.protect``) is on the disk; raises InputError, StoreError."""
        self._submit(fact, _encoded_table(fact, table)).result()

    def fold(self, lake: Lake) -> Folded:
        """Move what is committed into the lake; killed at any instant and run again it stores each row once."""
        total = Folded()
        for fact in stored_names():
            with self._writing:
                self._roll(fact)
                numbers = segments.numbers_in(self._folder(fact))
            for start in range(0, len(numbers), FOLD_SEGMENTS):
                paths = [segments.path_of(self._folder(fact), n) for n in numbers[start : start + FOLD_SEGMENTS]]
                total = _sum(total, self._fold_paths(lake, fact, paths))
        return total

    def close(self) -> None:
        """Commit what waits and stop."""
        with self._wake:
            self._closing = True
            self._wake.notify()
        self._thread.join()
        with self._writing:
            for fact in list(self._segments):
                self._roll(fact)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _folder(self, fact: str) -> Path:
        return self._home.folder("journal") / fact

    def _commit_forever(self) -> None:
        while batch := self._next_batch():
            by_fact: dict[str, list[_Waiting]] = {}
            for waiting in batch:
                by_fact.setdefault(waiting.fact, []).append(waiting)
            for fact, group in by_fact.items():
                self._commit(fact, group)

    def _next_batch(self) -> list[_Waiting]:
        """Return everything that waits once the first of it is due; nothing means closed."""
        with self._wake:
            while not self._closing:
                due = min((waiting.due for waiting in self._waiting), default=None)
                left = None if due is None else due - time.monotonic()
                if left is not None and left <= 0:
                    break
                self._wake.wait(left)
            batch = list(self._waiting)
            self._waiting.clear()
            self._waiting_bytes = 0
            return batch

    def _commit(self, fact: str, group: list[_Waiting]) -> None:
        try:
            with self._writing:
                self._segment(fact).write(b"".join(waiting.frame for waiting in group))
                if self._segments[fact].size >= self._roll_bytes:
                    self._roll(fact)
        except Error as error:
            for waiting in group:
                waiting.done.set_exception(error)
        else:
            for waiting in group:
                waiting.done.set_result(None)

    def _segment(self, fact: str) -> Segment:
        segment = self._segments.get(fact)
        if segment is not None and segment.broken:
            self._roll(fact)
            segment = None
        if segment is None:
            folder = self._folder(fact)
            number = max(segments.numbers_in(folder), default=0) + 1
            segment = Segment(segments.path_of(folder, number), segments.header(fact))
            self._segments[fact] = segment
        return segment

    def _roll(self, fact: str) -> None:
        segment = self._segments.pop(fact, None)
        if segment is not None:
            segment.close()

    def _fold_paths(self, lake: Lake, fact: str, paths: list[Path]) -> Folded:
        read = [segments.read(fact, path) for path in paths]
        appended = lake.append(fact, pa.concat_tables([one.rows for one in read]))
        for path, one in zip(paths, read, strict=True):
            if one.torn:
                replace_file(self._home.folder("quarantine") / f"{fact}-{path.name}.torn", one.torn, mode=0o600)
            with disk(path):
                path.unlink()
        with disk(paths[0].parent):
            sync_folder(paths[0].parent)
        return Folded(appended.stored, appended.duplicate, sum(len(one.torn) for one in read))


def _sum(one: Folded, other: Folded) -> Folded:
    return Folded(one.stored + other.stored, one.duplicate + other.duplicate, one.torn_bytes + other.torn_bytes)


_ROW_TYPES: dict[str, type[msgspec.Struct]] = {}
_VALUES: Final[dict[str, Any]] = {
    "string": str,
    "int32": Annotated[int, msgspec.Meta(ge=-(2**31), lt=2**31)],
    "int64": Annotated[int, msgspec.Meta(ge=-(2**63), le=2**63 - 1)],
    "uint64": Annotated[int, msgspec.Meta(ge=0, le=2**63 - 1)],
}


def _row_type(fact: str) -> type[msgspec.Struct]:
    """Return the shape of a row at rest: a list of values in the order of the columns."""
    if fact not in _ROW_TYPES:
        _ROW_TYPES[fact] = msgspec.defstruct(
            f"Row_{fact}",
            [
                (field.name, _value(field.type))
                if not field.nullable
                else (field.name, _value(field.type) | None, None)
                for field in at_rest(fact)
            ],
            array_like=True,
            forbid_unknown_fields=True,
            kw_only=True,
        )
    return _ROW_TYPES[fact]


def _value(kind: pa.DataType) -> Any:
    if isinstance(kind, pa.FixedSizeBinaryType):
        return Annotated[bytes, msgspec.Meta(min_length=kind.byte_width, max_length=kind.byte_width)]
    return _VALUES[str(kind)]


def _encoded(fact: str, rows: Iterable[Row]) -> bytes:
    shape = _row_type(fact)
    names = shape.__struct_fields__
    try:
        known = set(names)
        for row in rows:
            if unknown := row.keys() - known:
                raise InputError(f"the fact '{fact}' has no column '{min(unknown)}'")
        lists = [[row.get(name) for name in names] for row in rows]
        payload = msgspec.msgpack.encode(msgspec.convert(lists, list[shape]))  # type: ignore[valid-type]
    except (msgspec.ValidationError, TypeError, UnicodeEncodeError, OverflowError) as error:
        raise InputError(f"this row is no {fact} at rest: {error}") from error
    return _bounded(payload)


def _encoded_table(fact: str, table: pa.Table) -> bytes:
    lacking = [f.name for f in at_rest(fact) if not f.nullable and table.column(f.name).null_count]
    if table.schema != at_rest(fact) or lacking:
        raise InputError(f"this table is no {fact} at rest")
    return _bounded(segments.as_arrow(table))


def _bounded(payload: bytes) -> bytes:
    if len(payload) > segments.MAX_FRAME:
        raise InputError(f"more than {segments.MAX_FRAME} bytes at once", mend="submit fewer rows")
    return payload
