"""Own formats in every container, idempotency, identities at rest, facts of the book, a killed import."""

import os
import signal
import stat
import subprocess
import sys
import time
from pathlib import Path

import pyarrow as pa
import pytest
from click.testing import CliRunner
from pyarrow import csv, parquet

from wurao.cli import cli
from wurao.core.clock import parse_instant
from wurao.core.payload import PairKind
from wurao.core.wishes import REJECT_CERTAIN
from wurao.store.book import Book
from wurao.store.identities import Identities
from wurao.store.keys import KeyRing

START_US = parse_instant("2026-08-01T09:30:00+08:00")


def _calls(rows: int) -> pa.Table:
    return pa.table(
        {
            "call_id": [f"c{i}" for i in range(rows)],
            "caller": [str(13_800_000_000 + i % 7) for i in range(rows)],
            "callee": [str(13_900_000_000 + i * 3) for i in range(rows)],
            "start_us": [START_US + i * 1_000_000 for i in range(rows)],
            "talk_ms": [i * 10 for i in range(rows)],
            "disposition": ["Answered"] * rows,
            "cell": ["460-00-1|460-00-2|460-00-1"] * rows,
        }
    )


def test_csv_json_lines_and_parquet_are_the_same_rows(importer, tmp_path, write, stored):
    table = _calls(50)
    csv.write_csv(table, tmp_path / "calls.csv")
    parquet.write_table(table, tmp_path / "calls.parquet")
    import msgspec

    lines = b"\n".join(msgspec.json.encode(row) for row in table.to_pylist())
    assert importer("calls", tmp_path / "calls.csv").stored == 50
    again = importer("calls", tmp_path / "calls.parquet", write("calls.jsonl", lines))
    assert (again.read, again.stored, again.duplicate) == (100, 0, 100)
    row = min(stored("calls"), key=lambda row: row["start_us"])
    assert (row["disposition"], row["cells"], row["callee_segment"]) == ("answered", 2, 1390000)


def test_rows_without_an_id_are_known_by_what_they_say(importer, tmp_path, stored):
    table = _calls(20).drop_columns(["call_id"])
    csv.write_csv(pa.concat_tables([table, table.slice(0, 5)]), tmp_path / "calls.csv")
    parquet.write_table(table, tmp_path / "calls.parquet")
    assert importer("calls", tmp_path / "calls.csv").stored == 25
    assert importer("calls", tmp_path / "calls.csv", tmp_path / "calls.csv").stored == 0
    assert importer("calls", tmp_path / "calls.parquet").duplicate == 20
    assert len({row["row_id"] for row in stored("calls")}) == 25


def test_subscribers_never_stand_in_clear(importer, write, home, stored):
    importer("wishes", write("w.csv", "subscriber,securities\n13800000001,2\n"))
    rows = (
        "caller,callee,start\n13800000001,13900000000,2026-08-01 09:30:00\n02188886666,13900000000,2026-08-01 09:31\n"
    )
    importer("calls", write("calls.csv", rows))
    sealed, clear = sorted(stored("calls"), key=lambda row: row["start_us"])
    assert (sealed["caller"], clear["caller"]) == (None, 862188886666)
    identities = Identities(KeyRing.open(home))
    assert identities.unseal(sealed["caller_sealed"]) == 8613800000001
    assert sealed["callee_id"] == clear["callee_id"] == identities.id_of(8613900000000)
    files = b"".join(path.read_bytes() for path in (home.path / "lake").rglob("*.parquet"))
    assert b"13900000000" not in files


def test_steps_and_steps_only_near_by(importer, tmp_path, stored):
    parquet.write_table(_calls(15), tmp_path / "calls.parquet")
    importer("calls", tmp_path / "calls.parquet")
    steps = [row["callee_step"] for row in sorted(stored("calls"), key=lambda row: row["start_us"])]
    assert steps == [None] * 7 + [21] * 8


def test_wishes(importer, write, home, refused):
    text = (
        "subscriber,securities,insurance,segments,quiet,until\n"
        "13800000001,2,1,overseas=2 n400=1,22:00-07:30,2027-01-01\n"
        "13800000002,4,,,,\n13800000003,1,,moon=2,,\n13800000004,1,,,25:00-26:00,\n"
    )
    summary = importer("wishes", write("w.csv", text))
    assert (summary.stored, summary.quarantined) == (1, 3)
    assert sorted(entry["column"] for entry in refused(summary)) == ["quiet", "securities", "segments"]
    book = Book.at(home.book)
    wish = book.wish_of(8613800000001)
    changes = book.last_change()
    assert wish is not None
    assert (wish.level("securities"), wish.quiet_start, wish.quiet_end) == (REJECT_CERTAIN, 44, 15)
    assert (wish.segments[0], wish.segments[2]) == (2, 1)
    assert importer("wishes", write("w.csv", text)).duplicate == 1
    assert book.last_change() == changes
    book.close()


