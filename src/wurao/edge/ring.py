"""The decision ring: how a process in the call path hands over what it decided, without a system call.

One file on tmpfs for each writing process, 96-byte records in 131,072 slots. The writer stores a record's fields, then
its sequence number with release order; the collector reads records in order, wipes them once they are on the disk
(they carry clear numbers) and moves the tail. A full ring never waits: the record is counted as lost. Either side may
be killed at any instant: the writer finds its place by the sequence numbers, the collector reads again what it hadn't
released, so a record comes at least once, and its receipt tells a second one.
"""

import fcntl
import mmap
import os
import struct
import tempfile
from contextlib import suppress
from itertools import count
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from wurao.core.errors import ConfigError, StoreError
from wurao.edge._ring import Slots, ready
from wurao.edge._screener import KEY_BYTES
from wurao.store.durable import disk
from wurao.store.tables._slots import store_word

MAGIC: Final = int.from_bytes(b"WURAORG1", "little")
SLOTS: Final = 1 << 17
"""12 MB a ring: 26 s of a worker's 5,000 calls a second while nobody collects."""
RECORD: Final = 96
HEADER: Final = 64
MAX_RINGS: Final = 256
_SLOTS_AT, _TAIL, _LOST = 1, 2, 3
_FIELDS: Final = struct.Struct("<QqQQQQII16s9sB14x")
"""The sequence number and everything after it; the last one tells a Refusal, whose receipt takes the ingress' place."""
_REFUSAL: Final = struct.Struct("<Qq40x21s4xB14x")
_REFUSED: Final = 1
_KEY: Final = "receipts.key"
_OTHERS: Final = 0o077

LAYOUT: Final = np.dtype(
    [
        ("sequence", "<u8"),
        ("at_us", "<i8"),
        ("caller", "<u8"),
        ("callee", "<u8"),
        ("word", "<u8"),
        ("change", "<u8"),
        ("generation", "<u4"),
        ("took_us", "<u4"),
        ("ingress", "S16"),
        ("receipt", "V9"),
        ("kind", "u1"),
        ("unused", "V14"),
    ]
)
"""A record as a row of numpy's."""
Records = npt.NDArray[np.void]
"""Rows of ``LAYOUT``."""


class Record(NamedTuple):
    """What was decided of one call.

    Numbers as uint64, ``at_us`` microseconds UTC, ``word`` as in ``core.payload.DecisionWord``, ``took_us`` how long
    the decision took.
    """

    at_us: int
    caller: int
    callee: int
    word: int
    change: int
    generation: int
    took_us: int
    ingress: str
    receipt: bytes


class Refusal(NamedTuple):
    """A called person said "unwanted" (SIP 607) of the call with this receipt, at ``at_us`` (microseconds UTC)."""

    at_us: int
    receipt: str


class RingWriter:
    """The one writer of a ring; its ``slots`` never wait and never raise for a full ring."""

    def __init__(self, folder: Path, name: str) -> None:
        """Take the first free ring called ``name``, as it was left or new; raises StoreError, ConfigError."""
        refuse_others(folder)
        self._handle, self.path = _own(folder, name)
        _sized(self._handle, self.path)
        self._map = mmap.mmap(self._handle, 0)
        words = memoryview(self._map).cast("Q")
        if words[0] != MAGIC:
            words[_SLOTS_AT] = SLOTS
            store_word(words, 0, MAGIC)
        self.slots = Slots(words)

    def put(self, record: Record) -> bool:
        """Hand over a record; False where the ring is full and the record is lost, which is counted."""
        r = record
        return self.slots.put(
            r.at_us, r.caller, r.callee, r.word, r.change, r.generation, r.took_us, r.ingress.encode(), r.receipt
        )

    def refuse(self, refusal: Refusal) -> bool:
        """Hand over that a call was refused; False where the ring is full, which is counted as ``put`` does."""
        return self.slots.refuse(refusal.at_us, refusal.receipt.encode())

    def remove_if_empty(self) -> None:
        """Remove the ring if nothing waits in it; what is put there from now on is lost."""
        if self.slots.room() == SLOTS:
            self.path.unlink(missing_ok=True)

    def close(self) -> None:
        """Let another process write this ring; its records stay for the collector."""
        self.slots.release()
        self._map.close()
        os.close(self._handle)


