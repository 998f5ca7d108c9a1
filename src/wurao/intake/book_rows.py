"""Rows for the book: contacts, verified callers and assignments, as the book's own nouns."""

from collections.abc import Callable, Iterator
from typing import Any, Final

import pyarrow as pa

from wurao.core import numbers
from wurao.core.payload import PairKind
from wurao.core.wishes import KEYS, SEGMENTS, Profile
from wurao.intake.quiet import half_hours
from wurao.store.book import Book
from wurao.store.book.lists import Pair
from wurao.store.book.registry import AssignmentEvent, VerifiedCaller

MAX_SPAN: Final = 11
"""Widest block that a prefix may name: 10^11 numbers."""


def writer(fact: str, book: Book) -> Callable[[pa.Table], int]:
    """Return what writes typed rows of that fact into the book and returns how many are new."""
    write = _WRITERS[fact]
    return lambda rows: write(book, rows.to_pylist())


def profile_of(row: dict[str, Any]) -> Profile:
    """Return the wish that a typed row tells; levels and segments that it leaves out ring."""
    rules = dict(part.partition("=")[::2] for part in (row["segments"] or "").split())
    start, end = half_hours(row["quiet"] or "")
    return Profile(
        levels=tuple(row[key] or 0 for key in KEYS),
        segments=tuple(int(rules.get(name) or 0) for name in SEGMENTS),
        quiet_start=start,
        quiet_end=end,
    )


def _contacts(book: Book, rows: list[dict[str, Any]]) -> int:
    book.put_pairs(
        Pair(row["subscriber"], PairKind[row["kind"].upper()], row["number"], until_us=row["until_us"] or 0)
        for row in rows
    )
    return len(rows)


def _verified(book: Book, rows: list[dict[str, Any]]) -> int:
    book.put_verified(
        VerifiedCaller(
            subject, row["organisation"], row["purpose"], span, proof=row["proof"] or "", until_us=row["until_us"] or 0
        )
        for row in rows
        for subject, span in _subjects(row)
    )
    return len(rows)


def _subjects(row: dict[str, Any]) -> Iterator[tuple[int, int]]:
    if row["number"]:
        yield row["number"], 0
    elif row["prefix"]:
        yield from blocks(row["prefix"])


def blocks(prefix: str) -> Iterator[tuple[int, int]]:
    """Yield (subject, span) of each block of 10^span numbers that begin with ``prefix`` by the numbering plan."""
    for span in range(MAX_SPAN + 1):
        number = numbers.parse(prefix + "0" * span)
        if number:
            yield number // 10**span, span


def _assignments(book: Book, rows: list[dict[str, Any]]) -> int:
    return book.record_assignments(AssignmentEvent(row["number"], row["event"], row["at_us"]) for row in rows)


_WRITERS: Final = {"contacts": _contacts, "verified": _verified, "assignments": _assignments}
FACTS_OF_THE_BOOK: Final = tuple(_WRITERS)
"""Facts that go into the book row by row; wishes have a landing of their own."""
