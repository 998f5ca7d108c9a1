"""Log-in with password, sessions by cookie, the first admin, and the token against cross-site requests."""

import hashlib
import hmac
import secrets
from typing import Final

from wurao.access import passwords
from wurao.access.interface import AccessStore, Account, Session
from wurao.access.roles import Person, Role
from wurao.core.clock import HOUR_US

SESSION_US: Final = 12 * HOUR_US
FIRST_ADMIN: Final = "admin"


def log_in(store: AccessStore, name: str, password: str, now_us: int) -> str | None:
    """Return a fresh session token, None if name and password don't belong together."""
    account = store.account(name)
    known = passwords.matches(password, account.password_hash if account else passwords.NOBODY)
    return open_session(store, name, now_us) if known and account else None


def open_session(store: AccessStore, name: str, now_us: int) -> str:
    """Return the token of a new session of account ``name``, 12 hours long."""
    token = secrets.token_urlsafe(32)
    store.put_session(Session(_digest(token), name, now_us + SESSION_US))
    return token


def person_of(store: AccessStore, token: str, now_us: int) -> Person | None:
    """Return who holds a session token, None for unknown and expired ones."""
    session = store.session(_digest(token))
    if session is None or session.expires_us <= now_us:
        return None
    account = store.account(session.account)
    return Person(account.name, account.role, account.subscriber) if account else None


def log_out(store: AccessStore, token: str) -> None:
    """End the session of a token."""
    store.end_session(_digest(token))


def csrf_token(session_token: str) -> str:
    """Return the token that forms of this session carry; another site can't read it."""
    return hmac.new(session_token.encode(), b"wurao csrf", hashlib.sha256).hexdigest()


def csrf_holds(session_token: str, given: str) -> bool:
    """Return whether a form's token belongs to the session."""
    return hmac.compare_digest(csrf_token(session_token).encode(), given.encode())


def first_run(store: AccessStore) -> str | None:
    """Make the first admin when there is no account yet and return its password, to be shown once; else None."""
    if store.has_accounts():
        return None
    password = passwords.fresh_password()
    store.put_account(Account(FIRST_ADMIN, Role.ADMIN, passwords.hashed(password)))
    return password


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
