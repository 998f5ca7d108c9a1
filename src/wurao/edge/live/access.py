"""Accounts, API keys, sessions and looks, kept in the book."""

from collections.abc import Sequence
from typing import TypeVar

import msgspec

from wurao.access.interface import Account, ApiKey, Look, Session
from wurao.store.book import Book
from wurao.store.book.people import AccountRow, ApiKeyRow, LookRow, SessionRow

Noun = TypeVar("Noun", bound=msgspec.Struct)


class BookAccess:
    """The book as access asks for it."""

    def __init__(self, book: Book) -> None:
        self._book = book

    def account(self, name: str) -> Account | None:
        """Return the account of that name."""
        return _as(Account, self._book.account(name))

    def put_account(self, account: Account) -> None:
        """Write an account, replacing one of the same name."""
        self._book.put_account(msgspec.convert(account, AccountRow, from_attributes=True))

    def has_accounts(self) -> bool:
        """Return whether any account exists."""
        return bool(self._book.accounts())

    def api_key(self, key_id: str) -> ApiKey | None:
        """Return the key of that id, revoked or not."""
        return _as(ApiKey, self._book.api_key(key_id))

    def put_api_key(self, key: ApiKey) -> None:
        """Write a key, replacing one of the same id."""
        self._book.put_api_key(msgspec.convert(key, ApiKeyRow, from_attributes=True))

    def session(self, token_hash: str) -> Session | None:
        """Return the session of that token hash, expired or not."""
        return _as(Session, self._book.session(token_hash))

    def put_session(self, session: Session) -> None:
        """Write a session, replacing one of the same token hash."""
        self._book.put_session(msgspec.convert(session, SessionRow, from_attributes=True))

    def end_session(self, token_hash: str) -> None:
        """Forget a session."""
        self._book.end_session(token_hash)

    def log_looks(self, looks: Sequence[Look]) -> None:
        """Append looks to the access log."""
        self._book.log_looks([msgspec.convert(look, LookRow, from_attributes=True) for look in looks])


def _as(kind: type[Noun], row: msgspec.Struct | None) -> Noun | None:
    return None if row is None else msgspec.convert(row, kind, from_attributes=True)
