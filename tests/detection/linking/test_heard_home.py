"""A home whose honeypot lines heard two numbers play one recording: linked by that and their calls."""

import json
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from wurao.cli import cli
from wurao.core.clock import DAY_US, HOUR_US, FixedClock, iso, parse_instant
from wurao.core.standing import Standing
from wurao.detection.audio.fingerprint import Fingerprint
from wurao.detection.audio.kept import Kept
from wurao.detection.linking import kept
from wurao.edge.honeypot.into_home import recordings_of
from wurao.store.book import Book
from wurao.store.home import Home
from wurao.store.identities import Identities
from wurao.store.keys import KeyRing

AS_OF = "2026-03-10T00:00:00+08:00"
NOW_US = parse_instant(AS_OF)
FIRST, SECOND, OTHER, LATER = 8613712340001, 8613712340002, 8613712340003, 8613712340004
CALLS = 6


def ran(*arguments: str | Path) -> str:
    result = CliRunner().invoke(cli, list(map(str, arguments)))
    assert result.exit_code == 0, result.output
    return result.stdout


def rows(rng: np.random.Generator) -> list[str]:
    """Return calls of four neighbours at the same hours, and of people who call here and there."""
    told = []
    for number in (FIRST, SECOND, OTHER, LATER):
        for _ in range(CALLS):
            start_us = NOW_US - DAY_US - int(rng.integers(4, 9)) * HOUR_US
            told.append((number, 8613800000000 + int(rng.integers(10**8)), start_us, int(rng.integers(3_000, 30_000))))
    for number in range(8613900001000, 8613900051000, 1000):
        for _ in range(4):
            start_us = NOW_US - int(rng.integers(DAY_US, 9 * DAY_US))
            told.append((number, 8613800000000 + int(rng.integers(10**8)), start_us, int(rng.integers(5_000, 300_000))))
    return [f"+{caller},+{callee},{iso(start_us)},{talk}" for caller, callee, start_us, talk in told]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    folder = tmp_path_factory.mktemp("heard")
    calls = folder / "calls.csv"
    calls.write_text("\n".join(["caller,callee,start,talk_ms", *rows(np.random.default_rng(11))]))
    ran("import", "calls", calls, "--home", folder / "home")
    opened = Home.open(folder / "home")
    keys = KeyRing.open(opened)
    silent = Fingerprint(np.zeros(0, np.uint32), np.zeros(0, np.bool_))

    def played(number: int, group: str, at_us: int) -> Kept:
        return Kept(f"{number}", group, Identities(keys).id_of(number), number, 1, at_us, 9.0, silent)

    before = NOW_US - DAY_US
    recordings = [played(FIRST, "loan", before), played(SECOND, "loan", before), played(OTHER, "shares", before)]
    recordings_of(opened, keys).put([*recordings, played(LATER, "loan", NOW_US + 1)])
    book = Book.at(opened.book, FixedClock(NOW_US))
    book.write_standing([Standing(FIRST, "REPORTED", 0.5, "reporting", 1, category="loan_finance", method="robot")])
    book.close()
    ran("campaigns", "link", "--home", opened.path, "--as-of", AS_OF)
    return opened


def test_who_played_the_same_is_linked_by_it_and_others_by_their_calls_only(home: Home) -> None:
    path = kept.latest(home)
    assert path is not None
    identities = Identities(KeyRing.open(home))
    [one] = kept.standing(path)
    described = kept.describe(path, identities, one.id)
    assert described is not None
    number = {member.key: member.number for member in described.members}
    assert number.keys() >= {identities.id_of(each).hex() for each in (FIRST, SECOND)}
    by_recording = [link for link in described.links if "recording" in link.families]
    assert [{number[link.a], number[link.b]} for link in by_recording] == [{FIRST, SECOND}], "not what comes later"
    assert len(by_recording[0].families) > 1


def test_people_read_what_was_said_beside_the_calls(home: Home) -> None:
    [one] = json.loads(ran("campaigns", "list", "--home", home.path, "--json"))
    assert "recording +" in ran("campaigns", "show", one["id"], "--home", home.path)
