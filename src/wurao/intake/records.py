"""Cuts a text file into records with the line on which each begins, holding no more than a block and one record.

A record longer than ``MAX_RECORD`` is never held: its head goes to quarantine, the rest is read past. A quote that
nothing closes costs its own line only, not the rest of the file; after ``MAX_UNCLOSED`` of them every newline ends a
record, so that a hostile file costs linear time.
"""

from collections.abc import Iterator
from typing import Final

import msgspec
import numpy as np
import numpy.typing as npt

from wurao.intake import _rows
from wurao.intake.encoding import BOM
from wurao.intake.interface import Fault, Lines
from wurao.intake.opening import Cut, Source

MAX_RECORD: Final = 1 << 20
MAX_UNCLOSED: Final = 64
HEAD_BYTES: Final = 1024
"""What quarantine keeps of a record that is too long."""

_UNCLOSED_REASON: Final = "a quote is opened here and never closed"
_LONG_REASON: Final = f"the line is longer than {MAX_RECORD >> 20} MiB; its first {HEAD_BYTES} bytes are kept"


class Records(msgspec.Struct, frozen=True):
    """Records of ``data``: begin and end (bytes), first line and count of fields of each; ``faults`` of no record."""

    data: bytes
    starts: Lines
    ends: Lines
    lines: Lines
    fields: npt.NDArray[np.int32]
    faults: tuple[Fault, ...] = ()

    def raw(self, index: int) -> bytes:
        """Return the bytes of one record, at most ``HEAD_BYTES`` if it is too long."""
        end = min(int(self.ends[index]), int(self.starts[index]) + MAX_RECORD)
        return self.data[int(self.starts[index]) : end]

    def keep(self, good: npt.NDArray[np.bool_], faults: tuple[Fault, ...]) -> "Records":
        """Return the ``good`` records only, with ``faults`` added."""
        return Records(
            self.data, self.starts[good], self.ends[good], self.lines[good], self.fields[good], self.faults + faults
        )

    def joined(self) -> bytes:
        """Return the records as one text, a newline after each."""
        if not len(self.starts):
            return b""
        begin, end = int(self.starts[0]), int(self.ends[-1])
        between = self.starts[1:] - self.ends[:-1]
        if len(between) == 0 or (between.min() >= 1 and int(between.sum()) <= 2 * len(between)):
            return self.data[begin:end] + b"\n"  # nothing was taken out but newlines
        pairs = zip(self.starts.tolist(), self.ends.tolist(), strict=True)
        return b"".join(self.data[start:stop] + b"\n" for start, stop in pairs)


class _Cutter:
    """The state between blocks: what is left over, the line reached, the unclosed quotes met."""

    def __init__(self, delimiter: int, quote: int) -> None:
        self._delimiter, self._quote = delimiter, quote
        self._rest = b""
        self._line = 1
        self._unclosed = 0
        self._skipping = False

    def cut(self, block: bytes, *, last: bool) -> Iterator[Records]:
        """Yield the records that ``block`` completes."""
        if self._skipping:
            block = self._skip(block)
        yield self._split(self._rest + block, last=last)
        if len(self._rest) > MAX_RECORD and b"\n" in self._rest:
            # Inside quotes for so long: from here on every newline ends a record.
            self._unclosed = MAX_UNCLOSED
            yield self._split(self._rest, last=last)

    def left(self, reason: str) -> Fault:
        """Return the piece of a record that is left where the data ends early."""
        return Fault(self._line, "", reason, self._rest[:HEAD_BYTES])

    def _split(self, data: bytes, *, last: bool) -> Records:
        room = data.count(b"\n") + data.count(b"\r") + 1
        starts, ends, lines = (np.empty(room, np.int64) for _ in range(3))
        fields = np.empty(room, np.int32)
        allowed = MAX_UNCLOSED - self._unclosed
        quote = self._quote if allowed > 0 else 0
        count, used, self._line, unclosed = _rows.split(
            data, 0, self._delimiter, quote, last, MAX_RECORD, allowed, self._line, starts, ends, lines, fields
        )
        self._unclosed += unclosed
        self._rest = data[used:]
        found = Records(data, starts[:count], ends[:count], lines[:count], fields[:count])
        return _without_broken(found, self._give_up_long())

    def _give_up_long(self) -> tuple[Fault, ...]:
        if len(self._rest) <= MAX_RECORD or b"\n" in self._rest or b"\r" in self._rest:
            return ()
        fault = Fault(self._line, "", _LONG_REASON, self._rest[:HEAD_BYTES])
        self._rest = b""
        self._skipping = True
        return (fault,)

    def _skip(self, block: bytes) -> bytes:
        newline = block.find(b"\n")
        if newline < 0:
            return b""
        self._skipping = False
        self._line += 1
        return block[newline + 1 :]


def _without_broken(found: Records, faults: tuple[Fault, ...]) -> Records:
    broken = np.flatnonzero(found.fields < 0).tolist()
    if not broken:
        return found.keep(np.ones(len(found.starts), np.bool_), faults) if faults else found
    for index in broken:
        unclosed = found.fields[index] == _rows.UNCLOSED
        reason = _UNCLOSED_REASON if unclosed else _LONG_REASON
        faults += (Fault(int(found.lines[index]), "", reason, found.raw(index)[:HEAD_BYTES]),)
    return found.keep(found.fields >= 0, faults)


def records(source: Source, *, delimiter: str = ",", quoted: bool = True) -> Iterator[Records]:
    """Yield the records of a text file block by block; raises InputError. A cut-off file ends with a fault."""
    cutter = _Cutter(ord(delimiter), ord('"') if quoted else 0)
    blocks = source.blocks()
    block, first = b"", True
    try:
        for following in blocks:
            if not first:
                yield from cutter.cut(block, last=False)
            block = following.removeprefix(BOM) if first else following
            first = False
    except Cut as cut:
        yield from cutter.cut(block, last=False)
        # What follows the last whole record is a piece of one, however much it looks like a row.
        nothing = np.empty(0, np.int64)
        yield Records(b"", nothing, nothing, nothing, np.empty(0, np.int32), (cutter.left(str(cut)),))
        return
    yield from cutter.cut(block, last=True)
