"""Files of the tables: reserved before they are mapped, so that a full disk is an error and not a signal."""

import hashlib
import mmap
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from io import FileIO
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


@contextmanager
def filled(path: Path, words: int) -> Iterator[memoryview]:
    """Give ``words`` zero words of 64 bits to fill in any order; then write them to the new file ``path``.

    Filled in memory and written in one sweep, the page cache keeps the file in large folios where the system has them:
    readers then miss the address translation a few times less per call than with pages dirtied one by one.
    """
    with mmap.mmap(-1, 8 * words) as memory, memoryview(_huge(memory)) as raw:
        with raw.cast("Q") as view:
            yield view
        with disk(path), path.open("xb", buffering=0) as file:
            for start in range(0, len(raw), CHUNK):
                _write_all(file, raw[start : start + CHUNK])


def _write_all(file: FileIO, chunk: memoryview) -> None:
    with chunk:
        written = 0
        while written < len(chunk):
            written += file.write(chunk[written:])


def map_read(path: Path) -> memoryview:
    """Map a file read-only and return its bytes, empty for an empty file; raises StoreError."""
    with disk(path):
        fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        try:
            size = os.fstat(fd).st_size
            return memoryview(_huge(mmap.mmap(fd, size, access=mmap.ACCESS_READ))) if size else memoryview(b"")
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


def _huge(mapped: mmap.mmap) -> mmap.mmap:
    """Ask for large pages where the system has them: random look-ups then rarely miss the address translation."""
    if hasattr(mmap, "MADV_HUGEPAGE"):
        with suppress(OSError):
            mapped.madvise(mmap.MADV_HUGEPAGE)
    return mapped
