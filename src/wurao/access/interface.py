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


class Challenge(msgspec.Struct, frozen=True):
    """A code for a number; secrets are digests, ``sent`` is False where the number had enough of them."""

    ticket_hash: str
    number: int
    code_hash: str
    asked_us: int
    expires_us: int
    sent: bool = True


class ChallengeStore(Protocol):
    """Where codes and the proofs that became of them are kept, for a day."""

    def sent_since(self, since_us: int) -> int:
        """Return how many codes were sent since then, whatever the number."""

    def put_challenge(self, challenge: Challenge, since_us: int, at_most: int) -> bool:
        """Keep a challenge; return False, and mark it not sent, if its number was sent ``at_most`` since then."""

    def take_try(self, ticket_hash: str, now_us: int, tries: int) -> Challenge | None:
        """Count a try and return the challenge; None if it is unknown, over, used or tried ``tries`` times."""

    def put_proof(self, ticket_hash: str, proof_hash: str, until_us: int) -> bool:
        """Turn a challenge into a proof; False if it was one before."""

    def proven(self, proof_hash: str, now_us: int) -> int:
        """Return the number of a proof that still lasts, else 0."""

    def end_proof(self, proof_hash: str) -> None:
        """End a proof."""


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
