"""One transaction of the book: what it writes, and the numbered changes that go in with it.

Numbers come from one counter row that is taken last and held until the commit. So commits are in the order of their
numbers, a rolled back transaction uses none up, and whoever reads up to N has seen everything up to N – on Postgres
with many writers too, where a sequence would let a follower skip a number that commits late.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, Final

from sqlalchemy import (
    BigInteger,
    Column,
    ColumnElement,
    Connection,
    Engine,
    SmallInteger,
    String,
    Table,
    bindparam,
    or_,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite

from wurao.core.changes import ChangeKind
from wurao.core.clock import Clock
from wurao.store.book.engine import WRITES, database, metadata

MASS: Final = 10_000
"""More changes than this in one transaction become a single ``snapshot``: the shield then compiles anew."""
MAX_NOTE: Final = 200

changes = Table(
    "changes",
    metadata,
    Column("number", BigInteger, primary_key=True, autoincrement=False),
    Column("at_us", BigInteger, nullable=False),
    Column("kind", String(12), nullable=False),
    Column("subject", BigInteger, nullable=False),
    Column("span", SmallInteger, nullable=False),
    Column("subscriber", BigInteger, nullable=False),
    Column("note", String(MAX_NOTE), nullable=False),
)
counters = Table(
    "counters",
    metadata,
    Column("name", String(16), primary_key=True),
    Column("value", BigInteger, nullable=False),
)
_TAKE: Final = (
    update(counters)
    .where(counters.c.name == bindparam("counter"))
    .values(value=counters.c.value + bindparam("many"))
    .returning(counters.c.value)
)

Row = dict[str, Any]


def take_numbers(connection: Connection, counter: str, many: int = 1) -> int:
    """Return the first of ``many`` numbers in a row; the counter stays locked until the transaction ends."""
    last: int = connection.execute(_TAKE, {"counter": counter, "many": many}).scalar_one()
    return last - many + 1


def upsert(connection: Connection, table: Table, rows: Sequence[Row]) -> None:
    """Write rows over those of the same primary key.

    Rows go in by the order of their keys, so that two writers of the same rows wait and never deadlock.
    """
    if not rows:
        return
    keys = [column.name for column in table.primary_key]
    insert = _insert(connection, table)
    others = {c.name: insert.excluded[c.name] for c in table.columns if not c.primary_key}
    ordered = sorted(rows, key=lambda row: tuple(row[key] for key in keys))
    connection.execute(insert.on_conflict_do_update(index_elements=keys, set_=others), ordered)


def insert_new(connection: Connection, table: Table, row: Row) -> bool:
    """Write one row unless its primary key is there already; return whether it was new."""
    insert = _insert(connection, table).on_conflict_do_nothing().returning(*table.primary_key)
    return connection.execute(insert, row).first() is not None


def _insert(connection: Connection, table: Table) -> postgresql.Insert | sqlite.Insert:
    return postgresql.insert(table) if connection.dialect.name == "postgresql" else sqlite.insert(table)


class Writing:
    """An open transaction that writes; ``note`` what must be looked at again."""

    def __init__(self, connection: Connection, at_us: int) -> None:
        self.connection = connection
        self.at_us = at_us
        self._rows: list[Row] = []
        self._mass = False

    def note(self, kind: ChangeKind, *, subject: int = 0, span: int = 0, subscriber: int = 0, note: str = "") -> None:
        """Add one change to this transaction."""
        if self._mass:
            return
        if len(self._rows) >= MASS:
            self._mass, kind, subject, span, subscriber, note = True, "snapshot", 0, 0, 0, f"many of kind {kind}"
            self._rows.clear()
        self._rows.append(
            {
                "at_us": self.at_us,
                "kind": kind,
                "subject": subject,
                "span": span,
                "subscriber": subscriber,
                "note": note[:MAX_NOTE],
            }
        )

    def number_changes(self) -> None:
        """Write the changes with the next numbers; nothing but the commit may follow."""
        if self._rows:
            first = take_numbers(self.connection, "change", len(self._rows))
            for number, row in enumerate(self._rows, first):
                row["number"] = number
            self.connection.execute(changes.insert(), self._rows)


class Part:
    """What every group of tables of the book stands on: an engine and a clock."""

    def __init__(self, engine: Engine, clock: Clock) -> None:
        self._engine = engine
        self._clock = clock
        self._open: ContextVar[Writing | None] = ContextVar("book_writing", default=None)

    @contextmanager
    def together(self) -> Iterator[Writing]:
        """Make one transaction of all that is written inside; an exception undoes all of it. Raises StoreError."""
        joined = self._open.get()
        if joined is not None:
            yield joined
            return
        with database(self.where), self._engine.connect() as connection:
            writing = Writing(connection.execution_options(**{WRITES: True}), self._clock.now_us())
            token = self._open.set(writing)
            try:
                with connection.begin():
                    yield writing
                    writing.number_changes()
            finally:
                self._open.reset(token)

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """Give a connection that sees one state of the book, inside ``together`` also its own writes."""
        joined = self._open.get()
        if joined is not None:
            yield joined.connection
            return
        with database(self.where), self._engine.connect() as connection:
            yield connection

    def _holds(self, until_us: Column[int]) -> ColumnElement[bool]:
        return or_(until_us == 0, until_us > self._clock.now_us())

    @property
    def where(self) -> str:
        """The database's address without its password."""
        return self._engine.url.render_as_string(hide_password=True)
