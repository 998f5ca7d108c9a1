"""Health: what the service stands on, line by line."""

import platform
import shutil
from collections.abc import Callable
from typing import Final

from wurao import __version__
from wurao.core.clock import Clock, iso
from wurao.edge.nouns import Check, RingState
from wurao.store.book import Book
from wurao.store.home import Home
from wurao.store.tables.tableset import TableSet

_TIGHT_BYTES: Final = 1 << 30
"""Less free disk than this is an alarm."""
_MANY_BEHIND: Final = 1_000
"""So many changes that the tables don't show yet are an alarm."""


class LiveHealth:
    """Looks at tables, book, journal and disk of a running service."""

    def __init__(self, home: Home, clock: Clock, tables: TableSet, book: Book, rings: Callable[[], RingState]) -> None:
        self._home = home
        self._clock = clock
        self._tables = tables
        self._book = book
        self._rings = rings

    def ready(self) -> str:
        """Return an empty text when decisions can be made, else what is missing."""
        return "" if self._tables.generation else "no shield tables: run `wurao shield build`"

    def checks(self) -> list[Check]:
        """Return tables, book, journal, disk and versions, in reading order."""
        return [*self._table_checks(), *self._store_checks(), *self._ring_checks(), *self._version_checks()]

    def _table_checks(self) -> list[Check]:
        generation = self._tables.generation
        if generation is None:
            return [Check("tables", self.ready(), ok=False)]
        behind = self._book.last_change() - self._tables.change
        return [
            Check("generation", f"{generation.number} · {iso(generation.manifest.created_us)}", ok=True),
            Check("change", f"{self._tables.change} ({behind} behind)", ok=behind < _MANY_BEHIND),
            Check("refused", self._tables.refused or "–", ok=not self._tables.refused),
        ]

    def _store_checks(self) -> list[Check]:
        free = shutil.disk_usage(self._home.path).free
        waiting = sum(path.stat().st_size for path in self._home.folder("journal").rglob("*") if path.is_file())
        return [
            Check("book", self._book.where, ok=True),
            Check("journal", f"{waiting / 1e6:.1f} MB"),
            Check("disk", f"{free / 1e9:.1f} GB", ok=free > _TIGHT_BYTES),
            Check("clock", iso(self._clock.now_us())),
        ]

    def _ring_checks(self) -> list[Check]:
        state = self._rings()
        if state.refused:
            return [Check("rings", state.refused, ok=False)]
        ringless = [Check("ringless", f"{state.ringless:,}", ok=False)] if state.ringless else []
        if not state.rings:
            return [Check("rings", "–"), *ringless]
        told = f"{state.rings} · {state.collected:,} · {state.lost:,} lost · {state.damaged:,} damaged"
        return [Check("rings", told, ok=not state.lost + state.damaged), *ringless]

    def _version_checks(self) -> list[Check]:
        return [Check("wurao", __version__), Check("python", platform.python_version())]
