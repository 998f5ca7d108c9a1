"""A new generation is hashed once, beside the call path; a worker that hears nothing hashes for itself."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from wurao.core.clock import FixedClock
from wurao.core.wishes import strict_profile
from wurao.edge import vouching
from wurao.edge.vouching import Vouched, Voucher
from wurao.screening.shield import Shield
from wurao.store.book import Book
from wurao.store.home import Home
from wurao.store.keys import public_halves
from wurao.store.tables.tableset import TableSet

NOW_US = 1_790_000_000_000_000


@pytest.fixture
def rings(tmp_path: Path) -> Path:
    return tmp_path / "rings"


@pytest.fixture
def shield(tmp_path: Path) -> Iterator[Shield]:
    home = Home.create(tmp_path / "home")
    clock = FixedClock(NOW_US)
    with home.lock():
        book = Book.at(home.book, clock)
        book.set_wish(8613900139000, strict_profile())
        with Shield(home, book, clock) as shield:
            shield.start()
            yield shield
        book.close()


@pytest.fixture
def home(shield: Shield, tmp_path: Path) -> Path:
    return tmp_path / "home"


def reader(home: Path, vouched: Vouched | None = None) -> TableSet:
    return TableSet.open(home / "tables", public_halves(home / "public"), vouched)


def number_of(tables: TableSet) -> int:
    assert tables.generation
    return tables.generation.number


def test_a_worker_switches_once_somebody_vouched(home: Path, shield: Shield, rings: Path) -> None:
    worker, voucher = reader(home, Vouched(rings)), Voucher(reader(home), rings)
    voucher.vouch()
    first = number_of(worker)
    shield.renew()
    assert not worker.refresh()
    assert number_of(worker) == first
    assert not worker.refused
    voucher.vouch()
    assert worker.refresh()
    assert number_of(worker) == first + 1
    assert not worker.refresh()


def test_nobody_vouches_for_what_is_damaged(home: Path, shield: Shield, rings: Path) -> None:
    worker, voucher = reader(home, Vouched(rings)), Voucher(reader(home), rings)
    before = number_of(worker)
    damaged = shield.renew().path / "wish.u16"
    damaged.write_bytes(bytes([damaged.read_bytes()[0] ^ 1]) + damaged.read_bytes()[1:])
    voucher.vouch()
    assert not worker.refresh()
    assert number_of(worker) == before


def test_without_a_word_a_worker_hashes_for_itself(
    home: Path, shield: Shield, rings: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    worker = reader(home, Vouched(rings))
    before = number_of(worker)
    shield.renew()
    assert not worker.refresh()
    monkeypatch.setattr(vouching, "PATIENCE_S", 0.0)
    assert worker.refresh()
    assert number_of(worker) == before + 1


def test_a_word_of_another_manifest_is_no_word(home: Path, shield: Shield, rings: Path) -> None:
    worker = reader(home, Vouched(rings))
    Voucher(reader(home), rings).vouch()
    stamp = rings / "verified"
    generation = shield.renew()
    stamp.write_bytes(generation.path.name.encode() + b" " + stamp.read_bytes().split()[1] + b"\n")
    assert not worker.refresh()


def test_a_folder_of_others_has_no_say(home: Path, shield: Shield, rings: Path) -> None:
    worker, voucher = reader(home, Vouched(rings)), Voucher(reader(home), rings)
    shield.renew()
    voucher.vouch()
    rings.chmod(0o755)
    assert not worker.refresh()
    rings.chmod(0o700)
    assert worker.refresh()


def test_a_voucher_waits_for_tables(tmp_path: Path, rings: Path) -> None:
    Voucher(TableSet(tmp_path, []), rings).vouch()
    assert not (rings / "verified").exists()
