"""The segment that the journal writes to: appended, synced, cut back to the last whole frame when the disk refuses."""

import os
from pathlib import Path

from wurao.core.errors import StoreError
from wurao.store.durable import disk, sync_folder


class Segment:
    """One file open for appending; made with its header on the disk. Raises StoreError."""

    def __init__(self, path: Path, header: bytes) -> None:
        self._path = path
        self.size = 0
        self.broken = False
        """Set when a sync failed: nobody knows what of it is on the disk, so nothing may follow it."""
        with disk(path):
            path.parent.mkdir(mode=0o700, exist_ok=True)
            self._handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND | os.O_CLOEXEC, 0o600)
        try:
            self.write(header)
            with disk(path):
                sync_folder(path.parent)
                sync_folder(path.parent.parent)
        except StoreError:
            self.close()
            path.unlink(missing_ok=True)
            raise

    def write(self, content: bytes) -> None:
        """Return when ``content`` is on the disk; raises StoreError and leaves the file as it was."""
        with disk(self._path):
            self.broken = True  # until it is known to be whole
            try:
                self._write_all(content)
            except OSError:
                os.ftruncate(self._handle, self.size)
                self.broken = False
                raise
            os.fdatasync(self._handle)
        self.broken = False
        self.size += len(content)

    def close(self) -> None:
        """Close the file; what was written is on the disk already."""
        os.close(self._handle)

    def _write_all(self, content: bytes) -> None:
        left = memoryview(content)
        while left:
            left = left[os.write(self._handle, left) :]
