"""Collecting: the rings of the edges on this machine become decisions of the one history, each once."""

import logging
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path
from typing import Final

from wurao.core.errors import Error
from wurao.core.payload import INVALID_CALLER, cut
from wurao.edge import ring
from wurao.edge._receipts import Receipts
from wurao.edge.live.naming import Decided, Naming
from wurao.edge.nouns import Decision, RingState
from wurao.edge.ring import Record, Refusal, RingReader
from wurao.edge.ringless import calls_without

_log: Final = logging.getLogger(__name__)
BATCH: Final = 2_000
"""Records made durable and released at once."""

REMEMBERED: Final = 200_000
"""Receipts kept in mind, twice as many at most: 32 s and more of 5,000 calls a second."""

Keep = Callable[[list[Decision]], None]
"""Returns when the decisions are on the disk."""
Refused = Callable[[list[Refusal]], None]
"""Returns when the refusals are heeded or given up."""
Count = Callable[[list[Record]], None]
"""Counts records that were released."""
Known = Callable[[list[str]], set[str]]
"""Tells which of these receipts are kept already."""
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

    def collect(self) -> int:
        """Keep what the rings hold and release it; returns how many records that were. Raises StoreError."""
        self._look()
        total = 0
        for path, reader in self._rings.items():
            while records := reader.read(BATCH):
                calls = self._once(self._whole([record for record in records if isinstance(record, Record)]))
                self._keep_new(path, calls)
                self._refused([record for record in records if isinstance(record, Refusal)])
                reader.release(len(records))
                self._recent[0].update(call.receipt for call in calls)
                self._sure.add(path)
                self._count(calls)
                total += len(records)
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

    def _whole(self, records: list[Record]) -> list[Record]:
        """Return the records with the whole names of the trunks that a record holds the beginning of."""
        whole = {cut(name): name for name in self._trunks() if cut(name) != name}
        return [r._replace(ingress=whole.get(r.ingress, r.ingress)) for r in records] if whole else records

    def _once(self, records: list[Record]) -> list[Record]:
        """Return the records but those of a call that another worker took when its request was sent again."""
        newer, older = self._recent
        if len(newer) > REMEMBERED:
            self._recent = newer, older = set(), newer
        found = {record.receipt: record for record in reversed(records)}  # the first of equal ones stays
        return [r for r in records if found[r.receipt] is r and r.receipt not in newer and r.receipt not in older]

    def _keep_new(self, path: Path, records: list[Record]) -> None:
        decisions = [d for record in records if (d := self._decision(record))]
        if decisions and path not in self._sure:  # an attempt before this one may have ended after keeping them
            known = self._known([d.receipt for d in decisions])
            decisions = [d for d in decisions if d.receipt not in known]
        self._sure.discard(path)
        if decisions:
            self._keep(decisions)

    def _decision(self, record: Record) -> Decision | None:
        try:
            if max(record.caller, record.callee) <= INVALID_CALLER:
                return self._naming.decision(self._decided(record))
        except (ValueError, IndexError, OverflowError):
            pass  # a word or an instant that means nothing
        self.damaged += 1
        return None

    def _decided(self, record: Record) -> Decided:
        receipt = self._receipts.id_of(record.at_us, record.receipt)
        call = (record.caller, record.callee, record.at_us, record.ingress)
        return Decided(receipt, *call, record.word, record.generation, record.change)
