"""Frames of callers at rest: sealed under the home's seal keys, because they carry clear numbers.

AES-256-GCM with a random nonce; the key is derived from the seal key, which a frame names in its first byte. Where a
frame stands is authenticated with it, so that frames can't be exchanged or put in another order.
"""

import hashlib
import os
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from wurao.core.errors import StoreError
from wurao.store.keys import Key, KeyRing

_NONCE: Final = 12


class Sealing:
    """Seals and opens frames of one home."""

    def __init__(self, keys: KeyRing) -> None:
        self._sealers = {key.number: AESGCM(_derived(key)) for key in keys.all("seal")}
        self._newest = keys.newest("seal").number

    def seal(self, content: bytes, where: str) -> bytes:
        """Return ``content`` sealed as the frame that stands ``where``."""
        nonce = os.urandom(_NONCE)
        return bytes((self._newest,)) + nonce + self._sealers[self._newest].encrypt(nonce, content, where.encode())

    def open(self, sealed: bytes, where: str) -> bytes:
        """Return what was sealed; raises StoreError if it is of another place or home."""
        sealer = self._sealers.get(sealed[0]) if sealed else None
        if sealer is None:
            raise StoreError("the seal key of these callers is missing", where=where)
        try:
            return sealer.decrypt(sealed[1 : 1 + _NONCE], sealed[1 + _NONCE :], where.encode())
        except (InvalidTag, ValueError):
            raise StoreError("what is kept of the callers is damaged or of another home", where=where) from None


def _derived(key: Key) -> bytes:
    return hashlib.blake2b(key.secret, digest_size=32, person=b"wurao callers").digest()
