"""API keys for programs: ``wr_ID_SECRET``, shown once, stored as SHA-256 (the secret has 256 bits of its own)."""

import hashlib
import hmac
import re
import secrets
from typing import Final

import msgspec

from wurao.access.interface import AccessStore, ApiKey
from wurao.access.roles import Person, Role
from wurao.core.errors import InputError

_FORM: Final = re.compile(r"wr_([0-9a-f]{12})_([A-Za-z0-9_-]{43})")


def issue(store: AccessStore, name: str, role: Role, now_us: int, subscriber: int = 0) -> str:
    """Return a new key for ``name``; only its hash is kept, so it can't be shown again."""
    key_id, secret = secrets.token_hex(6), secrets.token_urlsafe(32)
    store.put_api_key(ApiKey(key_id, role, name, _digest(secret), now_us, subscriber=subscriber))
    return f"wr_{key_id}_{secret}"


def holder(store: AccessStore, key: str) -> Person | None:
    """Return who holds a key, None for malformed, unknown and revoked ones."""
    form = _FORM.fullmatch(key)
    kept = store.api_key(form[1]) if form else None
    if form is None or kept is None or kept.revoked_us:
        return None
    if not hmac.compare_digest(kept.secret_hash, _digest(form[2])):
        return None
    return Person(kept.name, kept.role, kept.subscriber)


def revoke(store: AccessStore, key_id: str, now_us: int) -> None:
    """Make a key worthless from now on. Raises InputError for an unknown id."""
    kept = store.api_key(key_id)
    if kept is None:
        raise InputError(f"there is no API key {key_id[:20]!r}")
    store.put_api_key(msgspec.structs.replace(kept, revoked_us=now_us))


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
