"""Which generation and overlay are in force: ``CURRENT``, one line replaced by rename, so that both change at once."""

import re
import shutil
from pathlib import Path
from typing import Final

import msgspec

from wurao.core.errors import StoreError
from wurao.store.durable import replace_file
from wurao.store.tables import layout

_LINE: Final = re.compile(r"(\d{6,12}) (-|\d{6,12}-\d{4,9})\n", re.ASCII)
NO_OVERLAY: Final = "-"


class Current(msgspec.Struct, frozen=True):
    """The generation's folder name and the overlay's, ``-`` for none."""

    generation: str
    overlay: str = NO_OVERLAY


def read_current(tables_dir: Path) -> Current | None:
    """Return what is in force, None before the first switch; raises StoreError for anything unreadable."""
    path = tables_dir / layout.CURRENT
    try:
        with path.open("rb") as file:
            line = file.read(100).decode("ascii", "replace")
    except FileNotFoundError:
        return None
    except OSError as error:
        raise StoreError(f"can't be read: {error.strerror}", where=str(path)) from None
    found = _LINE.fullmatch(line)
    if not found or not (found[2] == NO_OVERLAY or found[2].startswith(found[1] + "-")):
        raise StoreError("is damaged", where=str(path), mend="run: wurao shield build")
    return Current(found[1], found[2])


def switch(tables_dir: Path, current: Current) -> None:
    """Put a generation and an overlay in force, durably; readers see the old pair or the new one."""
    replace_file(tables_dir / layout.CURRENT, f"{current.generation} {current.overlay}\n".encode())


def prune(tables_dir: Path, keep: int = 2) -> None:
    """Remove generations older than the last ``keep`` and overlays out of force; mapped ones live on for readers."""
    current = read_current(tables_dir)
    if current is None:
        return
    numbers = sorted(path.name for path in tables_dir.iterdir() if path.name.isdecimal())
    for name in numbers[:-keep]:
        if name != current.generation:
            shutil.rmtree(tables_dir / name, ignore_errors=True)
    if (tables_dir / layout.LIVE).is_dir():
        for path in (tables_dir / layout.LIVE).iterdir():
            if path.is_dir() and path.name.partition("-")[0] < current.generation:
                shutil.rmtree(path, ignore_errors=True)
