"""One at a time: an flock that the kernel drops when its holder dies, so that a crash never leaves it behind."""

import fcntl
import os
from pathlib import Path
from typing import Self

from wurao.core.errors import StoreError


class OneAtATime:
    """Holds the lock of ``path`` until ``release``; raises StoreError with ``refusal`` where another holds it."""

    def __init__(self, path: Path, refusal: str) -> None:
        self._fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(self._fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(self._fd)
            raise StoreError(refusal, where=str(path), mend="wait for it or stop it") from None

    def share(self) -> Self:
        """Return a second holder of the same lock in this process: it is free when both have released it."""
        other = object.__new__(type(self))
        other._fd = os.dup(self._fd)
        return other

    def release(self) -> None:
        """Give the lock back; a second time does nothing."""
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1
