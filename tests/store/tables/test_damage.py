"""A reader refuses what is damaged, unsigned or unknown and keeps what it has."""

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from wurao.core.errors import Error, StoreError, VerificationError
from wurao.core.payload import Risk
from wurao.store.tables import layout
from wurao.store.tables.generation import Generation
from wurao.store.tables.live import LiveTables
from wurao.store.tables.switch import Current, switch
from wurao.store.tables.tableset import TableSet

ME = 8_613_800_138_000
Make = Callable[..., Generation]
Trusted = list[Ed25519PublicKey]
FILES = [name for name, _ in layout.FILES.values()]


@pytest.mark.parametrize("name", FILES)
def test_every_flipped_region_is_refused(make: Make, trusted: Trusted, name: str) -> None:
    path = make().path / name
    whole = path.read_bytes()
    for at in {0, len(whole) // 3, len(whole) // 2, len(whole) - 1}:
        broken = bytearray(whole)
        broken[at] ^= 1
        path.write_bytes(broken)
        with pytest.raises(VerificationError, match="damaged"):
            Generation.open(path.parent, trusted)
    path.write_bytes(whole)
    Generation.open(path.parent, trusted)


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("cut", [0, 1, 8])
def test_every_truncated_file_is_refused(make: Make, trusted: Trusted, name: str, cut: int) -> None:
    path = make().path / name
    path.write_bytes(path.read_bytes()[: -cut or None] if cut else b"")
    with pytest.raises(VerificationError):
        Generation.open(path.parent, trusted)


@pytest.mark.parametrize("name", [*FILES, layout.MANIFEST])
def test_every_missing_file_is_refused(make: Make, trusted: Trusted, name: str) -> None:
    path = make().path / name
    path.unlink()
    with pytest.raises(StoreError, match="No such file"):
        Generation.open(path.parent, trusted)


def _edited(change: Callable[[dict[str, object]], object], path: Path) -> None:
    fields = json.loads(path.read_bytes())
    change(fields)
    path.write_text(json.dumps(fields))


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (lambda m: m.update(format=1), "format 1 is not known"),
        (lambda m: m.update(format=4), "format 4 is not known"),
        (lambda m: m.update(format="1"), "format '1' is not known"),
        (lambda m: m.pop("format"), "format None is not known"),
        (lambda m: m.update(change=99), "no trusted key"),
        (lambda m: m.update(signature=""), "no trusted key"),
        (lambda m: m.update(signature="?"), "damaged"),
        (lambda m: m.update(signature=7), "damaged"),
        (lambda m: m.pop("files"), "damaged"),
    ],
)
def test_an_altered_manifest_is_refused(
    make: Make, trusted: Trusted, change: Callable[[dict[str, object]], object], why: str
) -> None:
    path = make().path
    _edited(change, path / layout.MANIFEST)
    with pytest.raises(VerificationError, match=why):
        Generation.open(path, trusted)


def test_every_byte_of_the_manifest_counts(make: Make, trusted: Trusted) -> None:
    path = make().path / layout.MANIFEST
    whole = path.read_bytes()
    for at in range(0, len(whole), 7):
        path.write_bytes(whole[:at] + bytes([whole[at] ^ 4]) + whole[at + 1 :])
        try:
            Generation.open(path.parent, trusted)
        except Error:
            continue
        assert json.loads(path.read_bytes()) == json.loads(whole), at


def test_another_keys_signature_is_refused(make: Make) -> None:
    path = make().path
    with pytest.raises(VerificationError, match="no trusted key"):
        Generation.open(path, [Ed25519PrivateKey.generate().public_key()])
    with pytest.raises(VerificationError, match="no trusted key"):
        Generation.open(path, [])


def test_a_generation_under_anothers_name_is_refused(make: Make, trusted: Trusted) -> None:
    path = make().path
    with pytest.raises(VerificationError, match="generation 1"):
        Generation.open(path.rename(path.with_name("000009")), trusted)


def test_a_reader_keeps_what_it_has(make: Make, folder: Path, trusted: Trusted) -> None:
    first = make(level=3)
    switch(folder, Current(first.path.name))
    tables = TableSet.open(folder, trusted)
    second = make(level=9)
    with (second.path / "risk.u64").open("r+b") as file:
        file.write(b"\xff")
    switch(folder, Current(second.path.name))
    assert not tables.refresh()
    assert "risk.u64" in tables.refused
    assert Risk.unpack(tables.view.risk(ME)).level == 3
    third = make(level=11)
    switch(folder, Current(third.path.name))
    assert tables.refresh()
    assert tables.refused == ""
    assert Risk.unpack(tables.view.risk(ME)).level == 11


@pytest.mark.parametrize("line", [b"", b"000001", b"000001 -", b"../x -\n", b"000001 000002-0001\n", b"\xff" * 200])
def test_a_damaged_pointer_is_refused(make: Make, folder: Path, trusted: Trusted, line: bytes) -> None:
    switch(folder, Current(make().path.name))
    tables = TableSet.open(folder, trusted)
    (folder / layout.CURRENT).write_bytes(line)
    with pytest.raises(StoreError):
        TableSet.open(folder, trusted)
    assert not tables.refresh()
    assert tables.refused
    assert tables.view.risk(ME)


@pytest.mark.parametrize("name", list(layout.LIVE_FILES.values()))
def test_a_broken_overlay_is_refused(make: Make, folder: Path, trusted: Trusted, name: str) -> None:
    live = LiveTables.create(make(), slots=64)
    live.publish()
    live.close()
    (live.path / name).write_bytes(b"")
    with pytest.raises(StoreError):
        TableSet.open(folder, trusted)


@pytest.mark.parametrize("role", list(layout.HEAD_USED))
def test_an_overlay_without_whole_lines_is_refused_and_the_last_one_kept(
    make: Make, folder: Path, trusted: Trusted, role: str
) -> None:
    live = LiveTables.create(make(), slots=64)
    live.publish()
    tables = TableSet.open(folder, trusted)
    heir = live.successor(make(), slots=64)
    path = heir.path / layout.LIVE_FILES[role]
    path.write_bytes(path.read_bytes()[:-8])
    heir.publish()
    assert not tables.refresh()
    assert "whole" in tables.refused
    assert tables.view.risk(ME)
    heir.close()
    live.close()


def test_nothing_in_force_is_an_error_and_an_empty_set_rings(folder: Path, trusted: Trusted) -> None:
    with pytest.raises(StoreError, match="no generation"):
        TableSet.open(folder, trusted)
    empty = TableSet(folder, trusted)
    assert empty.view.wish(ME) == empty.view.risk(ME) == empty.view.range(ME) == empty.view.pairs(ME, 5, 0) == 0
    out = np.ones(1, np.uint16)
    empty.view.wish_many(np.array([ME], np.uint64), out)
    assert out[0] == 0
