"""A snapshot of the table of callers: one file, replaced as a whole; sealed frames with length and checksum.

The first frame says how many records, places of the pool and whose turn to go it was, and with which number the log
goes on; then come the records, then the pool. Numbers are little-endian, as the machine has them.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

import msgspec
import numpy as np

from wurao.core.errors import StoreError
from wurao.detection.live._callers import Callers
from wurao.detection.live.records import RECORD, REGISTERS
from wurao.detection.live.sealing import Sealing
from wurao.store.durable import disk, replace_with
from wurao.store.segments import frame, payloads

FORM: Final = 1
PER_CALLER: Final = 16
"""Callers of a table for each place of its pool."""
_FRAME: Final = 4 << 20


class Head(msgspec.Struct, frozen=True, array_like=True):
    """The first frame."""

    form: int
    records: int
    places: int
    hand: int
    log: int


def write(path: Path, callers: Callers, log: int, sealing: Sealing) -> None:
    """Replace the snapshot; a reader finds the old one or the new. Raises StoreError."""
    head = Head(FORM, *callers.state, log)
    parts = (msgspec.msgpack.encode(head), *_parts(callers, head))
    replace_with(path, (frame(sealing.seal(part, f"snapshot {n}")) for n, part in enumerate(parts)), mode=0o600)


def read(path: Path, capacity: int, sealing: Sealing) -> tuple[Callers, int]:
    """Return the table (room for at least ``capacity``) and where the log goes on; raises StoreError."""
    with disk(path), path.open("rb") as file:
        frames = (sealing.open(sealed, f"snapshot {n}") for n, sealed in enumerate(payloads(file)))
        try:
            head = msgspec.msgpack.decode(next(frames), type=Head)
            if head.form != FORM:
                raise StoreError("this snapshot of callers has another form", where=str(path))
            callers = Callers(max(capacity, head.records, head.places * PER_CALLER))
            _fill(callers, head, frames)
            callers.restore(head.records, head.places, head.hand)
        except (StopIteration, ValueError, msgspec.DecodeError):
            raise StoreError("this snapshot of callers is damaged", where=str(path)) from None
    return callers, head.log


def _parts(callers: Callers, head: Head) -> Iterator[bytes]:
    """Yield records and pool in pieces as they are now."""
    for held in (callers.held[: head.records], callers.pool[: head.places]):
        content = held.reshape(-1).view(np.uint8)
        for start in range(0, len(content), _FRAME):
            yield content[start : start + _FRAME].tobytes()


def _fill(callers: Callers, head: Head, frames: Iterator[bytes]) -> None:
    for held, size in (
        (callers.held[: head.records], head.records * RECORD.itemsize),
        (callers.pool[: head.places], head.places * REGISTERS // 2),
    ):
        content = held.reshape(-1).view(np.uint8)
        at = 0
        while at < size:
            part = next(frames)
            content[at : at + len(part)] = np.frombuffer(part, np.uint8)
            at += len(part)
