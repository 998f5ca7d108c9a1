"""Collecting: the rings of the edges on this machine become decisions of the one history, each once."""

import logging
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path
from typing import Final

import numpy as np

from wurao.core.errors import Error
from wurao.edge import ring
from wurao.edge._receipts import Receipts
from wurao.edge.live.batch import Batch
from wurao.edge.live.named import named
from wurao.edge.live.naming import Naming
from wurao.edge.nouns import RingState
from wurao.edge.ring import Records, Refusal, RingReader
from wurao.edge.ringless import calls_without

_log: Final = logging.getLogger(__name__)
BATCH: Final = 10_000
"""Records made durable and released at once."""

REMEMBERED: Final = 200_000
"""Receipts kept in mind, twice as many at most: 32 s and more of 5,000 calls a second."""

Keep = Callable[[Batch], None]
"""Returns when the decisions are on the disk."""
Refused = Callable[[list[Refusal]], None]
"""Returns when the refusals are heeded or given up."""
Count = Callable[[Records], None]
"""Counts records that were released."""
Known = Callable[[list[str]], set[str]]
"""Tells which of these receipts are kept already."""
Rest = Callable[[float, Callable[[], bool]], None]
"""Called with the seconds that a whole batch took and with what tells whether its ring still has room.

Who answers calls goes first.
"""
Trunks = Callable[[], Iterable[str]]
"""Returns the names of the trunks that the policy of now knows."""


class Collecting:
    """The collector of a folder of rings; runs in one thread."""

    def __init__(
        self,
        folder: Path,
        naming: Naming,
        keep: Keep,
        known: Known,
        refused: Refused,
        count: Count,
        trunks: Trunks = tuple,
    ) -> None:
        self._folder = ring.make_folder(folder)
        self._trunks = trunks
        self._naming = naming
        self._keep = keep
        self._known = known
        self._refused = refused
        self._count = count
        self._receipts = Receipts()
        self._rings: dict[Path, RingReader] = {}
        self._left_out: dict[Path, str] = {}
        self._sure: set[Path] = set()
        self._recent: tuple[set[bytes], set[bytes]] = set(), set()
        self.damaged = 0
        """Records that meant nothing and were passed over."""

    def collect(self, rest: Rest | None = None) -> int:
        """Keep what the rings hold and release it; returns how many records that were. Raises StoreError.

        What comes meanwhile waits for the next time, for a batch of a few records costs as much as one of hundreds.
        """
        self._look()
        return sum(self._emptied(path, reader, rest) for path, reader in self._rings.items())

    def _emptied(self, path: Path, reader: RingReader, rest: Rest | None) -> int:
        total, whole = 0, True
        while whole and len(records := reader.batch(BATCH)):
            began = time.monotonic()
            calls, receipts = self._once(ring.calls_in(records))
            self._keep_new(path, calls)
            self._refused(ring.refusals_in(records))
            reader.release(len(records))
            self._recent[0].update(receipts)
            self._sure.add(path)
            self._count(calls)
            total += len(records)
            whole = len(records) == BATCH
            if whole and rest:
                rest(time.monotonic() - began, reader.has_room)
        return total

    def state(self) -> RingState:
        """Return what went through the rings since they were made."""
        rings = list(self._rings.values())
        return RingState(
            len(rings),
            sum(r.collected for r in rings),
            sum(r.lost for r in rings),
            self.damaged,
            next(iter(self._left_out.values()), ""),
            sum(r.waiting for r in rings),
            calls_without(self._folder),
        )

    def close(self) -> None:
        """Stop reading; what wasn't released waits for the next collector."""
        for reader in self._rings.values():
            reader.close()
        self._rings.clear()
        with suppress(OSError):  # holds rings
            self._folder.rmdir()

    def _look(self) -> None:
        """Map the rings that came since; one whose writer is just making it is whole at the next look."""
        for path in ring.rings_in(self._folder):
            if path in self._rings:
                continue
            try:
                self._rings[path] = RingReader(path)
                self._left_out.pop(path, None)
            except Error as error:
                if self._left_out.get(path) != error.diagnostics():
                    self._left_out[path] = error.diagnostics()
                    _log.warning("a ring is left out: %s", error.diagnostics())

    def _once(self, records: Records) -> tuple[Records, list[bytes]]:
        """Return the records and their secrets but those of a call that was sent again and taken by another worker."""
        newer, older = self._recent
        if len(newer) > REMEMBERED:
            self._recent = newer, older = set(), newer
        receipts: list[bytes] = records["receipt"].tolist()
        new = set(receipts)
        if len(new) == len(receipts) and new.isdisjoint(newer) and new.isdisjoint(older):
            return records, receipts
        first = {receipt: at for at, receipt in reversed(list(enumerate(receipts)))}  # the first of equal ones stays
        fresh = sorted(at for receipt, at in first.items() if receipt not in newer and receipt not in older)
        return records[fresh], [receipts[at] for at in fresh]

    def _keep_new(self, path: Path, records: Records) -> None:
        batch = named(records, self._naming, self._receipts, self._trunks())
        self.damaged += len(records) - len(batch)
        if len(batch) and path not in self._sure:  # an attempt before this one may have ended after keeping them
            receipts = [receipt.decode() for receipt in batch.rows["receipt"].tolist()]
            known = self._known(receipts)
            batch = batch.chosen(np.array([receipt not in known for receipt in receipts]))
        self._sure.discard(path)
        if len(batch):
            self._keep(batch)
