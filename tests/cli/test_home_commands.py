"""keys, upgrade, doctor and erase: the commands that look after a home."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from click.testing import CliRunner, Result

from wurao.cli import cli
from wurao.store.book import Book
from wurao.store.home import Home
from wurao.store.identities import Identities
from wurao.store.keys import KeyRing
from wurao.store.lake import Lake

ALICE = 8613800138000


def wurao(home: Path, *arguments: str) -> Result:
    return CliRunner().invoke(cli, [*arguments, "--home", str(home)])


def answered(home: Path, *arguments: str) -> Any:
    result = wurao(home, *arguments, "--json")
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A home with two calls, one of them Alice's."""
    with Home.create(tmp_path / "home").lock() as home:
        identities = Identities(KeyRing.open(home))
        rows = [
            {"row_id": bytes([n]) * 16, "caller": 861000 + n, "callee": ALICE + n, "start_us": 1_625_630_400_000_000}
            for n in range(2)
        ]
        table = identities.protect("calls", pa.Table.from_pylist(rows), lambda n: np.zeros(len(n), np.bool_))
        Lake(home).append("calls", table)
        Book.at(home.book).close()
    return home.path


def failed(result: Result) -> dict[str, str]:
    assert result.exit_code == 4, result.output
    return {check["name"]: check["mend"] for check in json.loads(result.stdout)["checks"] if check["ok"] is False}


def test_a_sound_home_passes_every_check(folder: Path) -> None:
    told = answered(folder, "doctor")
    assert told["ok"]
    assert [check["name"] for check in told["checks"]] == [
        *("python", "compiled", "home", "keys", "disk", "lake", "book", "tables", "live detection", "kamailio")
    ]
    assert "2 calls" in wurao(folder, "doctor").stdout


def test_the_doctor_names_what_is_wrong_and_its_mend(folder: Path, tmp_path: Path) -> None:
    assert failed(wurao(tmp_path / "nowhere", "doctor", "--json")).keys() == {"home"}
    (folder / "keys" / "row-1.key").chmod(0o644)
    (folder / "book.db").write_bytes(b"this is no database" * 100)
    (folder / "tables" / "CURRENT").write_text("x")
    found = failed(wurao(folder, "doctor", "--json"))
    assert found.keys() >= {"keys", "book", "tables"}
    assert "chmod 600" in found["keys"]
    assert "FAIL  keys" in wurao(folder, "doctor").stdout


def test_the_doctor_says_whether_live_detection_is_on(folder: Path) -> None:
    assert "live detection  off: no model named live" in wurao(folder, "doctor").stdout
    (folder / "models/live").mkdir()
    (folder / "models/live/roles.json").write_text('{"champion": 1}')
    assert "live detection" in failed(wurao(folder, "doctor", "--json"))


def test_the_doctor_sets_a_damaged_part_aside_when_asked(folder: Path) -> None:
    [part] = (folder / "lake").rglob("*.parquet")
    part.write_bytes(part.read_bytes()[:50])
    assert "doctor --mend" in failed(wurao(folder, "doctor", "--json"))["lake"]
    assert answered(folder, "doctor", "--mend")["ok"]
    assert len(list((folder / "quarantine").iterdir())) == 1


def test_a_home_of_another_version_is_sent_to_upgrade(folder: Path) -> None:
    (folder / "VERSION").write_text("0")
    assert failed(wurao(folder, "doctor", "--json"))["home"] == "run `wurao upgrade`"
    assert wurao(folder, "upgrade").exit_code == 2


def test_upgrade_makes_the_folders_that_came_later(folder: Path) -> None:
    answered(folder, "upgrade")
    (folder / "recordings").rmdir()
    answered(folder, "upgrade")
    assert (folder / "recordings").stat().st_mode & 0o777 == 0o700


def test_upgrade_says_when_there_is_nothing_to_do(folder: Path) -> None:
    assert answered(folder, "upgrade") == {"before": 1, "after": 1}
    assert "nothing to do" in wurao(folder, "upgrade").stdout


def test_keys_are_shown_without_their_secrets(folder: Path) -> None:
    shown = answered(folder, "keys", "show")["keys"]
    assert {(key["purpose"], key["number"]) for key in shown} == {("join", 1), ("row", 1), ("seal", 1), ("sign", 1)}
    text = wurao(folder, "keys", "show").stdout
    assert all(path.read_text().strip() not in text for path in (folder / "keys").glob("*.key"))


def test_a_rotated_key_is_the_newest(folder: Path) -> None:
    assert answered(folder, "keys", "rotate", "seal")["number"] == 2
    newest = [key for key in answered(folder, "keys", "show")["keys"] if key["newest"] and key["purpose"] == "seal"]
    assert [key["number"] for key in newest] == [2]
    assert wurao(folder, "keys", "rotate", "join").exit_code == 2


def test_a_backup_holds_every_key(folder: Path, tmp_path: Path) -> None:
    assert answered(folder, "keys", "backup", str(tmp_path / "safe.tar"))["keys"] == 4
    assert wurao(folder, "keys", "backup", str(tmp_path / "no" / "safe.tar")).exit_code == 2


def test_erasing_a_number_takes_its_facts_wherever_it_stands(folder: Path) -> None:
    assert answered(folder, "erase", "13800138000") == {
        "rows": 1,
        "list_entries": 0,
        "watched": False,
        "scores": 0,
        "campaigns": 0,
        "recordings": 0,
    }
    assert answered(folder, "erase", "13800138000")["rows"] == 0
    left = [row for batch in Lake(Home.open(folder)).read("calls") for row in batch.to_pylist()]
    assert [row["caller"] for row in left] == [861001]


def test_a_locked_home_is_refused_in_one_line(folder: Path) -> None:
    with Home.open(folder).lock():
        result = wurao(folder, "erase", "13800138000")
    assert result.exit_code == 2
    assert result.stderr.count("\n") == 1
    assert "another wurao process" in result.stderr
