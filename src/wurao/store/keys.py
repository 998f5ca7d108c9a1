"""The home's secrets, owner-only: who holds them can open every number.

    join-N.key  HMAC-SHA256: 128-bit ids by which facts join; never changes, see ROTATING
    row-1.key   keyed BLAKE2b: the ids of rows that make imports idempotent; never changes
    seal-N.key  AES-SIV (RFC 5297) over numbers; new rows take the newest, old rows name theirs
    sign-N.key  Ed25519 seed; ``public/sign-N.pem`` is its public half, for openssl and for the edge

A key file is one line of hexadecimal. Nothing here decides who may use a key: that is access's part.
"""

import hashlib
import io
import os
import re
import secrets
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_public_key

from wurao.core.errors import ConfigError
from wurao.store.durable import disk, replace_file
from wurao.store.home import Home

SIZES: Final = {"join": 32, "row": 32, "seal": 64, "sign": 32}
"""Bytes of a key by purpose."""
ROTATING: Final = ("seal", "sign")
"""What ``rotate`` renews. Another join key would part every row stored before from those after."""
MAX_KEYS: Final = 255
"""A sealed number names its key in one byte."""

_NAME: Final = re.compile(r"(join|row|seal|sign)-(\d{1,3})\.key")
_OTHERS: Final = 0o077


class Key(msgspec.Struct, frozen=True):
    """One secret: its purpose, its number within the purpose (from 1) and its bytes."""

    purpose: str
    number: int
    secret: bytes

    @property
    def fingerprint(self) -> str:
        """16 hexadecimal digits that tell keys apart and give nothing away."""
        return hashlib.sha256(b"wurao key fingerprint" + self.secret).hexdigest()[:16]

    @property
    def file_name(self) -> str:
        """The name of its file under ``keys/``."""
        return f"{self.purpose}-{self.number}.key"


class KeyRing:
    """All keys of a home, read once; ``KeyRing.open`` makes them in a home that holds no facts yet."""

    def __init__(self, home: Home, keys: list[Key]) -> None:
        self._home = home
        self._keys = sorted(keys, key=lambda key: (key.purpose, key.number))

    @classmethod
    def open(cls, home: Home) -> "KeyRing":
        """Return the keys; raises ConfigError if others may read them or one is lost or malformed."""
        folder = home.folder("keys")
        with disk(folder):
            refuse_loose_modes(folder)
            keys = [_read(path) for path in sorted(folder.glob("*.key"))]
        ring = cls(home, keys)
        for purpose in SIZES.keys() - {key.purpose for key in keys}:
            ring._refuse_lost(purpose)
            ring._add(purpose)
        return ring

    def newest(self, purpose: str) -> Key:
        """Return the key of that purpose that is used for new rows."""
        return self.all(purpose)[-1]

    def all(self, purpose: str) -> list[Key]:
        """Return the keys of one purpose, oldest first."""
        return [key for key in self._keys if key.purpose == purpose]

    def __iter__(self) -> Iterator[Key]:
        return iter(self._keys)

    def rotate(self, purpose: str) -> Key:
        """Make the next seal or sign key the newest and return it; earlier ones go on opening and verifying.

        Raises ConfigError for a purpose that can't be renewed this way, StoreError if the disk refuses.
        """
        if purpose not in ROTATING:
            raise ConfigError(f"the {purpose} key can't be rotated", mend=f"one of {', '.join(ROTATING)}")
        self._home.require_lock()
        return self._add(purpose)

    def signing_key(self) -> Ed25519PrivateKey:
        """Return the newest Ed25519 key."""
        return Ed25519PrivateKey.from_private_bytes(self.newest("sign").secret)

    def backup(self, out: Path) -> None:
        """Write all keys to a tar archive that ``tar -xf OUT -C HOME`` restores, owner-only; raises StoreError."""
        archive = io.BytesIO()
        with tarfile.open(fileobj=archive, mode="w") as tar:
            for key in self._keys:
                content = _line(key)
                entry = tarfile.TarInfo(f"keys/{key.file_name}")
                entry.mode, entry.size = 0o600, len(content)
                tar.addfile(entry, io.BytesIO(content))
        replace_file(out, archive.getvalue(), mode=0o600)

    def _add(self, purpose: str) -> Key:
        number = max((key.number for key in self.all(purpose)), default=0) + 1
        if number > MAX_KEYS:
            raise ConfigError(f"{MAX_KEYS} {purpose} keys are the most a home holds", mend="start a new home")
        key = Key(purpose, number, secrets.token_bytes(SIZES[purpose]))
        if purpose == "sign":  # first: a public half without its key does no harm
            replace_file(self._home.folder("public") / f"sign-{number}.pem", _public_pem(key))
        replace_file(self._home.folder("keys") / key.file_name, _line(key), mode=0o600)
        self._keys.append(key)
        return key

    def _refuse_lost(self, purpose: str) -> None:
        # A new key beside old facts would silently split every caller in two, so only an empty home gets one.
        facts = (self._home.folder("lake"), self._home.folder("journal"))
        if any(any(folder.rglob("*.*")) for folder in facts):
            raise ConfigError(
                f"the {purpose} key is missing",
                where=str(self._home.folder("keys")),
                mend=f"restore the backup: tar -xf BACKUP -C {self._home.path}",
            )


def public_halves(folder: Path) -> list[Ed25519PublicKey]:
    """Return the public keys of a home's ``public/``, newest first; raises ConfigError for one that is damaged."""
    found = sorted(folder.glob("sign-*.pem"), key=lambda path: (len(path.name), path.name), reverse=True)
    return [_read_public(path) for path in found]


def refuse_loose_modes(folder: Path) -> None:
    """Raise ConfigError with the chmod that mends it if anyone but the owner may reach a key."""
    loose = [path for path in (folder, *folder.glob("*.key")) if path.stat().st_mode & _OTHERS]
    if loose:
        raise ConfigError(
            "others may read this secret",
            where=str(loose[0]),
            mend=f"chmod 700 {folder} && chmod 600 {folder}/*.key",
        )


def _read(path: Path) -> Key:
    named = _NAME.fullmatch(path.name)
    if named is None:
        raise ConfigError("this is no key of a home", where=str(path), mend="move it out of keys/")
    purpose, number = named[1], int(named[2])
    with os.fdopen(os.open(path, os.O_RDONLY | os.O_NOFOLLOW), "rb") as file:
        text = file.read(2 * SIZES[purpose] + 2).strip()
    if not re.fullmatch(rb"[0-9a-f]{%d}" % (2 * SIZES[purpose]), text):
        raise ConfigError("the key is damaged", where=str(path), mend="restore the backup of the keys")
    return Key(purpose, number, bytes.fromhex(text.decode()))


def _line(key: Key) -> bytes:
    return key.secret.hex().encode() + b"\n"


def _read_public(path: Path) -> Ed25519PublicKey:
    try:
        key = load_pem_public_key(path.read_bytes())
    except (OSError, ValueError):
        key = None
    if not isinstance(key, Ed25519PublicKey):
        raise ConfigError("this is no public key", where=str(path), mend="restart the service, which writes it anew")
    return key


def _public_pem(key: Key) -> bytes:
    public = Ed25519PrivateKey.from_private_bytes(key.secret).public_key()
    return public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
