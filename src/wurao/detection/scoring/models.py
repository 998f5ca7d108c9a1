"""Versions of models in a folder: ``models/NAME/0007/``, never written again, and who of them acts.

    models/NAME/0007/manifest.json   what it is, and the SHA-256 of the rest
                     card.md         the same for people, with the limits
                     odds-k5.onnx.zst    evidence of the first five calls, served
                     odds-k5.txt.zst     the same trees, to explain it
                     kinds-k5.onnx.zst   kind of caller
    models/NAME/roles.json           the champion, which acts, and the challenger, which runs in SHADOW

A version is written beside and renamed whole; a reader sees all of it or nothing, and refuses what is damaged. Trees
are long and repeat themselves: they lie compressed, their SHA-256 is that of what comes out.
"""

import hashlib
import os
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final, Generic, Protocol, TypeVar

import msgspec
import zstandard

from wurao.core.errors import InputError, StoreError, VerificationError
from wurao.detection.scoring.manifest import FORMAT, Manifest
from wurao.store.durable import disk, replace_file, sync_file, sync_folder

FACTORY: Final = Path(__file__).parent.parent / "factory"
"""Models that the wheel brings, laid out like a home's ``models/``; who has none of his own uses these."""
MANIFEST: Final = "manifest.json"
ROLES: Final = "roles.json"
MAX_FILE: Final = 1 << 30
"""Bytes of one file of a model, unpacked."""
PLAIN: Final = frozenset({MANIFEST, "card.md"})
"""What people read."""
PACKED: Final = ".zst"
_LEVEL: Final = 12


class Roles(msgspec.Struct, frozen=True):
    """Which versions are at work."""

    champion: int
    challenger: int | None = None
    """Runs in SHADOW: it says what it would do, the champion does."""


class Described(Protocol):
    """What the manifest of any kind of model tells, beside ``format``."""

    @property
    def version(self) -> int:
        """The number of the version."""

    @property
    def files(self) -> dict[str, str]:
        """SHA-256 of each file, unpacked."""


M = TypeVar("M", bound=Described)


class Whole(msgspec.Struct, Generic[M], frozen=True):
    """A version read and found whole."""

    manifest: M
    files: dict[str, bytes]
    path: Path


Stored = Whole[Manifest]
"""A version of a model of callers."""


def write(folder: Path, manifest: Described, files: Mapping[str, bytes]) -> Path:
    """Write the next version below ``folder`` and return its path; ``manifest.version`` must be ``next_version``."""
    target = folder / _name(manifest.version)
    beside = folder / f".{target.name}.new"
    with disk(folder):
        folder.mkdir(parents=True, exist_ok=True)
        shutil.rmtree(beside, ignore_errors=True)  # what a crash left
        beside.mkdir()
        for name, content in {**files, MANIFEST: msgspec.json.format(msgspec.json.encode(manifest))}.items():
            file = beside / _stored(name)
            file.write_bytes(content if name in PLAIN else zstandard.compress(content, _LEVEL))
            sync_file(file)
        sync_folder(beside)
        os.rename(beside, target)  # noqa: PTH104 - unlike Path.rename this refuses a folder that holds something
        sync_folder(folder)
    return target


def next_version(folder: Path) -> int:
    """Return the number after the newest version below ``folder``, 1 if there is none."""
    with disk(folder):
        there = [int(path.name) for path in folder.glob("[0-9]*") if path.name.isdecimal()]
    return max(there, default=0) + 1


def read(path: Path) -> Stored:
    """Return the version at ``path``; raises StoreError if it isn't there, VerificationError if it isn't whole."""
    return read_as(path, Manifest, FORMAT)


def read_as(path: Path, kind: type[M], format_: int) -> Whole[M]:
    """Return the version at ``path`` of a model whose manifests are of this kind and format; raises as ``read``."""
    raw = _bytes(path / MANIFEST)
    try:
        known = msgspec.json.decode(raw, type=dict[str, object]).get("format")
        if known != format_:
            raise VerificationError(f"format {known!r} is not known here", where=str(path), mend="train it again")
        manifest = msgspec.json.decode(raw, type=kind)
    except msgspec.DecodeError as error:
        raise VerificationError(f"the manifest is damaged ({error})", where=str(path), mend="train it again") from None
    files = {}
    for name, digest in manifest.files.items():
        if Path(name).name != name:
            raise VerificationError("a file lies outside the model", where=str(path))
        files[name] = _unpacked(path / _stored(name))
        if hashlib.sha256(files[name]).hexdigest() != digest:
            raise VerificationError("is damaged: its SHA-256 differs", where=str(path / name), mend="train it again")
    return Whole(manifest, files, path)


def roles(folder: Path) -> Roles | None:
    """Return who acts, None if no model was trained; raises StoreError if the file is unreadable."""
    file = folder / ROLES
    if not file.exists():
        return None
    try:
        return msgspec.json.decode(_bytes(file), type=Roles)
    except msgspec.DecodeError:
        raise StoreError("this names no versions", where=str(file), mend="wurao detect promote VERSION") from None


def at_work(folder: Path, factory: Path = FACTORY) -> tuple[Path, Roles] | None:
    """Return where the model at work lies and who of it acts: the home's own, else the factory's; None without both."""
    for place in (folder, factory / folder.name):
        found = roles(place)
        if found is not None:
            return place, found
    return None


def enter(folder: Path, version: int) -> Roles:
    """Let a new version in: in SHADOW beside the champion, or as champion if there is none."""
    now = roles(folder)
    then = Roles(version) if now is None else Roles(now.champion, version)
    _write_roles(folder, then)
    return then


def promote(folder: Path, version: int, whole: Callable[[Path], object] = read) -> Roles:
    """Make a version the champion; raises InputError if there is none of that number, ``whole``'s if it isn't whole."""
    path = folder / _name(version)
    if not path.is_dir():
        raise InputError(f"there is no version {version}", where=str(folder), mend="training makes one")
    whole(path)
    now = roles(folder)
    challenger = now.challenger if now and now.challenger != version else None
    then = Roles(version, challenger)
    _write_roles(folder, then)
    return then


def path_of(folder: Path, version: int) -> Path:
    """Return where a version lies."""
    return folder / _name(version)


def _name(version: int) -> str:
    return f"{version:04d}"


def _stored(name: str) -> str:
    return name if name in PLAIN else name + PACKED


def _unpacked(path: Path) -> bytes:
    """Return a file's content, no more of it than ``MAX_FILE``; raises VerificationError if it is damaged."""
    packed = _bytes(path)
    try:
        if zstandard.frame_content_size(packed) > MAX_FILE:
            raise VerificationError("is too large for a model's file", where=str(path))
        return zstandard.decompress(packed)
    except zstandard.ZstdError:
        raise VerificationError("is damaged: it can't be unpacked", where=str(path), mend="train it again") from None


def _write_roles(folder: Path, chosen: Roles) -> None:
    replace_file(folder / ROLES, msgspec.json.encode(chosen))


def _bytes(path: Path) -> bytes:
    with disk(path):
        if path.stat().st_size > MAX_FILE:
            raise VerificationError("is too large for a model's file", where=str(path))
        return path.read_bytes()
