import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from wurao.cli import cli
from wurao.core.clock import SystemClock
from wurao.core.standing import Standing
from wurao.core.wishes import strict_profile
from wurao.store.book import Book
from wurao.store.home import Home


@pytest.fixture
def home(tmp_path: Path) -> Path:
    made = Home.create(tmp_path / "home")
    book = Book.at(made.book, SystemClock())
    book.write_standing([Standing(8613512345678, "REPORTED", 0.9, "operator", 0, category="fraud")])
    book.set_wish(8613900000001, strict_profile())
    book.close()
    return made.path


def ran(home: Path, *arguments: str, code: int = 0) -> Any:
    result = CliRunner().invoke(cli, [*arguments, "--home", str(home)])
    assert result.exit_code == code, result.output
    return json.loads(result.output) if "--json" in arguments else result.output


def test_a_build_tells_what_it_holds_and_is_inspected(home: Path) -> None:
    built = ran(home, "shield", "build", "--json")
    assert (built["generation"], built["numbers"], built["ranges"], built["subscribers"]) == (1, 1, 0, 1)
    assert {"change", "bytes"} <= built.keys()
    inspected = ran(home, "shield", "inspect", "--json")
    assert {**inspected, "overlay": ""} == built
    assert inspected["overlay"]
    assert "1 numbers" in ran(home, "shield", "inspect")


def test_every_build_is_a_new_generation(home: Path) -> None:
    ran(home, "shield", "build")
    assert ran(home, "shield", "build", "--json")["generation"] == 2


def test_without_a_generation_there_is_nothing_to_inspect(home: Path) -> None:
    assert "wurao shield build" in ran(home, "shield", "inspect", code=2)


def test_a_verdict_is_explained_with_its_symbols(home: Path) -> None:
    verdict = ran(home, "explain", "135 1234 5678", "--callee", "13900000001", "--json")
    assert verdict["action"] == "reject"
    assert verdict["class"] == "illegal"
    assert verdict["symbols"][0]["name"] == "REPORTED"
    text = ran(home, "explain", "13512345678")
    assert "REPORTED" in text
    assert "已拒接" in text


def test_a_number_that_is_none_is_refused(home: Path) -> None:
    assert "no telephone number" in ran(home, "explain", "hello-world-1", code=2)


def test_only_own_settings_are_shown_unless_all_are_asked_for(home: Path) -> None:
    assert ran(home, "config", "show", "--json") == {"settings": []}
    local = home / "conf/local.d/mine.toml"
    local.parent.mkdir(parents=True)
    local.write_text("[symbols.REPORTED]\nweight = 18\n")
    (own,) = ran(home, "config", "show", "--json")["settings"]
    assert own == {"name": "symbols.REPORTED.weight", "value": 18, "origin": "local.d/mine.toml:2"}
    everything = ran(home, "config", "show", "--effective", "--json")["settings"]
    assert len(everything) > 100
    assert own in everything


def test_configtest_names_file_and_line_of_settings_and_maps(home: Path) -> None:
    assert ran(home, "configtest", "--json")["ok"]
    deny = home / "conf/maps/deny.txt"
    deny.parent.mkdir(parents=True)
    deny.write_text("# mine\n135123456789999999\n")
    assert "deny.txt:2" in ran(home, "configtest", code=2)
    deny.write_text("13512345678\n")
    assert ran(home, "configtest", "--json")["maps"]["deny"] == 1
    local = home / "conf/local.d/mine.toml"
    local.parent.mkdir()
    local.write_text("[symbols.REPORTED]\nwaight = 18\n")
    assert "local.d/mine.toml:2: unknown key" in ran(home, "configtest", code=2)