class RingReader:
    """The one collector of a ring."""

    def __init__(self, path: Path) -> None:
        """Map a ring; raises StoreError where it isn't whole."""
        self.name = path.stem
        with disk(path):
            handle = os.open(path, os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW)
            try:
                if os.fstat(handle).st_size != HEADER + SLOTS * RECORD:
                    raise StoreError("this is no whole ring", where=str(path), mend="remove it once its edge stopped")
                self._map = mmap.mmap(handle, 0)
            finally:
                os.close(handle)
        self._words = memoryview(self._map).cast("Q")
        self._slots: Records = np.frombuffer(self._map, LAYOUT, offset=HEADER)
        if self._words[0] != MAGIC or self._words[_SLOTS_AT] != SLOTS:
            raise StoreError("this ring has another form", where=str(path), mend="restart its edge after the upgrade")

    @property
    def lost(self) -> int:
        """How many records found the ring full, since it was made."""
        return self._words[_LOST]

    @property
    def collected(self) -> int:
        """How many records were released since it was made."""
        return self._words[_TAIL]

    @property
    def waiting(self) -> int:
        """How many records wait to be read."""
        return ready(self._words, SLOTS)

    def has_room(self) -> bool:
        """Tell whether a quarter of the ring is free at least."""
        ahead = self._words[_TAIL] + SLOTS * 3 // 4
        return bool(self._slots["sequence"][ahead % SLOTS] != ahead + 1)

    def batch(self, limit: int) -> Records:
        """Return records after the last released one, oldest first, at most ``limit`` and to the file's end; they stay.

        None means that none waits.
        """
        first = self._words[_TAIL] % SLOTS
        return self._slots[first : first + min(ready(self._words, limit), SLOTS - first)].copy()

    def read(self, limit: int) -> list[Record | Refusal]:
        """Return the records after the last released one one by one, oldest first, at most ``limit``; they stay."""
        tail = self._words[_TAIL]
        starts = (HEADER + n % SLOTS * RECORD for n in range(tail, tail + ready(self._words, limit)))
        return [_record(self._map, start) for start in starts]

    def release(self, records: int) -> None:
        """Wipe the oldest ``records`` and let the writer have their room."""
        tail = self._words[_TAIL]
        words = self._slots.view(np.uint8).reshape(SLOTS, RECORD)
        first = tail % SLOTS
        words[first : first + records] = 0
        words[: max(first + records - SLOTS, 0)] = 0
        store_word(self._words, _TAIL, tail + records)

    def close(self) -> None:
        """Stop reading."""
        self._slots = np.empty(0, LAYOUT)
        self._words.release()
        self._map.close()


def folder_of(home: Path, named: str | None = None, user: int | None = None) -> Path:
    """Return where the rings of a home lie: ``named`` ($WURAO_RINGS), else a folder of user and home on tmpfs."""
    if named:
        return Path(named)
    # The path alone: rings of two homes mustn't meet, and the folder must be found by whoever knows the home.
    return Path("/dev/shm") / f"wurao-{os.getuid() if user is None else user}{str(home.resolve()).replace('/', '-')}"  # noqa: S108 - refuse_others


def make_folder(folder: Path) -> Path:
    """Make the folder of the rings, owner-only; raises StoreError, ConfigError."""
    with disk(folder):
        folder.mkdir(mode=0o700, exist_ok=True)
    refuse_others(folder)
    return folder


def refuse_others(folder: Path) -> None:
    """Raise ConfigError unless the folder is ours alone: its records carry clear numbers."""
    with disk(folder):
        found = folder.lstat()
    if found.st_uid != os.getuid() or found.st_mode & _OTHERS:
        raise ConfigError(
            "the folder of the rings must belong to this user alone",
            where=str(folder),
            mend=f"chown and chmod 700 {folder}, and run the edge as the same user",
        )


def key_of(folder: Path) -> bytes:
    """Return the key under which all edges of a folder name the receipt of one call alike, made by the first of them.

    It lies beside the rings, owner-only, and ends with them at the next start of the machine. Raises StoreError.
    """
    path = folder / _KEY
    with disk(path):
        if not path.exists():
            handle, made = tempfile.mkstemp(dir=folder)  # owner-only
            with os.fdopen(handle, "wb") as file:
                file.write(os.urandom(KEY_BYTES))
            with suppress(FileExistsError):
                os.link(made, path)  # whole or not at all, and the first one stays
            Path(made).unlink()
        return path.read_bytes()[:KEY_BYTES]


def rings_in(folder: Path) -> list[Path]:
    """Return the rings of a folder, by name."""
    return sorted(folder.glob("*.ring"))


def refusals_in(records: Records) -> list[Refusal]:
    """Return the refusals among records."""
    told = (_record(row.tobytes(), 0) for row in records[records["kind"] == _REFUSED])
    return [refusal for refusal in told if isinstance(refusal, Refusal)]


def calls_in(records: Records) -> Records:
    """Return the records that aren't refusals."""
    calls: Records = records[records["kind"] != _REFUSED]
    return calls


def _record(held: mmap.mmap | bytes, start: int) -> Record | Refusal:
    _, at, caller, callee, word, change, generation, took, name, receipt, kind = _FIELDS.unpack_from(held, start)
    if kind == _REFUSED:
        _, at, receipt, _ = _REFUSAL.unpack_from(held, start)
        return Refusal(at, receipt.rstrip(b"\0").decode(errors="replace"))
    ingress = name.rstrip(b"\0").decode(errors="ignore")  # as core.payload.cut
    return Record(at, caller, callee, word, change, generation, took, ingress, receipt)


def _own(folder: Path, name: str) -> tuple[int, Path]:
    """Open the first ring of this name that no living process writes: after a restart it is the one left behind."""
    for again in count():
        path = folder / (f"{name}.ring" if not again else f"{name}-{again}.ring")
        with disk(path):
            handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(handle)
            if again == MAX_RINGS:
                raise StoreError("too many processes write rings here", where=str(folder)) from None
        else:
            return handle, path
    raise AssertionError


def _sized(handle: int, path: Path) -> None:
    size = HEADER + SLOTS * RECORD
    held = os.fstat(handle).st_size
    if held not in (0, size):
        os.close(handle)
        raise StoreError("this is no whole ring", where=str(path), mend="remove it once nobody writes it")
    if not held:
        with disk(path):
            os.posix_fallocate(handle, 0, size)  # now, where it can be refused: later a full tmpfs would be SIGBUS
