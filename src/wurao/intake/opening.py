"""Opens an input file and gives its bytes in bounded blocks, decompressed, with limits on what decompression yields.

Compression is told by the first bytes, never by the name. A gzip stream yields at most 1,032 times its size, text
never more than ~100 times: a file that yields more than ``MAX_RATIO`` is refused as a bomb.
"""

import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, BinaryIO, Final, Protocol

import zstandard

from wurao.core.errors import InputError

BLOCK_BYTES: Final = 8 << 20
MAX_RATIO: Final = 200
RATIO_AFTER: Final = 64 << 20
"""Bytes that any compressed file may yield before its ratio counts."""
MAX_TOTAL: Final = 1 << 40
"""Most bytes that one file may yield."""

_READ_BYTES: Final = 1 << 20
_GZIP: Final = b"\x1f\x8b"
_ZSTD: Final = b"\x28\xb5\x2f\xfd"
_REFUSED: Final = {
    b"PK\x03\x04": ("a ZIP archive or spreadsheet", "unpack it, or save the sheet as CSV UTF-8"),
    b"\xd0\xcf\x11\xe0": ("an old spreadsheet", "save the sheet as CSV UTF-8"),
    b"\xff\xfe": ("UTF-16 text", "save it as UTF-8"),
    b"\xfe\xff": ("UTF-16 text", "save it as UTF-8"),
    b"BZh": ("a bzip2 file", "unpack it, or compress it with gzip or zstd"),
    b"\xfd7zXZ": ("an xz file", "unpack it, or compress it with gzip or zstd"),
}


class Cut(Exception):  # noqa: N818 - no error by itself: what came before it is good
    """The compressed data ends early or is damaged; what was read before it holds."""


class _Unpacker(Protocol):
    def unpack(self, block: bytes) -> Iterator[bytes]:
        """Yield what ``block`` decompresses to, in bounded pieces; raises Cut."""

    def finish(self) -> None:
        """Raise Cut if the stream didn't end."""


class Source:
    """One input file; ``remarks`` gathers what was assumed while reading, ``bytes_read`` tells how far it got."""

    def __init__(self, path: Path, on_progress: Callable[[int], None] = lambda _: None) -> None:
        self.path = path
        self.remarks: list[str] = []
        self.bytes_read = 0
        self._on_progress = on_progress
        self.size = _usable(path)
        with _reading(path) as file:
            self.head = file.read(8)
        for magic, (what, mend) in _REFUSED.items():
            if self.head.startswith(magic):
                raise InputError(f"this is {what}", where=str(path), mend=mend)

    def advanced(self, share: float) -> None:
        """Tell how far a format got that reads the file in its own way; ``share`` is 0…1."""
        self.bytes_read = int(share * self.size)
        self._on_progress(self.bytes_read)

    def blocks(self) -> Iterator[bytes]:
        """Yield the bytes of the file, decompressed, at most ``BLOCK_BYTES`` at once; raises InputError, Cut."""
        unpacker: _Unpacker | None = None
        if self.head.startswith(_GZIP):
            unpacker = _Gzip()
        elif self.head.startswith(_ZSTD):
            unpacker = _Zstd()
        gathered = bytearray()
        try:
            for piece in self._pieces(unpacker):
                gathered += piece
                if len(gathered) >= BLOCK_BYTES:
                    yield bytes(gathered)
                    gathered.clear()
        except Cut:
            yield bytes(gathered)
            raise
        yield bytes(gathered)

    def _pieces(self, unpacker: _Unpacker | None) -> Iterator[bytes]:
        given = 0
        with _reading(self.path) as file:
            while block := self._read(file):
                for piece in [block] if unpacker is None else unpacker.unpack(block):
                    given += len(piece)
                    if unpacker is not None:
                        self._refuse_bomb(given)
                    yield piece
                self._on_progress(self.bytes_read)
        if unpacker is not None:
            unpacker.finish()

    def _read(self, file: BinaryIO) -> bytes:
        try:
            block = file.read(_READ_BYTES)
        except OSError as error:
            raise InputError(f"can't be read: {error.strerror}", where=str(self.path)) from None
        self.bytes_read += len(block)
        return block

    def _refuse_bomb(self, given: int) -> None:
        if given > MAX_TOTAL or given > RATIO_AFTER + MAX_RATIO * self.bytes_read:
            raise InputError(
                f"{self.bytes_read:,} compressed bytes yield more than {given:,}",
                where=str(self.path),
                mend="this looks like a decompression bomb; if it isn't, unpack it first",
            )


class _Gzip:
    """Members of a gzip file one after the other (RFC 1952 §2.2)."""

    def __init__(self) -> None:
        self._member = zlib.decompressobj(wbits=31)

    def unpack(self, block: bytes) -> Iterator[bytes]:
        """Yield the bytes of ``block`` unpacked, at most 1 MiB at once."""
        while block:
            if self._member.eof:
                block = block.lstrip(b"\0")  # padding after the last member
                if not block:
                    return
                self._member = zlib.decompressobj(wbits=31)
            try:
                yield self._member.decompress(block, _READ_BYTES)
            except zlib.error as error:
                raise Cut(f"the gzip data is damaged ({error})") from None
            block = self._member.unconsumed_tail or self._member.unused_data

    def finish(self) -> None:
        """Raise Cut if the last member is incomplete."""
        if not self._member.eof:
            raise Cut("the gzip data ends early")


class _Zstd:
    """Frames of a zstd file one after the other (RFC 8878), windows up to 128 MiB."""

    def __init__(self) -> None:
        self._frame = self._next()

    @staticmethod
    def _next() -> Any:
        return zstandard.ZstdDecompressor(max_window_size=1 << 27).decompressobj(write_size=_READ_BYTES)

    def unpack(self, block: bytes) -> Iterator[bytes]:
        """Yield the bytes of ``block`` unpacked; 64 KiB go in at once so that what comes out stays bounded."""
        for begin in range(0, len(block), 1 << 12):
            part = block[begin : begin + (1 << 12)]
            while part:
                if self._frame.eof:
                    self._frame = self._next()
                try:
                    yield self._frame.decompress(part)
                except zstandard.ZstdError as error:
                    raise Cut(f"the zstd data is damaged ({error})") from None
                part = self._frame.unused_data if self._frame.eof else b""

    def finish(self) -> None:
        """Raise Cut if the last frame is incomplete."""
        if not self._frame.eof:
            raise Cut("the zstd data ends early")


def _usable(path: Path) -> int:
    if not path.exists():
        raise InputError("there is no such file", where=str(path), mend="check the name")
    if not path.is_file():
        raise InputError("this is no file", where=str(path), mend="name the files in it")
    size = path.stat().st_size
    if size == 0:
        raise InputError("the file is empty", where=str(path), mend="export it again")
    return size


def _reading(path: Path) -> BinaryIO:
    try:
        return path.open("rb")
    except OSError as error:
        raise InputError(f"can't be read: {error.strerror}", where=str(path), mend="check its mode") from None
