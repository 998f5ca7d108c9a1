"""Calls that were answered and wait to be filed: one folder each, of the sound and what is known, owner only.

A folder counts once ``call.json`` is in it, which is written last; others are of a call that goes on or was lost.
"""

import logging
import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

import msgspec

from wurao.store.durable import disk, replace_file

_log: Final = logging.getLogger(__name__)
_TOLD: Final = "call.json"
_SOUND: Final = "heard.wav"


class Answered(msgspec.Struct, frozen=True):
    """One call to a honeypot line: numbers as they came, ``start_us`` in µs UTC, seconds talked, who hung up."""

    call_id: str
    caller: str
    callee: str
    start_us: int
    talk_ms: int
    released_by: str


class Spool:
    """The folder of waiting calls."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        with disk(folder):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)

    def add(self, name: str, call: Answered, sound: Path | None) -> None:
        """Let a call wait, its sound (if any) moved here; raises StoreError."""
        folder = self._folder / name
        with disk(folder):
            folder.mkdir(mode=0o700, exist_ok=True)
            if sound is not None:
                sound.replace(folder / _SOUND)
        replace_file(folder / _TOLD, msgspec.json.encode(call), mode=0o600)

    def waiting(self, most: int) -> Iterator[tuple[str, Answered, Path | None]]:
        """Yield at most so many calls by name, oldest first, and the file of each one's sound.

        One that is damaged is deleted: nobody could say whose voice it holds. Raises StoreError.
        """
        for told in sorted(self._folder.glob(f"*/{_TOLD}"), key=lambda path: path.parent.name)[:most]:
            with disk(told):
                content = told.read_bytes()
            try:
                call = msgspec.json.decode(content, type=Answered)
            except msgspec.MsgspecError:
                _log.warning("deleted with its sound: what is known of a call is damaged: %s", told)
                self.done(told.parent.name)
                continue
            sound = told.with_name(_SOUND)
            yield told.parent.name, call, sound if sound.is_file() else None

    def erase(self, is_theirs: Callable[[str], bool]) -> int:
        """Delete the waiting calls of a caller, told by the number as it came, and return how many."""
        theirs = [name for name, call, _ in self.waiting(sys.maxsize) if is_theirs(call.caller)]
        for name in theirs:
            self.done(name)
        return len(theirs)

    def done(self, name: str) -> None:
        """Let go of a call."""
        with disk(self._folder / name):
            shutil.rmtree(self._folder / name)
