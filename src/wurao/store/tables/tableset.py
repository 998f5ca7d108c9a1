"""What a reader holds: the generation and overlay in force, followed through switches, never half of a new pair."""

import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from wurao.core.errors import Error, StoreError
from wurao.store.tables import detail, layout
from wurao.store.tables._slots import Cell, View
from wurao.store.tables.generation import Generation
from wurao.store.tables.live import open_live, view_of
from wurao.store.tables.switch import NO_OVERLAY, Current, read_current

TRIES: Final = 3
"""How often a reader goes after switches that overtake it before it waits for the next refresh."""

Verified = Callable[[Path], bool | None]
"""Tells of a generation's folder whether a process on this machine hashed its files and found them whole.

None says that it isn't known yet, False that the reader must hash for itself.
"""


class TableSet:
    """The shield tables of a home as a reader sees them; ``cell`` always holds a whole view.

    ``refused`` says why the last switch wasn't followed, empty where it was.
    """

    def __init__(self, tables_dir: Path, keys: Sequence[Ed25519PublicKey], verified: Verified | None = None) -> None:
        """Start with nothing in force (every phone rings) until ``refresh`` finds a pair.

        With ``verified`` the switch to another generation waits until that says its files were hashed elsewhere.
        """
        self._dir = tables_dir
        self._keys = tuple(keys)
        self._verified = verified
        self._seen: tuple[int, int, int] | None = (0, 0, 0)
        self._names: detail.Names | None = None
        self._live: dict[str, memoryview] = {}
        self.generation: Generation | None = None
        self.current: Current | None = None
        self.refused = ""
        self.cell = Cell(View(tables={}, live={}, first_segment=0, span_mask=0, base_us=0))

    @classmethod
    def open(cls, tables_dir: Path, keys: Sequence[Ed25519PublicKey], verified: Verified | None = None) -> "TableSet":
        """Open what is in force, signed by one of ``keys``; raises StoreError and VerificationError.

        Verifying reads the generation once, about 0.7 s a gigabyte with warm files.
        """
        tables = cls(tables_dir, keys, verified)
        tables._follow()
        return tables

    def refresh(self) -> bool:
        """Follow a switch and tell whether there was one; costs one stat where there wasn't.

        A damaged, unsigned or unknown pair is refused: ``refused`` says why, and what was in force stays.
        """
        for _ in range(TRIES):
            try:
                return self._follow()
            except Error as error:
                self.refused = error.diagnostics()
                if self._stat() == self._seen:
                    break  # what is in force now is what was refused; else it was overtaken while being opened
        return False

    @property
    def view(self) -> View:
        """The pointers of now."""
        return self.cell.get()

    @property
    def live(self) -> dict[str, memoryview]:
        """The overlay's words by role, empty where none is in force."""
        return self._live

    @property
    def change(self) -> int:
        """The number of the last change that these tables show."""
        if self._live:
            return self._live["head"][layout.HEAD_CHANGE]
        return self.generation.change if self.generation else 0

    def detail(self, number: int) -> detail.Detail | None:
        """Return what stands behind a number's level, None where this generation has none or the overlay speaks."""
        if self.generation is None or "detail" not in self.generation.tables or self.view.in_overlay(number):
            return None
        row = self.view.risk_slot(number)
        if self._names is None:
            self._names = _names_of(self.generation)
        return detail.unpack(self.generation.tables["detail"][row], self._names) if row >= 0 else None

    def _follow(self) -> bool:
        seen = self._stat()
        if seen == self._seen:
            return False
        self._seen = seen
        current = read_current(self._dir)
        if current is None:
            raise StoreError("no generation is in force", where=str(self._dir), mend="run: wurao shield build")
        generation = self.generation
        if generation is None or generation.path.name != current.generation:
            path = self._dir / current.generation
            verified = self._verified(path) if generation and self._verified else False
            if verified is None:
                self._seen = None  # look again at the next refresh
                return False
            generation = Generation.open(path, self._keys, hashed=not verified)
        overlay = self._dir / layout.LIVE / current.overlay
        live = {} if current.overlay == NO_OVERLAY else open_live(overlay, generation)
        self.cell.put(view_of(generation, live))
        if generation is not self.generation:
            self._names = None
        self.generation, self.current, self._live, self.refused = generation, current, live, ""
        return True

    def _stat(self) -> tuple[int, int, int] | None:
        try:
            found = os.stat(self._dir / layout.CURRENT)  # noqa: PTH116 - the cheapest way, taken every second
        except OSError:
            return None
        return found.st_ino, found.st_mtime_ns, found.st_size


def _names_of(generation: Generation) -> detail.Names:
    try:
        return msgspec.json.decode(bytes(generation.tables["names"]), type=detail.Names)
    except (KeyError, msgspec.DecodeError):
        raise StoreError("the names of the detail file can't be read", where=str(generation.path)) from None
