"""What lies between a subscriber and a caller: personal lists, contacts, calls dialled and answered."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final

import msgspec
from sqlalchemy import (
    BigInteger,
    Column,
    ColumnElement,
    Connection,
    SmallInteger,
    Table,
    delete,
    false,
    func,
    or_,
    select,
)

from wurao.core.errors import InputError
from wurao.core.payload import PairKind
from wurao.store.book.batches import BATCH, batches
from wurao.store.book.engine import metadata
from wurao.store.book.transaction import Part, Writing, upsert

MAX_LIST: Final = 1_000
"""Entries of one kind per subscriber."""
_OWN: Final = (PairKind.ALLOW, PairKind.DENY, PairKind.CONTACT)
"""Kinds that the subscriber writes: when full they refuse; the others let their oldest go."""
_KEYS_PER_QUERY: Final = 400

pairs = Table(
    "pairs",
    metadata,
    Column("subscriber", BigInteger, primary_key=True, autoincrement=False),
    Column("kind", SmallInteger, primary_key=True, autoincrement=False),
    Column("subject", BigInteger, primary_key=True, autoincrement=False),
    Column("span", SmallInteger, primary_key=True, autoincrement=False),
    Column("until_us", BigInteger, nullable=False),
    Column("at_us", BigInteger, nullable=False),
    sqlite_with_rowid=False,
)


class Pair(msgspec.Struct, frozen=True):
    """One entry: a subscriber's relation to a number (span 0) or block of numbers; ``until_us`` 0 lasts."""

    subscriber: int
    kind: PairKind
    subject: int
    span: int = 0
    until_us: int = 0


class ListRows(Part):
    """Reads and writes personal lists."""

    def put_pairs(self, rows: Iterable[Pair]) -> None:
        """Write entries in one transaction; raises InputError when a list of the subscriber's own grows over 1,000."""
        with self.together() as writing:
            for batch in batches(rows):
                upsert(writing.connection, pairs, [_row(pair, writing.at_us) for pair in batch])
                _keep_limits(writing, sorted({pair.subscriber for pair in batch}))
                for pair in batch:
                    _note(writing, pair)

    def end_pair(self, pair: Pair) -> bool:
        """Take one entry off its list; return whether it was there."""
        with self.together() as writing:
            gone = writing.connection.execute(
                delete(pairs).where(
                    pairs.c.subscriber == pair.subscriber,
                    pairs.c.kind == int(pair.kind),
                    pairs.c.subject == pair.subject,
                    pairs.c.span == pair.span,
                )
            ).rowcount
            if gone:
                _note(writing, pair)
            return gone > 0

    def pairs_of(self, subscriber: int, kind: PairKind | None = None) -> list[Pair]:
        """Return a subscriber's entries that still hold, of one kind or of all."""
        wanted = pairs.c.subscriber == subscriber
        return self._pairs(wanted if kind is None else wanted & (pairs.c.kind == int(kind)))

    def pairs_between(self, subscriber: int, number: int) -> list[Pair]:
        """Return the entries that say something of this caller to this subscriber, blocks included."""
        spans = select(pairs.c.span).where(pairs.c.subscriber == subscriber).distinct()
        with self.reading() as connection:
            known = [span for (span,) in connection.execute(spans)]
        matches = or_(false(), *((pairs.c.span == span) & (pairs.c.subject == number // 10**span) for span in known))
        return self._pairs((pairs.c.subscriber == subscriber) & matches)

    def each_pair(self) -> Iterator[Pair]:
        """Yield every entry that still holds, by subscriber."""
        query = select(*_COLUMNS).where(self._holds(pairs.c.until_us)).order_by(*pairs.primary_key)
        with self.reading() as connection:
            for row in connection.execute(query.execution_options(yield_per=BATCH)):
                yield _pair(row)

    def _pairs(self, wanted: ColumnElement[bool]) -> list[Pair]:
        query = select(*_COLUMNS).where(wanted, self._holds(pairs.c.until_us)).order_by(*pairs.primary_key)
        with self.reading() as connection:
            return [_pair(row) for row in connection.execute(query)]


_COLUMNS: Final = (pairs.c.subscriber, pairs.c.kind, pairs.c.subject, pairs.c.span, pairs.c.until_us)


def _keep_limits(writing: Writing, subscribers: Sequence[int]) -> None:
    for batch in batches(subscribers, _KEYS_PER_QUERY):
        full = (
            select(pairs.c.subscriber, pairs.c.kind, func.count())
            .where(pairs.c.subscriber.in_(batch))
            .group_by(pairs.c.subscriber, pairs.c.kind)
            .having(func.count() > MAX_LIST)
        )
        for subscriber, kind, count in writing.connection.execute(full).all():
            if kind in _OWN:
                name = PairKind(kind).name.lower()
                raise InputError(f"a list of kind {name} holds at most {MAX_LIST} entries", mend="remove some first")
            _drop_oldest(writing.connection, subscriber, kind, count - MAX_LIST)


def _drop_oldest(connection: Connection, subscriber: int, kind: int, many: int) -> None:
    mine = (pairs.c.subscriber == subscriber) & (pairs.c.kind == kind)
    oldest = select(pairs.c.subject, pairs.c.span).where(mine).order_by(pairs.c.at_us, pairs.c.subject).limit(many)
    for subject, span in connection.execute(oldest).all():
        connection.execute(delete(pairs).where(mine, pairs.c.subject == subject, pairs.c.span == span))


def _note(writing: Writing, pair: Pair) -> None:
    writing.note(
        "list", subject=pair.subject, span=pair.span, subscriber=pair.subscriber, note=PairKind(pair.kind).name.lower()
    )


def _row(pair: Pair, at_us: int) -> dict[str, Any]:
    return {**msgspec.structs.asdict(pair), "kind": int(pair.kind), "at_us": at_us}


def _pair(row: Any) -> Pair:
    subscriber, kind, subject, span, until_us = row
    return Pair(subscriber, PairKind(kind), subject, span, until_us)
