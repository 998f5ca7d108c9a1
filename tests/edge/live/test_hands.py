"""Numbers that change hands are told once, those announced for later again when their time has come."""

import pytest

from wurao.core.clock import DAY_US, FixedClock
from wurao.edge.live.hands import Hands
from wurao.store.book import Book, transaction
from wurao.store.book.registry import AssignmentEvent

NOW_US = 20_000 * DAY_US
ONE, OTHER = 8613712345678, 8613712345679


@pytest.fixture
def book(tmp_path):
    made = Book.at(tmp_path / "book.db", FixedClock(NOW_US))
    yield made
    made.close()


def moved(book, number, at_us, event="assigned"):
    book.record_assignments([AssignmentEvent(number, event, at_us)])


def test_all_are_told_at_first_and_then_what_is_new(book):
    moved(book, ONE, NOW_US - DAY_US)
    hands = Hands(book, FixedClock(NOW_US))
    assert hands.changed() == {ONE: NOW_US - DAY_US}
    assert hands.changed() == {}
    moved(book, OTHER, NOW_US, "released")
    assert hands.changed() == {OTHER: NOW_US}
    assert hands.changed() == {}


def test_what_is_announced_is_told_again_in_time(book):
    clock = FixedClock(NOW_US)
    hands = Hands(book, clock)
    moved(book, ONE, NOW_US + DAY_US)
    assert hands.changed() == {ONE: NOW_US + DAY_US}
    assert hands.changed() == {}
    hands._clock = FixedClock(NOW_US + DAY_US)
    assert hands.changed() == {ONE: NOW_US + DAY_US}
    assert hands.changed() == {}


def test_a_mass_of_them_is_told_too(book, monkeypatch):
    hands = Hands(book, FixedClock(NOW_US))
    hands.changed()
    monkeypatch.setattr(transaction, "MASS", 1)
    book.record_assignments([AssignmentEvent(number, "assigned", NOW_US) for number in (ONE, OTHER)])
    assert hands.changed() == {ONE: NOW_US, OTHER: NOW_US}
