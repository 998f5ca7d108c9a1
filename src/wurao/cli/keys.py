"""``wurao keys``: the home's secrets."""

from pathlib import Path

import click
import msgspec

from wurao.cli.options import answer, home_option, json_option
from wurao.core.clock import iso
from wurao.store.home import Home
from wurao.store.keys import ROTATING, Key, KeyRing


class ShownKey(msgspec.Struct, frozen=True):
    """A key without its secret; ``newest`` is the one that new rows take."""

    purpose: str
    number: int
    fingerprint: str
    created_us: int
    newest: bool


class Backup(msgspec.Struct, frozen=True):
    """Where the keys were written and how many."""

    file: str
    keys: int


@click.group(epilog="Example: wurao keys show")
def keys() -> None:
    """Show, rotate and back up the keys of a home."""


@keys.command(epilog="Example: wurao keys show --json")
@home_option
@json_option
def show(home: Path, as_json: bool) -> None:  # noqa: FBT001 - click hands options in by name
    """List the keys by fingerprint; no secret is printed."""
    opened = Home.open(home)
    ring = KeyRing.open(opened)
    shown = [_shown(opened, ring, key) for key in ring]
    answer({"keys": shown}, as_json=as_json, text=lambda: "\n".join(map(_line, shown)))


@keys.command(epilog="Example: wurao keys rotate seal")
@click.argument("purpose", type=click.Choice(ROTATING))
@home_option
@json_option
def rotate(purpose: str, home: Path, as_json: bool) -> None:  # noqa: FBT001
    """Make a new key; what the earlier ones sealed or signed stays readable."""
    with Home.open(home).lock() as opened:
        ring = KeyRing.open(opened)
        shown = _shown(opened, ring, ring.rotate(purpose))
    answer(shown, as_json=as_json, text=lambda: f"{_line(shown)}\nback the keys up again: wurao keys backup FILE")


@keys.command(epilog="Example: wurao keys backup /media/safe/wurao-keys.tar")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@home_option
@json_option
def backup(file: Path, home: Path, as_json: bool) -> None:  # noqa: FBT001
    """Write all keys to a tar archive: whoever holds it can open every number.

    Restore it with tar -xf FILE -C HOME.
    """
    ring = KeyRing.open(Home.open(home))
    ring.backup(file)
    done = Backup(str(file), len(list(ring)))
    answer(done, as_json=as_json, text=lambda: f"{done.keys} keys in {done.file}; keep it away from the home")


def _shown(home: Home, ring: KeyRing, key: Key) -> ShownKey:
    created_us = (home.folder("keys") / key.file_name).stat().st_mtime_ns // 1000
    return ShownKey(key.purpose, key.number, key.fingerprint, created_us, newest=key == ring.newest(key.purpose))


def _line(key: ShownKey) -> str:
    newest = "  newest" if key.newest else ""
    return f"{key.purpose:5} {key.number:3}  {key.fingerprint}  {iso(key.created_us)}{newest}"
