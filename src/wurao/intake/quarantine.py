"""The quarantine file: one JSON object a line for each row that did not go in, owner-only, nothing lost.

    {"file": "calls.csv", "line": 17, "column": "talk_ms", "reason": "is negative", "row": {"caller": "…", …}}

``row`` is the row as read: its columns, its text, or ``row_base64`` where it is no text. Characters that begin a
formula in a spreadsheet are written as JSON escapes wherever a cell could begin, so that the file is harmless
however it is opened, and any JSON reader gives the exact text back.
"""

import base64
import os
import re
from pathlib import Path
from typing import Any, BinaryIO, Final, Self

import msgspec

from wurao.intake.interface import Fault
from wurao.store.durable import disk, sync_folder

_LIVE: Final = re.compile("(?<![0-9A-Za-z])[=+\\-@\uff1d\uff0b\uff0d\uff20]")


class Quarantine:
    """Gathers the faults of one import; the file is made with the first of them and synced at the end."""

    def __init__(self, folder: Path, name: str) -> None:
        self._wanted = folder / f"{name}.jsonl"
        self._file: BinaryIO | None = None
        self.rows = 0

    @property
    def path(self) -> Path | None:
        """The file, None if no row was refused."""
        return self._wanted if self.rows else None

    def add(self, file: str, fault: Fault) -> None:
        """Write one fault of a file; raises StoreError."""
        with disk(self._wanted):
            if self._file is None:
                self._wanted = _free(self._wanted)
                handle = os.open(self._wanted, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
                self._file = os.fdopen(handle, "wb")
            self._file.write(_line(file, fault))
        self.rows += 1

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._file is not None:
            with disk(self._wanted):
                self._file.flush()
                os.fsync(self._file.fileno())
                self._file.close()
                sync_folder(self._wanted.parent)


def _free(path: Path) -> Path:
    number, free = 1, path
    while free.exists():
        number += 1
        free = path.with_stem(f"{path.stem}-{number}")
    return free


def _line(file: str, fault: Fault) -> bytes:
    entry: dict[str, Any] = {"file": file, "line": fault.line, "column": fault.column, "reason": fault.reason}
    if isinstance(fault.row, bytes):
        try:
            entry["row"] = fault.row.decode()
        except UnicodeDecodeError:
            entry["row_base64"] = base64.b64encode(fault.row).decode()
    else:
        entry["row"] = fault.row
    return _LIVE.sub(_escaped, msgspec.json.encode(entry).decode()).encode() + b"\n"


def _escaped(match: re.Match[str]) -> str:
    return f"\\u{ord(match[0]):04x}"
