"""Verified callers, and numbers that change hands."""

import pytest

from wurao.core.clock import FixedClock
from wurao.core.standing import Standing
from wurao.store.book import Book
from wurao.store.book.registry import AssignmentEvent, VerifiedCaller

NUMBER = 8_613_800_000_001


def known(subject: int, span: int = 0) -> Standing:
    return Standing(subject, "REPORTED", 0.5, "reporting", 5, span=span)


def test_the_registry_answers_for_numbers_and_blocks(book: Book, clock: FixedClock) -> None:
    own = VerifiedCaller(NUMBER, "clinic", "appointments")
    block = VerifiedCaller(NUMBER // 100, "courier", "delivery", span=2, until_us=clock.at_us + 1)
    book.put_verified([block, own])
    assert book.verified_for(NUMBER) == [own, block]
    clock.at_us += 1
    assert list(book.each_verified()) == [own]
    book.end_verified(NUMBER)
    assert book.verified_for(NUMBER) == []
    assert [(c.kind, c.subject, c.span) for c in book.changes_after(2)] == [("verified", NUMBER, 0)]


@pytest.mark.parametrize(("event", "left"), [("released", 0), ("assigned", 0), ("ported", 1), ("suspended", 1)])
def test_a_number_in_new_hands_loses_its_standing_at_once(book: Book, event: str, left: int) -> None:
    book.write_standing([known(NUMBER), known(NUMBER // 1000, 3), known(NUMBER + 1)])
    book.put_verified([VerifiedCaller(NUMBER, "clinic", "appointments")])
    assert book.record_assignments([AssignmentEvent(NUMBER, event, 5)]) == 1
    assert len(book.standing_of(NUMBER)) == len(book.verified_for(NUMBER)) == left
    assert len(book.standing_of(NUMBER + 1)) == len(book.standing_of(NUMBER // 1000, 3)) == 1
    assert book.new_hands() == ({} if left else {NUMBER: 5})
    assert [(c.kind, c.subject, c.note) for c in book.changes_after(4)] == [("assignment", NUMBER, event)]


def test_the_same_event_again_does_not_clear_what_was_learnt_since(book: Book) -> None:
    event = AssignmentEvent(NUMBER, "assigned", 5)
    book.record_assignments([event])
    book.write_standing([known(NUMBER)])
    assert book.record_assignments([event]) == 0
    assert book.standing_of(NUMBER) == [known(NUMBER)]
