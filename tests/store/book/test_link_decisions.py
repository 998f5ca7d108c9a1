"""What analysts decided about two numbers: one decision a pair, whichever way they are named."""

import pytest

from wurao.core.errors import InputError
from wurao.store.book import Book


def test_a_later_decision_about_a_pair_replaces_the_earlier(book: Book) -> None:
    book.decide_link(9, 5, same=True, who="an", note="one script")
    book.decide_link(5, 9, same=False, who="bo")
    book.decide_link(5, 7, same=True, who="an")
    assert [(one.a, one.b, one.same, one.who) for one in book.link_decisions()] == [
        (5, 7, True, "an"),
        (5, 9, False, "bo"),
    ]


def test_a_number_has_no_link_with_itself(book: Book) -> None:
    with pytest.raises(InputError):
        book.decide_link(5, 5, same=True, who="an")


def test_decisions_about_an_erased_number_are_forgotten(book: Book) -> None:
    book.decide_link(5, 9, same=True, who="an")
    book.decide_link(5, 7, same=True, who="an")
    assert book.forget_link_decisions(9) == 1
    assert [(one.a, one.b) for one in book.link_decisions()] == [(5, 7)]


def test_a_decision_is_taken_back_whichever_way_the_pair_is_named(book: Book) -> None:
    book.decide_link(5, 9, same=True, who="an")
    book.decide_link(5, 7, same=True, who="an")
    book.take_back_link(9, 5)
    assert [(one.a, one.b) for one in book.link_decisions()] == [(5, 7)]
