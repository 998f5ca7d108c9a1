"""How the book reaches its database: SQLite by default (WAL, synchronous=FULL), Postgres by URL (psycopg).

A commit that returned is on the disk in both. SQLite writers begin IMMEDIATE, so that a transaction that reads and
then writes never fails half way for want of the lock; readers never wait for writers (WAL).
"""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Connection, Engine, MetaData, create_engine, event
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, NoSuchModuleError, SQLAlchemyError

from wurao.core.errors import ConfigError, StoreError

metadata: Final = MetaData(
    naming_convention={"ix": "ix_%(column_0_label)s", "pk": "pk_%(table_name)s", "uq": "uq_%(table_name)s"}
)
WRITES: Final = "wurao_writes"
"""Execution option of a connection that is going to write."""

_BUSY_SECONDS: Final = 30
_POSTGRES: Final = ("postgresql", "postgresql+psycopg")


def open_engine(url: str) -> Engine:
    """Return an engine for ``sqlite:///PATH`` or ``postgresql://…``; raises ConfigError for other addresses."""
    address = _address(url)
    if address.drivername == "sqlite":
        return _sqlite(address)
    if address.drivername in _POSTGRES:
        return _postgres(address)
    raise ConfigError(
        f"the book can't be kept in {address.drivername}", mend="use sqlite:///PATH or postgresql://HOST/NAME"
    )


@contextmanager
def database(where: str) -> Iterator[None]:
    """Turn what the database says into a StoreError; ``where`` is its address without the password."""
    try:
        yield
    except SQLAlchemyError as error:
        reason = str(getattr(error, "orig", None) or error).strip().partition("\n")[0]
        raise StoreError(reason, where=where, mend="see whether the database runs and the disk has room") from error


def _address(url: str) -> URL:
    try:
        return make_url(url)
    except ArgumentError:
        raise ConfigError("this is no database address", mend="use sqlite:///PATH or postgresql://HOST/NAME") from None


def _sqlite(address: URL) -> Engine:
    if not address.database or address.database == ":memory:":
        raise ConfigError("the book needs a file", mend="use sqlite:///PATH")
    _own(Path(address.database))
    engine = create_engine(address, connect_args={"timeout": _BUSY_SECONDS})
    event.listen(engine, "connect", _durable)
    event.listen(engine, "begin", _begin)
    return engine


def _own(path: Path) -> None:
    # The book holds subscribers' numbers: only its owner may read it, also its -wal and -shm, which take its mode.
    try:
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
    except OSError as error:
        raise StoreError(
            os.strerror(error.errno or 0), where=str(path), mend="name a file in a folder of yours"
        ) from None


def _durable(connection: sqlite3.Connection, _record: Any) -> None:
    connection.isolation_level = None  # we begin transactions ourselves, below
    for pragma in ("journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON"):
        connection.execute(f"PRAGMA {pragma}")


def _begin(connection: Connection) -> None:
    writes = connection.get_execution_options().get(WRITES)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _postgres(address: URL) -> Engine:
    try:
        return create_engine(
            address.set(drivername="postgresql+psycopg"),
            connect_args={"options": "-c synchronous_commit=on -c timezone=UTC"},
            pool_pre_ping=True,  # a database that was restarted is met with a fresh connection
        )
    except (ModuleNotFoundError, NoSuchModuleError):
        raise ConfigError("the Postgres driver is missing", mend="pip install 'wurao[postgres]'") from None
