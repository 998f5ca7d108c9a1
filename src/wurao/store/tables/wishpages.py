"""Wishes by 7-digit segment: a profile number of 16 bits per subscriber, in a page per segment.

A dense segment is a flat page (10,000 numbers, 20 kB); a sparse one is a bitmap of 42 blocks (16-bit rank, 240 flags),
then its numbers packed in order, so that a look-up stays within a few neighbouring kilobytes. The writer takes
whichever is smaller. Pages begin at lines of 32 bytes of ``wish.u16``; ``wish.dir`` has 32 bits a segment: 0 none, else
the line + 1, bit 31 for a flat page. Subscribers that are no Chinese mobiles lie in 16-byte slots beside (number + 1,
profile number).
"""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import BinaryIO, Final

import numpy as np
import numpy.typing as npt

from wurao.core.errors import InputError
from wurao.store.durable import disk
from wurao.store.tables import _build, files, layout

U64 = npt.NDArray[np.uint64]
U16 = npt.NDArray[np.uint16]
Chunk = tuple[U64, U16]

PAGE: Final = 10_000
LINE: Final = 16
"""16-bit words of a line, which is also one block of a bitmap: a block lies in one cache line."""
FLAT: Final = 1 << 31
BITMAP: Final = 41 * LINE + 1 + 160 // 16
"""16-bit words before the numbers of a sparse page; the last block has 160 flags."""
FIRST_MOBILE: Final = 8_613_000_000_000
END_MOBILE: Final = 8_620_000_000_000
SEGMENTS: Final = (END_MOBILE - FIRST_MOBILE) // PAGE
FIRST_SEGMENT: Final = 1_300_000


class WishPages:
    """Writes the wish files of one generation from chunks in ascending order; memory is one chunk and one page."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._directory = np.zeros(SEGMENTS, dtype=np.uint32)
        self._lines = 0
        self.subscribers = 0
        self.highest_profile = 0

    def write(self, chunks: Iterable[Chunk]) -> int:
        """Write all files from (subscribers uint64, profile numbers uint16) and return the first segment.

        Subscribers ascend strictly over all chunks; profile number 0 is left out. Raises InputError where they don't
        ascend, StoreError where the disk is full.
        """
        outside: list[Chunk] = []
        with disk(self._folder), self._create("wish_pages") as pages:
            for segment, low, numbers in self._segments(chunks, outside):
                self._page(segment, low, numbers, pages)
        self._write_outside(outside)
        return self._write_directory()

    def _create(self, role: str) -> BinaryIO:
        return (self._folder / layout.FILES[role][0]).open("xb", buffering=files.CHUNK)

    def _segments(self, chunks: Iterable[Chunk], outside: list[Chunk]) -> Iterator[tuple[int, U16, U16]]:
        rest_of: Chunk = (np.empty(0, np.uint64), np.empty(0, np.uint16))
        for subscribers, numbers in _ascending(chunks):
            self.highest_profile = max(self.highest_profile, int(numbers.max(initial=0)))
            first, end = np.searchsorted(subscribers, np.array([FIRST_MOBILE, END_MOBILE], np.uint64))
            if first or end < len(subscribers):
                outside.append((subscribers[:first], numbers[:first]))
                outside.append((subscribers[end:], numbers[end:]))
            mobile = np.concatenate((rest_of[0], subscribers[first:end] - np.uint64(FIRST_MOBILE)))
            given = np.concatenate((rest_of[1], numbers[first:end]))
            segments = mobile // np.uint64(PAGE)
            starts = np.flatnonzero(np.diff(segments, prepend=np.uint64(2**63)))
            for start, stop in zip(starts[:-1].tolist(), starts[1:].tolist(), strict=True):
                yield _segment(mobile[start:stop], given[start:stop])
            last = starts[-1] if len(starts) else 0
            rest_of = (mobile[last:], given[last:])
        if len(rest_of[0]):
            yield _segment(*rest_of)

    def _page(self, segment: int, low: U16, numbers: U16, pages: BinaryIO) -> None:
        self.subscribers += len(low)
        lines = min(PAGE, BITMAP + len(low) + LINE - 1) // LINE
        page = np.zeros(lines * LINE, np.uint16)
        self._directory[segment] = self._lines + 1
        if len(page) == PAGE:
            page[low] = numbers
            self._directory[segment] |= FLAT
        else:
            _build.pack_page(low, numbers, page)
        pages.write(page.data)
        self._lines += lines

    def _write_outside(self, outside: list[Chunk]) -> None:
        count = sum(len(numbers) for _, numbers in outside)
        path = self._folder / layout.FILES["wish_outside"][0]
        if not count:
            path.touch()
            return
        self.subscribers += count
        with files.filled(path, 2 * layout.slots_for(count)) as words:
            for subscribers, numbers in outside:
                _build.fill_wide(words, np.ascontiguousarray(subscribers), np.ascontiguousarray(numbers))

    def _write_directory(self) -> int:
        used = np.flatnonzero(self._directory)
        first, end = (int(used[0]), int(used[-1]) + 1) if len(used) else (0, 0)
        (self._folder / layout.FILES["wish_dir"][0]).write_bytes(self._directory[first:end].tobytes())
        return FIRST_SEGMENT + first


def in_order(subscribers: U64, numbers: U16) -> Chunk:
    """Return a chunk sorted by subscriber, for sets that fit in memory; the last of equal ones counts."""
    order = np.argsort(subscribers, kind="stable")
    ordered = subscribers[order]
    last = np.append(ordered[1:] != ordered[:-1], values=True) if len(ordered) else np.empty(0, np.bool_)
    return ordered[last], numbers[order][last]


def _segment(mobile: U64, numbers: U16) -> tuple[int, U16, U16]:
    segment, low = divmod(mobile, np.uint64(PAGE))
    return int(segment[0]), low.astype(np.uint16), numbers


def _ascending(chunks: Iterable[Chunk]) -> Iterator[Chunk]:
    last = -1
    for subscribers, numbers in chunks:
        if not len(subscribers):
            continue
        if int(subscribers[0]) <= last or not bool(np.all(subscribers[1:] > subscribers[:-1])):
            raise InputError("wishes must come in ascending order of subscriber, each once", mend="sort the snapshot")
        last = int(subscribers[-1])
        enrolled = numbers != 0
        yield (subscribers, numbers) if enrolled.all() else (subscribers[enrolled], numbers[enrolled])
