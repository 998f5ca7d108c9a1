"""The ring between the call path and the service: in order, each once, never waiting, whoever dies."""

import os
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wurao.core.errors import ConfigError, StoreError
from wurao.edge import ring
from wurao.edge.ring import Record, Refusal, RingReader, RingWriter


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return ring.make_folder(tmp_path / "rings")


def record(n: int) -> Record:
    return Record(n, 8613512345678, 8613900000001, n << 3, n, 1, 9, "trunk-a", b"%9d" % n)


words = st.integers(0, 2**64 - 1)
small = st.integers(0, 2**32 - 1)


@settings(max_examples=50)
@given(
    st.builds(
        Record,
        st.integers(0, 2**62),
        words,
        words,
        words,
        words,
        small,
        small,
        st.text(st.characters(min_codepoint=33, max_codepoint=126), max_size=15),
        st.binary(min_size=9, max_size=9),
    )
)
def test_what_goes_in_comes_out(tmp_path_factory: pytest.TempPathFactory, given_record: Record) -> None:
    folder = ring.make_folder(tmp_path_factory.mktemp("r") / "rings")
    writer = RingWriter(folder, "one")
    assert writer.put(given_record)
    reader = RingReader(writer.path)
    assert reader.read(5) == [given_record]
    writer.close()
    reader.close()


def test_a_refusal_lies_between_decisions(folder: Path) -> None:
    writer = RingWriter(folder, "one")
    refusal = Refusal(7, "20261124-AbCd_-012345")
    assert writer.put(record(1))
    assert writer.refuse(refusal)
    assert writer.put(record(2))
    assert RingReader(writer.path).read(5) == [record(1), refusal, record(2)]


def test_records_come_in_order_and_are_wiped_when_released(folder: Path) -> None:
    writer = RingWriter(folder, "one")
    reader = RingReader(writer.path)
    for n in range(1, 6):
        writer.put(record(n))
    assert reader.read(3) == [record(1), record(2), record(3)]
    assert reader.read(3) == [record(1), record(2), record(3)]
    reader.release(5)
    assert reader.read(3) == []
    assert b"trunk-a" not in writer.path.read_bytes()
    writer.put(record(6))
    assert reader.read(3) == [record(6)]


def test_a_full_ring_counts_what_it_loses(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ring, "SLOTS", 4)
    writer = RingWriter(folder, "one")
    reader = RingReader(writer.path)
    assert [writer.put(record(n)) for n in range(1, 7)] == [True] * 4 + [False] * 2
    assert reader.lost == 2
    reader.release(1)
    assert writer.put(record(7))
    assert reader.read(9) == [record(2), record(3), record(4), record(7)]
    assert reader.collected == 1


def test_a_batch_ends_where_the_file_does(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ring, "SLOTS", 4)
    writer = RingWriter(folder, "one")
    reader = RingReader(writer.path)
    for n in range(1, 4):
        writer.put(record(n))
    reader.release(len(reader.batch(2)))
    writer.put(record(4))
    writer.refuse(Refusal(5, "20261124-AbCd_-012345"))
    assert len(reader.batch(9)) == 2
    assert reader.batch(9)["at_us"].tolist() == [3, 4]
    reader.release(2)
    last = reader.batch(9)
    assert ring.refusals_in(last) == [Refusal(5, "20261124-AbCd_-012345")]
    assert len(ring.calls_in(last)) == 0
    reader.release(1)
    assert len(reader.batch(9)) == 0
    for n in range(6, 10):
        writer.put(record(n))
    reader.release(4)
    assert not any(writer.path.read_bytes()[ring.HEADER :])


def test_both_sides_go_on_where_they_were(folder: Path) -> None:
    writer = RingWriter(folder, "one")
    for n in range(1, 4):
        writer.put(record(n))
    reader = RingReader(writer.path)
    reader.release(1)
    reader.close()
    writer.close()
    again = RingWriter(folder, "one")
    assert again.path == folder / "one.ring"
    again.put(record(4))
    assert RingReader(again.path).read(9) == [record(2), record(3), record(4)]


