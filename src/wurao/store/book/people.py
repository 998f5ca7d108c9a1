"""Accounts, API keys, sessions and the log of who looked at which number; secrets come in as hashes only."""

from typing import Any

import msgspec
from sqlalchemy import BigInteger, Column, Integer, String, Table, delete, select

from wurao.store.book.engine import metadata
from wurao.store.book.transaction import Part, upsert

accounts = Table(
    "accounts",
    metadata,
    Column("name", String(64), primary_key=True),
    Column("role", String(16), nullable=False),
    Column("password_hash", String(256), nullable=False),
    Column("subscriber", BigInteger, nullable=False),
)
api_keys = Table(
    "api_keys",
    metadata,
    Column("key_id", String(32), primary_key=True),
    Column("role", String(16), nullable=False),
    Column("name", String(64), nullable=False),
    Column("secret_hash", String(64), nullable=False),
    Column("created_us", BigInteger, nullable=False),
    Column("revoked_us", BigInteger, nullable=False),
    Column("subscriber", BigInteger, nullable=False),
)
sessions = Table(
    "sessions",
    metadata,
    Column("token_hash", String(64), primary_key=True),
    Column("account", String(64), nullable=False),
    Column("expires_us", BigInteger, nullable=False, index=True),
)
access_log = Table(
    "access_log",
    metadata,
    Column("entry", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True),
    Column("at_us", BigInteger, nullable=False, index=True),
    Column("who", String(64), nullable=False),
    Column("number", BigInteger, nullable=False, index=True),
    Column("purpose", String(64), nullable=False),
)


class AccountRow(msgspec.Struct, frozen=True):
    """Someone who logs in; ``subscriber`` is the number of a subscriber, else 0."""

    name: str
    role: str
    password_hash: str
    subscriber: int = 0


class ApiKeyRow(msgspec.Struct, frozen=True):
    """A key for programs; ``revoked_us`` 0 means that it works."""

    key_id: str
    role: str
    name: str
    secret_hash: str
    created_us: int
    revoked_us: int = 0
    subscriber: int = 0


class SessionRow(msgspec.Struct, frozen=True):
    """A log-in that lasts until ``expires_us``."""

    token_hash: str
    account: str
    expires_us: int


class LookRow(msgspec.Struct, frozen=True):
    """One look at personal data."""

    at_us: int
    who: str
    number: int
    purpose: str


class PeopleRows(Part):
    """Reads and writes who may log in, and who looked."""

    def account(self, name: str) -> AccountRow | None:
        """Return the account of that name."""
        row = self._one(accounts, name)
        return None if row is None else AccountRow(**row)

    def accounts(self) -> list[AccountRow]:
        """Return every account by name."""
        with self.reading() as connection:
            rows = connection.execute(select(accounts).order_by(accounts.c.name)).mappings()
            return [AccountRow(**row) for row in rows]

    def put_account(self, account: AccountRow) -> None:
        """Write an account, replacing one of the same name."""
        self._put(accounts, account)

    def api_key(self, key_id: str) -> ApiKeyRow | None:
        """Return the key of that id, revoked or not."""
        row = self._one(api_keys, key_id)
        return None if row is None else ApiKeyRow(**row)

    def put_api_key(self, key: ApiKeyRow) -> None:
        """Write a key, replacing one of the same id."""
        self._put(api_keys, key)

    def session(self, token_hash: str) -> SessionRow | None:
        """Return the session of that token hash, expired or not."""
        row = self._one(sessions, token_hash)
        return None if row is None else SessionRow(**row)

    def put_session(self, session: SessionRow) -> None:
        """Write a session; those that expired go on the way."""
        with self.together() as writing:
            writing.connection.execute(delete(sessions).where(sessions.c.expires_us <= writing.at_us))
            self._put(sessions, session)

    def end_session(self, token_hash: str) -> None:
        """Forget a session."""
        with self.together() as writing:
            writing.connection.execute(delete(sessions).where(sessions.c.token_hash == token_hash))

    def log_looks(self, looks: list[LookRow]) -> None:
        """Append looks to the access log."""
        if not looks:
            return
        with self.together() as writing:
            writing.connection.execute(access_log.insert(), [msgspec.structs.asdict(look) for look in looks])

    def looks_at(self, number: int, limit: int = 100) -> list[LookRow]:
        """Return who looked at a number, newest first."""
        columns = [access_log.c[name] for name in LookRow.__struct_fields__]
        query = select(*columns).where(access_log.c.number == number).order_by(access_log.c.entry.desc()).limit(limit)
        with self.reading() as connection:
            return [LookRow(**row) for row in connection.execute(query).mappings()]

    def _one(self, table: Table, key: str) -> dict[str, Any] | None:
        (column,) = table.primary_key
        with self.reading() as connection:
            row = connection.execute(select(table).where(column == key)).mappings().first()
            return None if row is None else dict(row)

    def _put(self, table: Table, row: msgspec.Struct) -> None:
        with self.together() as writing:
            upsert(writing.connection, table, [msgspec.structs.asdict(row)])
