"""One generation opened: signature, version, sizes and hashes are checked once, then its files are mapped.

Hashing reads every byte (about 1.5 GB/s with SHA instructions, cold disk aside) and thereby maps every page, so that
the first calls after a switch are not the slow ones.
"""

import base64
import binascii
import hashlib
from collections.abc import Sequence
from pathlib import Path

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from wurao.core.errors import StoreError, VerificationError
from wurao.store.tables import layout
from wurao.store.tables.files import map_read

MAX_MANIFEST = 1 << 20


class Generation:
    """An intact generation; ``tables`` maps a role of ``layout.FILES`` to its words."""

    def __init__(self, path: Path, manifest: layout.Manifest, tables: dict[str, memoryview]) -> None:
        self.path = path
        self.manifest = manifest
        self.tables = tables

    @property
    def number(self) -> int:
        """Return the generation's number."""
        return self.manifest.generation

    @property
    def change(self) -> int:
        """Return the number of the last change that is compiled in."""
        return self.manifest.change

    @classmethod
    def open(cls, path: Path, keys: Sequence[Ed25519PublicKey], *, hashed: bool = True) -> "Generation":
        """Open a generation folder; one of ``keys`` must have signed it.

        Without ``hashed`` the files' contents are taken as another process on this machine found them.
        Raises StoreError where a file is missing, VerificationError where a version, signature, size or hash is wrong.
        """
        manifest = read_manifest(path / layout.MANIFEST, keys)
        if path.name != layout.generation_name(manifest.generation):
            raise VerificationError(f"the manifest is of generation {manifest.generation}", where=str(path))
        tables = {
            role: _checked(path, role, manifest, hashed=hashed)
            for role in layout.FILES
            if layout.FILES[role][0] in manifest.files
        }
        return cls(path, manifest, tables)


def read_manifest(path: Path, keys: Sequence[Ed25519PublicKey]) -> layout.Manifest:
    """Return a manifest whose version is known and whose signature holds; raises StoreError, VerificationError."""
    raw = map_read(path)
    if len(raw) > MAX_MANIFEST:
        raise VerificationError("the manifest is too long", where=str(path))
    content = bytes(raw)
    try:
        version = msgspec.json.decode(content, type=dict[str, object]).get("format")
        if version not in layout.READABLE:
            raise VerificationError(
                f"format {version!r} is not known here",
                where=str(path),
                mend="run wurao shield build, or a newer wurao if that wrote it",
            )
        manifest = msgspec.json.decode(content, type=layout.Manifest)
        signature = base64.b64decode(manifest.signature, validate=True)
    except (msgspec.DecodeError, UnicodeDecodeError, binascii.Error):
        raise VerificationError("the manifest is damaged", where=str(path)) from None
    if not any(_signed_by(key, signature, manifest) for key in keys):
        raise VerificationError("no trusted key signed the manifest", where=str(path), mend="check keys/")
    return manifest


def _signed_by(key: Ed25519PublicKey, signature: bytes, manifest: layout.Manifest) -> bool:
    try:
        key.verify(signature, manifest.signed_bytes())
    except InvalidSignature:
        return False
    return True


def _checked(folder: Path, role: str, manifest: layout.Manifest, *, hashed: bool) -> memoryview:
    name, word = layout.FILES[role]
    entry = manifest.files[name]
    raw = map_read(folder / name)
    where = str(folder / name)
    if len(raw) != entry.bytes:
        raise VerificationError(f"has {len(raw)} bytes instead of {entry.bytes}", where=where)
    if hashed and hashlib.sha256(raw).hexdigest() != entry.sha256:
        raise VerificationError("is damaged: its SHA-256 differs from the manifest's", where=where)
    try:
        return raw.cast(word)
    except TypeError:
        raise StoreError("is no whole number of words", where=where) from None
