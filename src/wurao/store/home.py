"""The home folder: where everything of one controller lies, which version it has, and who may write to it.

    VERSION     the layout's version, written last when a home is made
    lock        held by the one process that writes (flock), names its pid
    book.db     standing, wishes, users … (wurao.store.book)
    lake/       facts as Parquet by fact and day (wurao.store.lake)
    journal/    facts acknowledged one by one, not yet in the lake (wurao.store.journal)
    callers/    what is known of each caller right now, sealed (wurao.detection.live)
    tables/     shield generations, read by the edge (wurao.store.tables)
    ledger/     the tamper-evident log
    models/     versions of trained models (wurao.detection.scoring.models)
    campaigns/  which numbers belong together (wurao.detection.linking)
    recordings/ what honeypot lines recorded, sealed (wurao.detection.audio.kept)
    scores/     what the daily run found of each caller (wurao.detection.daily)
    keys/       secrets, owner only (wurao.store.keys)
    public/     the public halves of the signing keys
    quarantine/ rows and parts that were refused, owner only
    scratch/    what DuckDB spills; may be emptied when nothing runs

A home belongs to one controller, one writing process and one version.
"""

import fcntl
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from wurao.core.errors import ConfigError, StoreError
from wurao.store.durable import disk, replace_file

VERSION: Final = 1
"""The layout that this program writes."""

_OWNER_ONLY: Final = 0o700
_FOLDERS: Final = {
    "lake": _OWNER_ONLY,
    "journal": _OWNER_ONLY,
    "callers": _OWNER_ONLY,
    "ledger": 0o755,
    "models": _OWNER_ONLY,
    "campaigns": _OWNER_ONLY,
    "recordings": _OWNER_ONLY,
    "scores": _OWNER_ONLY,
    "tables": 0o755,  # an edge under another user maps them
    "keys": _OWNER_ONLY,
    "public": 0o755,
    "quarantine": _OWNER_ONLY,
    "scratch": _OWNER_ONLY,
}
_TRAVERSABLE: Final = 0o711
"""Others may reach ``tables/`` and ``public/`` by name but not look around."""
_LOCK: Final = "lock"
_VERSION_FILE: Final = "VERSION"
_MAX_VERSION_BYTES: Final = 16


def default_path(environ: Mapping[str, str]) -> Path:
    """Return ``$WURAO_HOME`` or ``~/.local/share/wurao``."""
    named = environ.get("WURAO_HOME")
    return Path(named) if named else Path.home() / ".local/share/wurao"


def version_at(path: Path) -> int | None:
    """Return the version of the home at ``path``, None if no home lies there; raises StoreError if unreadable."""
    file = path / _VERSION_FILE
    with disk(file):
        try:
            with file.open("rb") as opened:
                text = opened.read(_MAX_VERSION_BYTES).strip()
        except (FileNotFoundError, NotADirectoryError):
            return None
    if not text.isdigit():
        raise StoreError("this is no version number", where=str(file), mend="restore the home from a backup")
    return int(text)


class Home:
    """A home of this program's version; open it with ``Home.open`` or make it with ``Home.create``."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock: int | None = None

    @classmethod
    def open(cls, path: Path) -> "Home":
        """Return the home at ``path``; raises StoreError if there is none or it has another version."""
        version = version_at(path)
        if version is None:
            raise StoreError("no wurao home lies here", where=str(path), mend="`wurao run` or `wurao import` makes one")
        refuse_other(path, version)
        return cls(path)

    @classmethod
    def create(cls, path: Path) -> "Home":
        """Return the home at ``path``, made if nothing lies there yet; raises StoreError, ConfigError."""
        if version_at(path) is not None:
            return cls.open(path)
        with disk(path):
            path.mkdir(parents=True, exist_ok=True)
            _refuse_foreign(path)
            path.chmod(_TRAVERSABLE)
        made = cls(path)
        made.make_folders()
        replace_file(path / _VERSION_FILE, f"{VERSION}\n".encode())
        return made

    def make_folders(self) -> None:
        """Make the folders that are missing: a home of an older program lacks newer ones. Raises StoreError."""
        with disk(self.path):
            for name, mode in _FOLDERS.items():
                if not (self.path / name).exists():
                    (self.path / name).mkdir(mode=mode)
                    (self.path / name).chmod(mode)  # whatever the umask is

    def folder(self, name: str) -> Path:
        """Return one of the folders of the layout."""
        if name not in _FOLDERS:
            raise KeyError(name)
        return self.path / name

    @property
    def book(self) -> Path:
        """The SQLite file of the book."""
        return self.path / "book.db"

    @contextmanager
    def lock(self) -> Iterator["Home"]:
        """Be the one writer of this home; raises StoreError naming the process that already is."""
        handle = _take_lock(self.path / _LOCK)
        self._lock = handle
        try:
            yield self
        finally:
            self._lock = None
            os.close(handle)  # which also frees the lock

    def require_lock(self) -> None:
        """Raise StoreError unless this process is the one writer."""
        if self._lock is None:
            raise StoreError("the home is open for reading only", where=str(self.path), mend="write under Home.lock()")


def refuse_other(path: Path, version: int) -> None:
    """Raise StoreError if ``version`` is not ours, with the mend that fits."""
    if version < VERSION:
        raise StoreError(
            f"this home has version {version}, this program needs {VERSION}",
            where=str(path),
            mend="run `wurao upgrade`",
        )
    if version > VERSION:
        raise StoreError(
            f"this home has version {version}, this program knows only {VERSION}",
            where=str(path),
            mend="install the newer wurao that wrote it",
        )


def _refuse_foreign(path: Path) -> None:
    # A kill while a home is made leaves some of our folders without VERSION: that is no foreign folder.
    ours = {*_FOLDERS, _LOCK, f".{_VERSION_FILE}.new"}
    foreign = sorted(entry.name for entry in path.iterdir() if entry.name not in ours)
    if foreign:
        raise ConfigError(
            f"the folder is no wurao home and not empty ({foreign[0]} …)",
            where=str(path),
            mend="name an empty or new folder",
        )


def _take_lock(path: Path) -> int:
    with disk(path):
        handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            os.ftruncate(handle, 0)
            os.pwrite(handle, f"{os.getpid()}\n".encode(), 0)
        except BlockingIOError:
            owner = os.pread(handle, 20, 0).decode(errors="replace").strip() or "unknown"
            os.close(handle)
            raise StoreError(
                f"another wurao process (pid {owner}) writes to this home",
                where=str(path.parent),
                mend="stop it first, or send your request to it over HTTP",
            ) from None
        except OSError:
            os.close(handle)
            raise
    return handle