def test_two_writers_never_share_a_ring(folder: Path) -> None:
    first, second = RingWriter(folder, "one"), RingWriter(folder, "one")
    assert first.path != second.path
    assert ring.rings_in(folder) == sorted([first.path, second.path])


@pytest.mark.crash
def test_a_killed_writer_leaves_whole_records(folder: Path) -> None:
    program = (
        "import sys, pathlib\nfrom wurao.edge.ring import *\n"
        "writer = RingWriter(pathlib.Path(sys.argv[1]), 'one')\nprint(flush=True)\n"
        "n = 1\nwhile True:\n n += writer.put(Record(n, n, n, n, n, 1, 1, str(n)[:15], b'%9d' % n))\n"
    )
    process = subprocess.Popen([sys.executable, "-c", program, str(folder)], stdout=subprocess.PIPE)
    assert process.stdout
    process.stdout.readline()
    seen = 0
    reader = RingReader(folder / "one.ring")
    while seen < 20_000:
        seen = _check(reader, seen)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    process.stdout.close()
    for _ in range(200):
        seen = _check(reader, seen)
    assert reader.read(1) == []
    after = RingWriter(folder, "one")
    after.put(record(seen + 1))
    assert reader.read(2) == [record(seen + 1)]


def _check(reader: RingReader, seen: int) -> int:
    records = reader.read(5_000)
    for n, got in enumerate(records, seen + 1):
        assert got == Record(n, n, n, n, n, 1, 1, str(n)[:15], b"%9d" % n)
    reader.release(len(records))
    return seen + len(records)


def test_all_edges_of_a_folder_have_one_key(folder: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        keys = set(pool.map(lambda _: ring.key_of(folder), range(32)))
    assert [len(key) for key in keys] == [16]
    assert (folder / "receipts.key").stat().st_mode & 0o777 == 0o600
    assert [path.name for path in folder.iterdir()] == ["receipts.key"]


def test_a_folder_of_others_is_refused(tmp_path: Path) -> None:
    loose = tmp_path / "loose"
    loose.mkdir(mode=0o755)
    with pytest.raises(ConfigError, match="this user alone"):
        RingWriter(loose, "one")


@pytest.mark.parametrize("content", [b"short", bytes(ring.HEADER + ring.SLOTS * ring.RECORD)])
def test_what_is_no_ring_is_refused(folder: Path, content: bytes) -> None:
    path = folder / "one.ring"
    path.write_bytes(content)
    with pytest.raises(StoreError, match="ring"):
        RingReader(path)


def test_a_ring_of_another_size_is_not_written(folder: Path) -> None:
    (folder / "one.ring").write_bytes(b"short")
    with pytest.raises(StoreError, match="no whole ring"):
        RingWriter(folder, "one")


def test_a_home_has_a_folder_of_its_own(tmp_path: Path) -> None:
    assert ring.folder_of(tmp_path / "a") != ring.folder_of(tmp_path / "b")
    assert ring.folder_of(tmp_path, "/run/wurao") == Path("/run/wurao")


@given(st.integers(0, 300), st.integers(0, 300))
@settings(max_examples=20)
def test_what_waits_is_counted(tmp_path_factory: pytest.TempPathFactory, written: int, released: int) -> None:
    writer = RingWriter(ring.make_folder(tmp_path_factory.mktemp("r") / "rings"), "one")
    reader = RingReader(writer.path)
    for n in range(written):
        writer.put(record(n))
    reader.release(min(written, released))
    assert reader.waiting == written - min(written, released)
    writer.close()
    reader.close()


def test_a_reader_tells_when_three_quarters_are_taken(folder: Path) -> None:
    writer = RingWriter(folder, "one")
    reader = RingReader(writer.path)
    for n in range(ring.SLOTS * 3 // 4):
        writer.put(record(n))
    assert reader.has_room()
    writer.put(record(0))
    assert not reader.has_room()
    reader.release(10)
    assert reader.has_room()
