"""The recordings of a home: ``recordings/2026-08-18.parquet`` what is known of each, ``recordings/sound/ID`` the sound.

Sound rests sealed under the home's seal key. Rows hold the fingerprint and the group of those that sound the same; a
caller rests as in the lake: a keyed id, and the clear number only of who is no subscriber. All is for the owner only.
"""

from __future__ import annotations  # pyarrow's types take no [Any] at run time

import io
import logging
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, Final

import msgspec
import numpy as np
import pyarrow as pa
from pyarrow import parquet

from wurao.core.clock import day_of
from wurao.core.errors import InputError, StoreError
from wurao.detection.audio.decoding import Samples
from wurao.detection.audio.fingerprint import Fingerprint
from wurao.detection.live.sealing import Sealing
from wurao.store.durable import disk, replace_file
from wurao.store.home import Home
from wurao.store.lake import reading

_log: Final = logging.getLogger(__name__)
INGRESS: Final = "honeypot"
"""The trunk that calls to honeypot lines are stored under."""
_OWNER_ONLY: Final = 0o600
_COLUMNS: Final[list[pa.Field[Any]]] = [
    pa.field("recording", pa.string()),
    pa.field("group", pa.string()),
    pa.field("caller_id", pa.binary(16)),
    pa.field("caller", pa.uint64()),
    pa.field("callee", pa.uint64()),
    pa.field("at_us", pa.int64()),
    pa.field("spoken_s", pa.float64()),
    pa.field("transcript", pa.string()),
    pa.field("words", pa.list_(pa.uint32())),
    pa.field("heard", pa.list_(pa.bool_())),
]
_SCHEMA: Final = pa.schema(_COLUMNS)


class Kept(msgspec.Struct, frozen=True):
    """One recording: its id and group, who called which of our numbers at ``at_us``, how long was spoken."""

    recording: str
    group: str
    caller_id: bytes
    caller: int | None
    callee: int
    at_us: int
    spoken_s: float
    fingerprint: Fingerprint
    transcript: str | None = None


class Recordings:
    """Reads and writes the recordings of one home."""

    def __init__(self, home: Home, sealing: Sealing) -> None:
        self._folder = home.folder("recordings")
        self._sealing = sealing
        self._orphans = False
        with disk(self._folder):
            for folder in (self._folder, self._folder / "sound"):
                folder.mkdir(mode=0o700, exist_ok=True)

    def each(self) -> Iterator[Kept]:
        """Yield all recordings, oldest day first.

        A day's file that is damaged is deleted, and with the next ``drop`` all sound that no other day's names: whose
        it is, and when it has to go, can't be told any more.
        """
        damaged = []
        for path in _days(self._folder):
            try:
                rows = list(_rows(path))
            except StoreError as error:
                _log.warning("recordings are deleted: %s", error.diagnostics())
                damaged.append(path)
            else:
                yield from rows
        for path in damaged:
            with disk(path):
                path.unlink(missing_ok=True)
        self._orphans = self._orphans or bool(damaged)

    @staticmethod
    def readable(home: Home) -> Iterator[Kept]:
        """Yield what can be read of a home's recordings, oldest day first; for who runs beside whoever keeps them."""
        for path in _days(home.folder("recordings")):
            try:
                yield from list(_rows(path))
            except StoreError as error:
                _log.warning("recordings are passed over: %s", error.diagnostics())

    def _sweep(self) -> None:
        """Delete what a killed process left half written, and sound that no row names."""
        named = {row.recording for path in _days(self._folder) for row in _rows(path)}
        with disk(self._folder):
            for path in [*self._folder.glob(".*.new"), *(self._folder / "sound").iterdir()]:
                if path.name not in named:
                    path.unlink()
        self._orphans = False

    def put(self, rows: Iterable[Kept]) -> None:
        """Keep rows, each over an earlier one of the same recording; raises StoreError."""
        by_day: dict[str, dict[str, Kept]] = {}
        for row in rows:
            by_day.setdefault(day_of(row.at_us), {})[row.recording] = row
        for day, new in by_day.items():
            path = self._folder / f"{day}.parquet"
            there = {row.recording: row for row in _rows(path)} if path.exists() else {}
            _write(path, (there | new).values())

    def drop(self, gone: Iterable[str]) -> int:
        """Delete recordings and their sound; return how many there were. The sound goes first."""
        names, count = set(gone), 0
        for path in _days(self._folder):
            rows = list(_rows(path))
            left = [row for row in rows if row.recording not in names]
            if len(left) < len(rows):
                for row in rows:
                    if row.recording in names:
                        self.silence(row.recording)
                _write(path, left)
                count += len(rows) - len(left)
        if self._orphans:
            self._sweep()
        return count

    def erase(self, caller_id: bytes) -> int:
        """Delete all that a caller left here and return how many recordings those were."""
        erased = self.drop([row.recording for row in self.each() if row.caller_id == caller_id])
        self._sweep()
        return erased

    def keep_sound(self, recording: str, samples: Samples) -> None:
        """Keep the sound, sealed; raises StoreError."""
        sealed = self._sealing.seal(samples.astype("<i2").tobytes(), f"recordings/{recording}")
        replace_file(self._sound(recording), sealed, mode=_OWNER_ONLY)

    def sound(self, recording: str) -> Samples:
        """Return the sound of a recording; raises InputError if there is none, StoreError if it is damaged."""
        path = self._sound(recording)
        if not recording.isalnum() or not path.is_file():
            raise InputError(f"no recording {recording[:40]!r}", mend="`wurao honeypot list` names them")
        with disk(path):
            sealed = path.read_bytes()
        return np.frombuffer(self._sealing.open(sealed, f"recordings/{recording}"), "<i2")

    def silence(self, recording: str) -> None:
        """Delete the sound of a recording."""
        with disk(self._sound(recording)):
            self._sound(recording).unlink(missing_ok=True)

    def _sound(self, recording: str) -> Path:
        return self._folder / "sound" / recording


def _days(folder: Path) -> list[Path]:
    return sorted(folder.glob("[0-9]*.parquet"))


def _rows(path: Path) -> Iterator[Kept]:
    with reading():
        rows: list[dict[str, Any]] = parquet.read_table(path, schema=_SCHEMA).to_pylist()
    for row in rows:
        words = np.array(row.pop("words"), np.uint32)
        heard = np.array(row.pop("heard"), np.bool_)
        yield Kept(**row, fingerprint=Fingerprint(words, heard))


def _write(path: Path, rows: Iterable[Kept]) -> None:
    told = [_row(row) for row in rows]
    if not told:
        with disk(path):
            path.unlink(missing_ok=True)
        return
    file = io.BytesIO()
    parquet.write_table(pa.Table.from_pylist(told, _SCHEMA), file, compression="zstd")
    replace_file(path, file.getvalue(), mode=_OWNER_ONLY)


def _row(row: Kept) -> dict[str, Any]:
    told = {name: getattr(row, name) for name in Kept.__struct_fields__ if name != "fingerprint"}
    return told | {"words": row.fingerprint.words.tolist(), "heard": row.fingerprint.heard.tolist()}
