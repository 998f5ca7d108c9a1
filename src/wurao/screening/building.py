"""Compiles everything up to change N into a new generation: standing under the policy, lists, wishes.

Decay is in the strengths that planes wrote; expiry is applied here, by one clock. Rows are read after N was taken, so
a row may be newer than N: the follower then applies its change once more, which does no harm.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

import msgspec
import numpy as np
import numpy.typing as npt
import pyarrow.parquet as pq
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from wurao.core.clock import Clock
from wurao.core.errors import StoreError
from wurao.core.payload import range_key
from wurao.screening.compiling import compiled
from wurao.screening.knowledge import Knowledge
from wurao.screening.levels import Levels
from wurao.screening.policy import Policy
from wurao.screening.standing_rows import StandingRows
from wurao.store.book import Book
from wurao.store.tables.build import GenerationBuilder
from wurao.store.tables.wishpages import Chunk, in_order

ROWS: Final = 1 << 20
"""Rows handed over at once."""


class Inputs(msgspec.Struct, frozen=True):
    """What a generation is built from; ``clock`` gives the instant for expiry."""

    book: Book
    knowledge: Knowledge
    policy: Policy
    clock: Clock


def build(inputs: Inputs, tables_dir: Path, key: Ed25519PrivateKey) -> Path:
    """Write one generation, signed with ``key``, and return its folder; nobody reads it before the switch.

    Raises StoreError where another build runs, the disk is full or a snapshot is unusable.
    """
    book = inputs.book
    change = book.last_change()
    now_us = inputs.clock.now_us()
    with GenerationBuilder(tables_dir, change=change, as_of_us=now_us, created_us=now_us) as builder:
        rows = StandingRows.of(inputs.knowledge.every())
        levels = Levels(inputs.policy, now_us)
        risks = levels.risks(rows)
        builder.risks(risks.numbers, risks.payloads, risks.details, risks.names)
        ranges = levels.ranges(rows)
        builder.ranges(ranges.blocks, ranges.spans, ranges.payloads)
        builder.pairs(*_pairs(book))
        builder.wishes(_wishes(book), book.profiles())
        builder.policy(msgspec.json.encode(compiled(inputs.policy)))
        return builder.finish(key)


def caller_key(subject: int, span: int) -> int:
    """Return what stands for the caller in the pair table: the number, or the key of a block."""
    return range_key(subject, span) if span else subject


def _pairs(
    book: Book,
) -> tuple[npt.NDArray[np.uint64], npt.NDArray[np.uint64], npt.NDArray[np.uint8], npt.NDArray[np.int64]]:
    rows = np.fromiter(
        (
            (pair.subscriber, caller_key(pair.subject, pair.span), int(pair.kind), pair.until_us)
            for pair in book.each_pair()
        ),
        np.dtype([("subscriber", "u8"), ("caller", "u8"), ("kind", "u1"), ("until_us", "i8")]),
    )
    subscriber, caller, kind, until_us = (np.ascontiguousarray(rows[name]) for name in rows.dtype.names or ())
    return subscriber, caller, kind, until_us


def _wishes(book: Book) -> Iterator[Chunk]:
    """Yield the wishes ascending: the snapshot's with the book's rows above them."""
    above = _book_wishes(book)
    for subscribers, profiles in _snapshot_wishes(book):
        head, above = _split(above, int(subscribers[-1]))
        yield in_order(np.concatenate((subscribers, head[0])), np.concatenate((profiles, head[1])))
    if len(above[0]):
        yield above


def _book_wishes(book: Book) -> Chunk:
    rows = np.fromiter(book.each_wish(), np.dtype([("subscriber", "u8"), ("profile", "u2")]))
    return np.ascontiguousarray(rows["subscriber"]), np.ascontiguousarray(rows["profile"])


def _split(chunk: Chunk, last: int) -> tuple[Chunk, Chunk]:
    at = int(np.searchsorted(chunk[0], np.uint64(last), "right"))
    return (chunk[0][:at], chunk[1][:at]), (chunk[0][at:], chunk[1][at:])


def _snapshot_wishes(book: Book) -> Iterator[Chunk]:
    """Yield a snapshot's columns ``subscriber`` (uint64, ascending) and ``profile`` (uint16) in batches."""
    snapshot = book.snapshot("wishes")
    if snapshot is None:
        return
    try:
        with pq.ParquetFile(snapshot.path) as file:
            for batch in file.iter_batches(ROWS, columns=["subscriber", "profile"]):
                yield batch.column(0).to_numpy().astype(np.uint64), batch.column(1).to_numpy().astype(np.uint16)
    except (OSError, ValueError, KeyError) as problem:
        raise StoreError(f"the wishes' snapshot is unusable: {problem}", where=snapshot.path) from None
