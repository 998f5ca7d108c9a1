"""Segments: the journal's files, ``journal/FACT/seg-00000001.log``, and how their rows are read back.

A frame is u32 length | u32 CRC-32 of the payload | payload (little-endian). The first frame names the columns in
MessagePack, each later one holds the rows of one submission, as MessagePack lists in that order or as a stream of
Arrow's (which begins with FFFFFFFF, as no MessagePack list does) – so a submission is there whole or not at all. What
follows the last whole frame was never acknowledged: a crash tore it off.
"""

from __future__ import annotations  # pyarrow's types take no [Any] at run time

import re
import struct
import zlib
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any, BinaryIO, Final

import msgspec
import pyarrow as pa

from wurao.store.durable import disk
from wurao.store.schema import at_rest

MAX_FRAME: Final = 16 << 20
"""Bytes of one payload; a length beyond that is no frame."""
_ARROW: Final = b"\xff\xff\xff\xff"
_HEAD: Final = struct.Struct("<II")
_NAME: Final = re.compile(r"seg-(\d{8})\.log")


class Read(msgspec.Struct, frozen=True):
    """A segment read back: its rows at rest and what follows the last whole frame."""

    rows: pa.Table
    torn: bytes


def frame(payload: bytes) -> bytes:
    """Return the payload with its length and checksum before it."""
    return _HEAD.pack(len(payload), zlib.crc32(payload)) + payload


def as_arrow(table: pa.Table) -> bytes:
    """Return a payload that holds a table."""
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as stream:
        stream.write_table(table)
    return sink.getvalue().to_pybytes()


def header(fact: str) -> bytes:
    """Return the first frame of a segment."""
    return frame(msgspec.msgpack.encode(at_rest(fact).names))


def path_of(folder: Path, number: int) -> Path:
    """Return the path of a segment by its number."""
    return folder / f"seg-{number:08}.log"


def numbers_in(folder: Path) -> list[int]:
    """Return the numbers of a fact's segments in order; raises StoreError."""
    if not folder.is_dir():
        return []
    with disk(folder):
        return sorted(int(name[1]) for name in map(_NAME.fullmatch, (e.name for e in folder.iterdir())) if name)


def read(fact: str, path: Path) -> Read:
    """Return what a segment holds; a segment that was folded away meanwhile is empty. Raises StoreError."""
    with disk(path):
        try:
            content = path.read_bytes()
        except FileNotFoundError:
            content = b""
    file = BytesIO(content)
    frames = list(payloads(file))
    names: list[str] = msgspec.msgpack.decode(frames[0]) if frames else []
    rows = [row for p in frames[1:] if not p.startswith(_ARROW) for row in msgspec.msgpack.decode(p)]
    tables = [_from_arrow(fact, p) for p in frames[1:] if p.startswith(_ARROW)]
    return Read(pa.concat_tables([to_table(fact, names, rows), *tables]), file.read())


def read_all(fact: str, folder: Path) -> pa.Table:
    """Return the rows of all segments of a fact, oldest first; raises StoreError."""
    tables = [read(fact, path_of(folder, number)).rows for number in numbers_in(folder)]
    return pa.concat_tables([at_rest(fact).empty_table(), *tables])


def to_table(fact: str, names: list[str], rows: list[list[Any]]) -> pa.Table:
    """Return rows (values in the order of ``names``) as the fact is at rest; missing columns are null."""
    columns = dict(zip(names, zip(*rows, strict=True), strict=True)) if rows else {}
    return pa.table(
        [
            pa.array(columns[field.name], field.type) if field.name in columns else pa.nulls(len(rows), field.type)
            for field in at_rest(fact)
        ],
        schema=at_rest(fact),
    )


def _from_arrow(fact: str, payload: bytes) -> pa.Table:
    """Return the table in a payload as the fact is at rest now; columns that an older version lacked are null."""
    held = pa.ipc.open_stream(payload).read_all()
    names = set(held.column_names)
    columns: list[Any] = [
        held.column(field.name).cast(field.type) if field.name in names else pa.nulls(held.num_rows, field.type)
        for field in at_rest(fact)
    ]
    return pa.table(columns, schema=at_rest(fact))


def payloads(file: BinaryIO) -> Iterator[bytes]:
    """Yield the payloads of whole frames; afterwards the file stands behind the last one."""
    at = file.tell()
    while len(head := file.read(_HEAD.size)) == _HEAD.size:
        length, checksum = _HEAD.unpack(head)
        payload = file.read(length) if length <= MAX_FRAME else b""
        if len(payload) < length or zlib.crc32(payload) != checksum:
            break
        at = file.tell()
        yield payload
    file.seek(at)
