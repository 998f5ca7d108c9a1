"""Calls whose edge has no ring – no room on tmpfs, too many writers: decided, and their decisions are lost.

The count lies beside the rings as the size of a file without contents, which needs no room of its own: tmpfs may be
full. It lasts as long as the rings do. Several processes count; one that finds the file busy adds its calls later.
"""

import fcntl
import os
from pathlib import Path
from typing import Final

from wurao.store.durable import disk

_NAME: Final = "ringless"


class Ringless:
    """Counts for one process."""

    def __init__(self, folder: Path) -> None:
        """Open the count of a folder of rings; raises StoreError."""
        path = folder / _NAME
        with disk(path):
            self._handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
        self._waiting = 0

    def count(self) -> None:
        """Count a call; never waits and never raises."""
        self._waiting += 1
        try:
            fcntl.flock(self._handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            try:
                os.ftruncate(self._handle, os.fstat(self._handle).st_size + self._waiting)
                self._waiting = 0
            finally:
                fcntl.flock(self._handle, fcntl.LOCK_UN)
        except OSError:
            pass  # it is busy: with the next call

    def close(self) -> None:
        """Stop counting."""
        os.close(self._handle)


def calls_without(folder: Path) -> int:
    """Return how many calls found no ring since the folder was made."""
    try:
        return (folder / _NAME).lstat().st_size
    except OSError:
        return 0
