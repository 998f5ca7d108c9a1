"""What was said of each caller at the stage before, and what the model's rejects would have hit so far.

A stage speaks for itself, but which rows stand and who was counted must be known to take them back or not to count
twice: so it is judged where the one before it was, and who lacks that rings on. One sealed file, replaced as a whole:
what a crash takes is what was said since it was last written.
"""

from pathlib import Path
from typing import Final

import msgspec

from wurao.core.errors import StoreError
from wurao.detection.calibration.going_live import Rehearsal
from wurao.detection.live.sealing import Sealing
from wurao.store.durable import disk, replace_file

MOST: Final = 300_000
"""Callers between two stages, some 60 MB; beyond that who was judged longest ago is given up."""
FILE: Final = "evidence"
_WHERE: Final = "evidence"

Mark = tuple[int, int]
"""Version of the model and when it was made: evidence of another one says nothing here."""


class Held(msgspec.Struct, frozen=True, array_like=True):
    """A caller judged after ``k`` calls; ``flagged``: rows stand on it, ``wanted``: it was counted among the wanted.

    ``rejected``: the model would have rejected it at some stage, permitted or not.
    """

    k: int
    flagged: bool = False
    wanted: bool = False
    rejected: bool = False


class _Kept(msgspec.Struct, frozen=True, array_like=True):
    mark: Mark
    rehearsal: Rehearsal
    held: dict[int, Held]


class Evidence:
    """The evidence of one model; for one thread."""

    def __init__(self, mark: Mark, rehearsal: Rehearsal, held: dict[int, Held] | None = None) -> None:
        self.mark = mark
        self.rehearsal = rehearsal
        self._held = held or {}
        self._written = False

    def __len__(self) -> int:
        return len(self._held)

    def of(self, caller: int) -> Held | None:
        """Return what is held of a caller."""
        return self._held.get(caller)

    def put(self, caller: int, held: Held) -> None:
        """Hold the evidence of a caller, as the newest."""
        self._held.pop(caller, None)
        self._held[caller] = held
        if len(self._held) > MOST:
            del self._held[next(iter(self._held))]
        self._written = False

    def flag(self, caller: int, *, flagged: bool, wanted: bool) -> None:
        """Note of a caller that is held whether rows stand on it and whether it was counted among the wanted."""
        held = self._held.get(caller)
        if held is not None and (held.flagged, held.wanted) != (flagged, wanted):
            self._held[caller] = Held(held.k, flagged, wanted, held.rejected)
            self._written = False

    def drop(self, caller: int) -> bool:
        """Hold nothing of a caller any longer; tells whether there was something."""
        self._written = self._written and caller not in self._held
        return self._held.pop(caller, None) is not None

    def count(self, rehearsal: Rehearsal) -> None:
        """Take what the rejects would have hit by now."""
        self.rehearsal, self._written = rehearsal, False

    def write(self, folder: Path, sealing: Sealing) -> None:
        """Replace the file in ``folder`` unless it says the same; raises StoreError."""
        if not self._written:
            content = msgspec.msgpack.encode(_Kept(self.mark, self.rehearsal, self._held))
            replace_file(folder / FILE, sealing.seal(content, _WHERE), mode=0o600)
            self._written = True


def read(folder: Path, sealing: Sealing) -> Evidence | None:
    """Return what was written to ``folder``, None if there is nothing; raises StoreError for what is damaged."""
    path = folder / FILE
    with disk(path):
        if not path.exists():
            return None
        sealed = path.read_bytes()
    try:
        kept = msgspec.msgpack.decode(sealing.open(sealed, _WHERE), type=_Kept)
    except (StoreError, msgspec.DecodeError):
        what = "the callers' evidence is damaged or of another home"
        raise StoreError(what, where=str(path), mend="the service begins it, and the rehearsal, anew") from None
    return Evidence(kept.mark, kept.rehearsal, kept.held)


def erase(folder: Path, sealing: Sealing, number: int) -> bool:
    """Forget a number, on the disk too; tells whether it was known. A damaged or half written file goes as a whole."""
    with disk(folder):
        (folder / f".{FILE}.new").unlink(missing_ok=True)
    try:
        kept = read(folder, sealing)
    except StoreError:
        (folder / FILE).unlink()
        return True
    if kept is None or not kept.drop(number):
        return False
    kept.write(folder, sealing)
    return True
