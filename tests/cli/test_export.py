"""Lists for a PBX that can't ask: who would be refused now, in cells that no spreadsheet takes for a formula."""

import csv
import json
import re
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from wurao.cli import cli
from wurao.cli.export import written
from wurao.core.clock import SystemClock
from wurao.core.numbers import read
from wurao.core.payload import PairKind
from wurao.core.standing import Standing
from wurao.core.wishes import strict_profile
from wurao.screening.shield import Shield
from wurao.store.book import Book
from wurao.store.book.lists import Pair
from wurao.store.home import Home

OFFICE, NUISANCE, FOREIGN, DENIED, ALLOWED, LATER = (
    *(8657188888888, 8613712345678, 16502530000),
    *(8613711110000, 8613811112222, 8613722220000),
)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """An office that wants no nuisance: two numbers are, one of them is allowed, one came after the build."""
    made, clock = Home.create(tmp_path / "home"), SystemClock()
    now = clock.now_us()
    with made.lock():
        book = Book.at(made.book, clock)
        book.set_wish(OFFICE, strict_profile())
        listed = [Standing(n, "LISTED", 1.0, "imported", now, category="fraud") for n in (NUISANCE, FOREIGN, ALLOWED)]
        book.write_standing(listed)
        book.write_standing([Standing(8613733330000, "REPORTED_FEW", 0.1, "reporting", now, category="fraud")])
        book.put_pairs(
            [
                Pair(OFFICE, PairKind.ALLOW, ALLOWED),
                Pair(OFFICE, PairKind.DENY, DENIED),
                Pair(OFFICE, PairKind.CONTACT, 1),
            ]
        )
        with Shield(made, book, clock) as shield:
            shield.start()
            book.write_standing([Standing(LATER, "LISTED", 1.0, "imported", now, category="fraud")])
            shield.follow()
        book.close()
    return made.path


def exported(home: Path, *arguments: str) -> list[dict[str, str]]:
    out = home.parent / "list.csv"
    result = CliRunner().invoke(cli, ["export", *arguments, "--out", str(out), "--home", str(home), "--json"])
    assert result.exit_code == 0, result.output
    assert out.stat().st_mode & 0o077 == 0
    rows = list(csv.DictReader(out.read_text().splitlines()))
    assert json.loads(result.stdout)["numbers"] == len(rows)
    return rows


def test_who_would_be_rejected_is_listed_without_a_word_why(home: Path) -> None:
    rows = exported(home, "blacklist", "--callee", "0571-88888888")
    assert {row["number"] for row in rows} == {"13712345678", "0016502530000", "13711110000", "13722220000"}
    assert all(re.fullmatch(r"wurao \d{4}-\d\d-\d\d", row["description"]) for row in rows)


def test_numbers_as_the_trunk_writes_them(home: Path) -> None:
    rows = exported(home, "blacklist", "--callee", "0571-88888888", "--form", "international")
    assert {row["number"] for row in rows} == {"8613712345678", "16502530000", "8613711110000", "8613722220000"}


def test_whom_the_office_lets_through(home: Path) -> None:
    assert {row["number"] for row in exported(home, "allowlist", "--callee", "0571-88888888")} >= {"13811112222"}


def test_somebody_without_a_wish_gets_no_list(home: Path, tmp_path: Path) -> None:
    arguments = [
        "export",
        "blacklist",
        "--callee",
        "13900000000",
        "--out",
        str(tmp_path / "x.csv"),
        "--home",
        str(home),
    ]
    result = CliRunner().invoke(cli, arguments)
    assert result.exit_code == 2
    assert "nobody refuses calls for this number" in result.output
    assert not (tmp_path / "x.csv").exists()


@given(st.integers(10**9, 10**13), st.sampled_from(["national", "international"]))
def test_no_cell_is_a_formula(number: int, form: str) -> None:
    assert written(number, form).isdecimal()


@pytest.mark.parametrize("number", [OFFICE, NUISANCE, FOREIGN, read("10086"), read("95588"), read("4008001234")])
def test_a_number_comes_back(number: int) -> None:
    assert read(written(number, "national")) == number
    abroad = written(number, "international")
    assert read(f"+{abroad}" if number < 10**15 else abroad) == number