def test_a_mass_of_wishes_is_one_snapshot_and_one_change(importer, tmp_path, write, home, monkeypatch):
    monkeypatch.setattr("wurao.intake.wish_rows.MASS", 10)
    wishes = pa.table(
        {
            "subscriber": [str(13_800_000_000 + i * 7 % 1000) for i in range(1000)],
            "securities": [i % 4 for i in range(1000)],
            "quiet": ["22:00-07:00" if i % 2 else "" for i in range(1000)],
        }
    )
    parquet.write_table(wishes, tmp_path / "w.parquet")
    assert importer("wishes", tmp_path / "w.parquet").stored == 1000
    book = Book.at(home.book)
    assert (book.last_change(), book.wish_of(8613800000000)) == (1, None)
    later = "subscriber,securities\n" + "".join(f"{13_800_000_990 + i},3\n" for i in range(20))
    assert importer("wishes", write("later.csv", later)).stored == 20
    snapshot = book.snapshot("wishes")
    assert snapshot is not None
    assert snapshot.rows == 1010
    assert stat.S_IMODE(Path(snapshot.path).stat().st_mode) == 0o600
    assert len(list(home.path.glob("book-wishes-*"))) == 1
    rows = parquet.read_table(snapshot.path).to_pydict()
    assert rows["subscriber"] == sorted(rows["subscriber"])
    profiles = book.profiles()
    levels = [profiles[number].level("securities") for number in rows["profile"][-20:]]
    assert levels == [3] * 20
    first = profiles[rows["profile"][1]]  # subscriber 1 is row 143
    assert (first.level("securities"), first.quiet_start) == (3, 44)
    assert importer("wishes", tmp_path / "w.parquet").duplicate == 1000
    assert book.last_change() == 2
    book.close()
    importer("calls", write("calls.csv", "caller,callee,start\n13800000005,13900000000,2026-08-01\n"))


def test_contacts_verified_and_assignments(importer, write, home):
    until = "2027-01-01T00:00:00+08:00"
    importer("contacts", write("c.csv", f"subscriber,number,kind,until\n13800000001,95588,Allow,{until}\n"))
    importer("verified", write("v.csv", "prefix,organisation,purpose\n95588,ICBC,service\n1380571,Carrier,survey\n"))
    moved = write("a.csv", "number,event,at\n13800000009,assigned,2026-08-01 00:00:00\n")
    assert importer("assignments", moved).stored == 1
    assert importer("assignments", moved).duplicate == 1
    book = Book.at(home.book)
    (pair,) = book.pairs_of(8613800000001)
    assert (pair.kind, pair.subject) == (PairKind.ALLOW, 10**15 + 95588)
    assert pair.until_us == parse_instant(until)
    assert [caller.organisation for caller in book.verified_for(10**15 + 95588123)] == ["ICBC"]
    assert [caller.organisation for caller in book.verified_for(8613805711234)] == ["Carrier"]
    assert not book.verified_for(8613805721234)
    assert list(book.new_hands()) == [8613800000009]
    book.close()


@pytest.mark.parametrize(
    ("fact", "text"),
    [
        ("disclosures", "subscriber,app,at,kind,arm\n13800000001,shop,2026-08-01,app,registered\n"),
        ("listings", "listing_id,seen,title\nl1,2026-08-01,出售实名卡\n"),
        ("messages", "sender,recipient,sent,text\nBank-A,13800000001,2026-08-01 10:00:00,hello\n"),
        ("reports", "reporter,subject,occurred,target\n,https://x.example,2026-08-01,listing\n"),
    ],
)
def test_every_other_fact(importer, write, fact, text, stored):
    assert importer(fact, write("f.csv", text)).stored == 1
    assert len(stored(fact)) == 1


def test_the_command_line(tmp_path, write):
    path = write("calls.csv", "caller,callee,start\n13800000001,13900000000,2026-08-01 09:30:00\nx,y,z\n")
    command = ["import", "calls", str(path), "--home", str(tmp_path / "home")]
    done = CliRunner().invoke(cli, [*command, "--json"])
    assert done.exit_code == 3
    import msgspec

    document = msgspec.json.decode(done.output)
    assert (document["read"], document["stored"], document["quarantined"]) == (2, 1, 1)
    assert stat.S_IMODE(Path(document["quarantine_file"]).stat().st_mode) == 0o600
    for arguments, says in (
        (["import", "calls", str(tmp_path / "none.csv"), "--home", str(tmp_path / "home")], "no such file"),
        ([*command, "--tz", "Mars/Olympus"], "no zone"),
        (["import", "calls", str(path), "--format", "ftc"], "the format 'ftc' holds reports"),
    ):
        failed = CliRunner().invoke(cli, arguments)
        assert failed.exit_code == 2
        assert says in failed.output


@pytest.mark.crash
def test_an_import_killed_and_run_again_holds_every_row_once(tmp_path):
    rows = 300_000
    csv.write_csv(_calls(rows), tmp_path / "calls.csv")
    home = tmp_path / "home"
    command = [sys.executable, "-c", "from wurao.cli import main; main()", "import", "calls"]
    command += [str(tmp_path / "calls.csv"), "--home", str(home), "--json"]
    killed = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    deadline = time.monotonic() + 60
    while not list(home.glob("lake/calls/**/*.parquet")) and killed.poll() is None and time.monotonic() < deadline:
        time.sleep(0.01)
    os.kill(killed.pid, signal.SIGKILL)
    killed.wait()
    import msgspec

    done = subprocess.run(command, capture_output=True, check=True)
    summary = msgspec.json.decode(done.stdout)
    assert summary["stored"] + summary["duplicate"] == rows
