"""Writes that survive a crash: beside, synced, renamed – and what the disk says turned into a StoreError.

``rename`` within one directory is atomic on POSIX; it lasts only once the directory itself is synced.
"""

import errno
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from wurao.core.errors import StoreError

_MENDS = {
    errno.ENOSPC: "free some space on this disk and repeat the command",
    errno.EDQUOT: "raise the quota or free some space and repeat the command",
    errno.EFBIG: "raise the file size limit (ulimit -f) and repeat the command",
    errno.EACCES: "run it as the user who owns this folder",
    errno.EPERM: "run it as the user who owns this folder",
    errno.EROFS: "this disk is mounted read-only",
}


@contextmanager
def disk(where: Path) -> Iterator[None]:
    """Turn an OSError on ``where`` into a StoreError that says what the disk lacks."""
    try:
        yield
    except OSError as error:
        reason = os.strerror(error.errno) if error.errno else str(error).splitlines()[0]
        raise StoreError(reason, where=str(where), mend=_MENDS.get(error.errno or 0)) from error


def sync_file(path: Path) -> None:
    """Return when the bytes of ``path`` are on the disk."""
    _sync(path, os.O_RDONLY)


def sync_folder(path: Path) -> None:
    """Return when the names in the folder ``path`` are on the disk."""
    _sync(path, os.O_RDONLY | os.O_DIRECTORY)


def _sync(path: Path, flags: int) -> None:
    handle = os.open(path, flags)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def replace_file(path: Path, content: bytes, mode: int = 0o644) -> None:
    """Put ``content`` at ``path`` so that a reader sees the old bytes or the new, never a part; raises StoreError."""
    replace_with(path, (content,), mode)


def replace_with(path: Path, parts: Iterable[bytes], mode: int = 0o644) -> None:
    """Put the parts, one after the other, at ``path`` as ``replace_file`` does."""
    beside = path.with_name(f".{path.name}.new")
    with disk(path):
        try:
            beside.unlink(missing_ok=True)
            with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as file:
                for part in parts:
                    file.write(part)
                file.flush()
                os.fsync(file.fileno())
            beside.replace(path)
            sync_folder(path.parent)
        except OSError:
            beside.unlink(missing_ok=True)
            raise
