"""Files of the tables: reserved before they are mapped, so that a full disk is an error and not a signal."""

import hashlib
import mmap
import os
from pathlib import Path
from typing import Final

from wurao.store.durable import disk

CHUNK: Final = 1 << 24


def map_new(path: Path, size: int) -> mmap.mmap:
    """Create ``path`` with ``size`` zero bytes, owner-only, and map it for writing; raises StoreError."""
    with disk(path):
        fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        try:
            os.posix_fallocate(fd, 0, size)
            return mmap.mmap(fd, size)
        finally:
            os.close(fd)


def map_read(path: Path) -> memoryview:
    """Map a file read-only and return its bytes, empty for an empty file; raises StoreError."""
    with disk(path):
        fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        try:
            size = os.fstat(fd).st_size
            return memoryview(mmap.mmap(fd, size, access=mmap.ACCESS_READ)) if size else memoryview(b"")
        finally:
            os.close(fd)


def sha256_of(path: Path) -> tuple[int, str]:
    """Return size and hex SHA-256 of a file, read in chunks."""
    digest, size = hashlib.sha256(), 0
    with path.open("rb", buffering=0) as file:
        while chunk := file.read(CHUNK):
            digest.update(chunk)
            size += len(chunk)
    return size, digest.hexdigest()
