"""Passwords at rest: scrypt (RFC 7914) with N = 2^15, r = 8, p = 1, a salt each; compared in constant time."""

import hashlib
import hmac
import secrets
from typing import Final

_N: Final = 2**15
_MEMORY: Final = 64 * 2**20
MAX_PASSWORD: Final = 256
"""Longer passwords are refused, so that nobody makes the server hash megabytes."""
_WORD: Final = "abcdefghjkmnpqrstuvwxyz23456789"


def fresh_password() -> str:
    """Return a random password of 20 easily told apart letters and digits (99 bits)."""
    return "-".join("".join(secrets.choice(_WORD) for _ in range(5)) for _ in range(4))


def hashed(password: str) -> str:
    """Return the hash to store, as ``scrypt$salt$hash`` in hex."""
    salt = secrets.token_bytes(16)
    return f"scrypt${salt.hex()}${_scrypt(password, salt).hex()}"


def matches(password: str, stored: str) -> bool:
    """Return whether the password is the stored one; a broken or foreign hash matches nothing."""
    scheme, _, rest = stored.partition("$")
    salt, _, digest = rest.partition("$")
    if scheme != "scrypt" or len(password) > MAX_PASSWORD:
        return False
    try:
        return hmac.compare_digest(_scrypt(password, bytes.fromhex(salt)), bytes.fromhex(digest))
    except ValueError:
        return False


NOBODY: Final = f"scrypt${'00' * 16}${'00' * 32}"
"""The hash that no password has: checked for unknown names, so that time tells nothing."""


def _scrypt(password: str, salt: bytes) -> bytes:
    return hashlib.scrypt(password.encode(), salt=salt, n=_N, r=8, p=1, maxmem=_MEMORY, dklen=32)
