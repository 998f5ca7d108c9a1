"""Callers that outlive their process: the table, a snapshot of it, and a log of what came since.

``update`` counts at once, ``commit`` makes what was counted since durable; a crash costs what wasn't committed, no
more. The log is bounded: once it is ``LOG_BYTES`` long, or half as long as the records, a snapshot takes its place.
"""

import logging
from collections.abc import Mapping
from typing import Final, Self

import numpy as np

from wurao.core.clock import SECOND_US
from wurao.core.errors import StoreError
from wurao.detection.live import snapshot
from wurao.detection.live._callers import Callers
from wurao.detection.live.records import EVENT, RECORD, Void
from wurao.detection.live.sealing import Sealing
from wurao.store import segments
from wurao.store.durable import disk, sync_folder
from wurao.store.home import Home
from wurao.store.keys import KeyRing
from wurao.store.segment import Segment

_log: Final = logging.getLogger(__name__)
LOG_BYTES: Final = 64 << 20
FRAME_EVENTS: Final = 1 << 17
"""Events of one frame: 4 MB."""
MAX_WAITING: Final = 16 * FRAME_EVENTS
"""Events that may wait for a disk that refuses; older ones are then in the table alone."""
_SNAPSHOT: Final = "snapshot"
_ASIDE: Final = ".damaged"


class LastingCallers:
    """The callers of one home; for one thread of the process that holds ``Home.lock``."""

    def __init__(self, home: Home, keys: KeyRing, capacity: int) -> None:
        """Take up what was kept; a damaged snapshot is set aside. Raises StoreError."""
        home.require_lock()
        self._folder = home.folder("callers")
        self._sealing = Sealing(keys)
        self._waiting: list[Void] = []
        self._segment: Segment | None = None
        self._frames = 0
        self._dropped = False
        with disk(self._folder):
            self._folder.mkdir(mode=0o700, exist_ok=True)
        self.callers, first = self._snapshot_or_new(capacity)
        self._log_bytes = 0
        for number in segments.numbers_in(self._folder):
            if number >= first:
                self._replay(number)
        self._next = max((first - 1, *segments.numbers_in(self._folder))) + 1

    @property
    def due(self) -> bool:
        """Whether a snapshot should take the log's place: it is long, or tells of records that were dropped."""
        return self._dropped or self._log_bytes >= max(LOG_BYTES, len(self.callers) * RECORD.itemsize // 2)

    def update(self, events: Void, reached: Void | None = None) -> int:
        """Count events (``EVENT``) as ``Callers.update`` does."""
        self._waiting.append(events)
        while sum(map(len, self._waiting)) > MAX_WAITING and len(self._waiting) > 1:
            self._waiting.pop(0)
        return self.callers.update(events, reached)

    def commit(self) -> None:
        """Return when everything counted is on the disk; raises StoreError and keeps it waiting."""
        events = np.concatenate([np.zeros(0, EVENT), *self._waiting])
        for start in range(0, len(events), FRAME_EVENTS):
            self._write(events[start : start + FRAME_EVENTS].tobytes())
            self._waiting = [events[start + FRAME_EVENTS :]]
        self._waiting = []

    def snapshot(self) -> None:
        """Let a snapshot take the place of the log; raises StoreError and leaves all as it was."""
        self.commit()
        self._roll()
        snapshot.write(self._folder / _SNAPSHOT, self.callers, self._next, self._sealing)
        with disk(self._folder):
            for number in segments.numbers_in(self._folder):
                if number < self._next:
                    segments.path_of(self._folder, number).unlink()
            sync_folder(self._folder)
        self._log_bytes, self._dropped = 0, False

    def erase(self, number: int) -> bool:
        """Forget a number as caller and callee, on the disk too; tells whether it was known. Raises StoreError.

        A damaged snapshot that was set aside goes as a whole: who stands in it can't be told.
        """
        held = self.callers.held
        named = held["last_callee"] == number
        held["last_callee"][named] = 0
        known = self.callers.forget(number) or bool(named.any())
        self.snapshot()
        with disk(self._folder):
            (self._folder / _SNAPSHOT).with_suffix(_ASIDE).unlink(missing_ok=True)
            sync_folder(self._folder)
        return known

    def drop_begun_before(self, since: Mapping[int, int]) -> list[int]:
        """Drop records of numbers that began before an instant of theirs, in microseconds UTC; a snapshot is due then.

        Returns which of the numbers have no record now.
        """
        numbers = np.array(sorted(since), np.uint64)
        at_us = np.array([since[number] for number in numbers.tolist()], np.int64)
        held = self.callers.held[: len(self.callers)]
        place = np.minimum(np.searchsorted(numbers, held["caller"]), max(len(numbers) - 1, 0))
        named = numbers[place] == held["caller"] if len(numbers) else np.zeros(len(held), np.bool_)
        older = held["first_s"][named].astype(np.int64) * SECOND_US < at_us[place[named]]
        known, dropped = held["caller"][named], held["caller"][named][older].tolist()
        for number in dropped:
            self.callers.forget(number)
        self._dropped = self._dropped or bool(dropped)
        gone: list[int] = numbers[~np.isin(numbers, known[~older])].tolist()
        return gone

    def close(self) -> None:
        """Commit what waits and stop; raises StoreError."""
        try:
            self.commit()
        finally:
            self._roll()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _snapshot_or_new(self, capacity: int) -> tuple[Callers, int]:
        path = self._folder / _SNAPSHOT
        if path.exists():
            try:
                return snapshot.read(path, capacity, self._sealing)
            except StoreError as error:
                # What is counted can be counted again; the phone rings meanwhile.
                _log.warning("callers begin anew: %s", error.diagnostics())
                with disk(path):
                    path.rename(path.with_suffix(_ASIDE))
        return Callers(capacity), 1

    def _replay(self, number: int) -> None:
        path = segments.path_of(self._folder, number)
        with disk(path), path.open("rb") as file:
            try:
                for at, sealed in enumerate(segments.payloads(file)):
                    events = np.frombuffer(self._sealing.open(sealed, f"log {number} {at}"), EVENT)
                    self.callers.update(events)
            except (StoreError, ValueError) as error:
                _log.warning("the rest of a log of callers is left out: %s", error)
            self._log_bytes += file.tell()

    def _write(self, content: bytes) -> None:
        if self._segment is not None and self._segment.broken:
            self._roll()
        if self._segment is None:
            self._segment = Segment(segments.path_of(self._folder, self._next), b"")
            self._frames = 0
        written = segments.frame(self._sealing.seal(content, f"log {self._next} {self._frames}"))
        self._segment.write(written)
        self._frames += 1
        self._log_bytes += len(written)

    def _roll(self) -> None:
        if self._segment is not None:
            self._segment.close()
            self._segment = None
            self._next += 1
