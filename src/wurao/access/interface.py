"""What access keeps, and the store that it asks for; secrets are stored as hashes only."""

from collections.abc import Sequence
from typing import Protocol

import msgspec

from wurao.access.roles import Role


class Account(msgspec.Struct, frozen=True):
    """Someone who logs in with a password; ``subscriber`` is the number of a subscriber, else 0."""

    name: str
    role: Role
    password_hash: str
    subscriber: int = 0


class ApiKey(msgspec.Struct, frozen=True):
    """A key for programs; ``secret_hash`` is the SHA-256 of its 256-bit secret, times are microseconds UTC."""

    key_id: str
    role: Role
    name: str
    secret_hash: str
    created_us: int
    revoked_us: int = 0
    subscriber: int = 0


class Session(msgspec.Struct, frozen=True):
    """A log-in that lasts until ``expires_us``; ``token_hash`` is the SHA-256 of the cookie."""

    token_hash: str
    account: str
    expires_us: int


class Look(msgspec.Struct, frozen=True):
    """One look at personal data: who, at whose number, on which page, when (microseconds UTC)."""

    at_us: int
    who: str
    number: int
    purpose: str


class AccessStore(Protocol):
    """Where accounts, keys, sessions and looks are kept."""

    def account(self, name: str) -> Account | None:
        """Return the account of that name."""

    def put_account(self, account: Account) -> None:
        """Write an account, replacing one of the same name."""

    def has_accounts(self) -> bool:
        """Return whether any account exists."""

    def api_key(self, key_id: str) -> ApiKey | None:
        """Return the key of that id, revoked or not."""

    def put_api_key(self, key: ApiKey) -> None:
        """Write a key, replacing one of the same id."""

    def session(self, token_hash: str) -> Session | None:
        """Return the session of that token hash, expired or not."""

    def put_session(self, session: Session) -> None:
        """Write a session, replacing one of the same token hash."""

    def end_session(self, token_hash: str) -> None:
        """Forget a session."""

    def log_looks(self, looks: Sequence[Look]) -> None:
        """Append looks to the access log."""
