"""One report at a time gives what the recompute gives."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from wurao.core.clock import DAY_US, FixedClock
from wurao.core.payload import OPAQUE_BASE
from wurao.core.standing import Standing
from wurao.reporting import live
from wurao.reporting.live import Vote
from wurao.store.book import Book

NOW_US = 20_000 * DAY_US + DAY_US // 2
NUMBER, ANNA = 8_613_800_000_001, 8_613_900_000_009


@pytest.fixture
def book(tmp_path: Path) -> Iterator[Book]:
    opened = Book.at(tmp_path / "book.db", FixedClock(NOW_US))
    yield opened
    opened.close()


def test_anonymous_votes_add_up_to_the_wilson_bound(book: Book) -> None:
    for _ in range(5):
        assert live.heed(book, Vote(NUMBER, NOW_US, category="fraud", weight=1.0), NOW_US)
    (row,) = book.standing_of(NUMBER)
    assert row.strength == pytest.approx(0.5655, abs=1e-3)
    assert (row.category, row.facts["reporters"]) == ("fraud", 5)


def test_earlier_votes_decay_before_the_new_one_is_added() -> None:
    first = live.with_vote(None, Vote(NUMBER, NOW_US, weight=1.0), NOW_US)
    later = NOW_US + 120 * DAY_US
    second = live.with_vote(first, Vote(NUMBER, later, weight=1.0), later)
    assert second.facts["votes"] == pytest.approx(1.5)


def test_a_reporter_counts_once_and_at_most_twenty_times_a_day(book: Book) -> None:
    assert live.heed(book, Vote(NUMBER, NOW_US, ANNA), NOW_US)
    assert not live.heed(book, Vote(NUMBER, NOW_US, ANNA), NOW_US)
    heeded = [live.heed(book, Vote(NUMBER + 1 + place, NOW_US, ANNA), NOW_US) for place in range(25)]
    assert sum(heeded) == 19


def test_one_more_vote_does_not_lift_hearsay_to_a_reject(book: Book) -> None:
    agreed = {"votes": 18.0, "wanted": 0.0, "proven": 2.2, "proven_wanted": 0.0}
    book.write_standing([Standing(NUMBER, "REPORTED", 0.38, "reporting", NOW_US, facts=agreed)])
    live.heed(book, Vote(NUMBER, NOW_US, ANNA), NOW_US)
    (row,) = book.standing_of(NUMBER)
    assert row.strength == pytest.approx(0.38)
    assert (row.facts["votes"], row.facts["proven"]) == (18.12, 2.32)


def test_wanted_lowers_and_700_numbers_are_not_learnt(book: Book) -> None:
    for wanted in (False, False, True):
        live.heed(book, Vote(NUMBER, NOW_US, wanted=wanted, weight=1.0), NOW_US)
    (row,) = book.standing_of(NUMBER)
    assert row.strength < 0.3
    assert not live.heed(book, Vote(OPAQUE_BASE + 1, NOW_US), NOW_US)
