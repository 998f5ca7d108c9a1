"""What the desk rules and what appeals uphold says how far reporters are believed."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from wurao.core.clock import FixedClock
from wurao.core.standing import Standing
from wurao.edge.live.learning import learn
from wurao.edge.live.numbers import DESK, NUISANCE, WANTED
from wurao.edge.live.reports import LiveReports
from wurao.edge.nouns import Report
from wurao.store.book import Book
from wurao.store.home import Home
from wurao.store.identities import Identities
from wurao.store.journal import Journal
from wurao.store.keys import KeyRing
from wurao.store.lake import Lake

NOW = 1_700_000_000_000_000
ANNA, JUDGED, CALLER = 8_613_900_000_000, 8_617_012_340_000, 8_617_012_350_000


@pytest.fixture
def learnt(tmp_path: Path) -> Iterator[tuple[Book, Lake, Identities]]:
    """Anna's two reports at rest, three strangers' of the second number, and a book."""
    home = Home.create(tmp_path / "home")
    clock = FixedClock(NOW)
    with home.lock():
        identities, lake = Identities(KeyRing.open(home)), Lake(home)
        with Journal(home) as journal:
            reports = LiveReports(clock, lake, journal, identities, lambda n: n >= ANNA, lambda _: None)
            for subject, reporter in ((JUDGED, ANNA), *((CALLER, ANNA + who) for who in range(4))):
                reports.file(Report(subject=subject, occurred_us=NOW - 5, reporter=reporter, category="fraud"))
        book = Book.at(home.path / "book.db", clock)
        yield book, lake, identities
        book.close()


def _proven(learnt: tuple[Book, Lake, Identities]) -> float:
    book, lake, identities = learnt
    learn(lake, identities, book, FixedClock(NOW))
    return sum(float(row.facts["proven"]) for row in book.standing_of(CALLER) if row.symbol == "REPORTED")


@pytest.mark.parametrize(("ruling", "lower", "upper"), [(NUISANCE, 0.8, 0.9), (None, 0.48, 0.48), (WANTED, 0.4, 0.45)])
def test_the_desk_proves_or_disproves_who_reported(
    learnt: tuple[Book, Lake, Identities], ruling: str | None, lower: float, upper: float
) -> None:
    if ruling:
        learnt[0].write_standing([Standing(JUDGED, ruling, 1.0, DESK, NOW)])
    assert lower <= _proven(learnt) <= upper
