"""Vouching: a process beside the call path hashes a new generation once, so that the workers switch in no time.

What was found lies beside the rings, in a folder of this user alone: the generation's name and the hash of its signed
manifest. Should nobody vouch in time, a worker hashes for itself: old tables no longer see changes.
"""

import hashlib
import time
from pathlib import Path
from typing import Final

from wurao.core.errors import Error
from wurao.edge import ring
from wurao.store.durable import replace_file
from wurao.store.tables import layout
from wurao.store.tables.tableset import TableSet

PATIENCE_S: Final = 60.0
"""How long a worker waits for somebody to vouch: 80 GB of tables are hashed within that."""
_STAMP: Final = "verified"


class Voucher:
    """Follows the tables in a process of its own and says what it verified."""

    def __init__(self, tables: TableSet, rings: Path) -> None:
        self._tables = tables
        self._rings = ring.make_folder(rings)
        self._said = b""

    def vouch(self) -> None:
        """Verify what is in force and say so; raises StoreError."""
        self._tables.refresh()
        generation = self._tables.generation
        if generation is None:
            return
        found = _stamp_of(generation.path)
        if found and found != self._said:
            replace_file(self._rings / _STAMP, found, mode=0o600)
            self._said = found


class Vouched:
    """What a worker asks before it switches."""

    def __init__(self, rings: Path) -> None:
        self._rings = rings
        self._waits_for = Path()
        self._since = 0.0

    def __call__(self, generation: Path) -> bool | None:
        """Tell whether the generation's files were verified; None: not yet, False: nobody said so in time."""
        said = self._said()
        if said and said == _stamp_of(generation):
            return True
        now = time.monotonic()
        if generation != self._waits_for:
            self._waits_for, self._since = generation, now
        return None if now - self._since < PATIENCE_S else False

    def _said(self) -> bytes:
        try:
            ring.refuse_others(self._rings)
            return (self._rings / _STAMP).read_bytes()
        except (OSError, Error):
            return b""


def _stamp_of(generation: Path) -> bytes:
    """Return the stamp of a generation, empty where it is gone."""
    try:
        manifest = (generation / layout.MANIFEST).read_bytes()
    except OSError:
        return b""
    return f"{generation.name} {hashlib.sha256(manifest).hexdigest()}\n".encode()
