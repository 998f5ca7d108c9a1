"""Wishes and their profile numbers."""

import pytest

from wurao.core.clock import FixedClock
from wurao.core.errors import StoreError
from wurao.core.wishes import MAX_PROFILE, Profile, default_profile, strict_profile
from wurao.store.book import Book
from wurao.store.book.transaction import take_numbers

ME = 8_613_800_000_001


def test_equal_wishes_share_a_number(book: Book) -> None:
    numbers = book.set_wishes({1: default_profile(), 2: strict_profile(), 3: default_profile()})
    assert numbers[1] == numbers[3] != numbers[2]
    assert book.profile_number(default_profile()) == numbers[1]
    assert book.profiles() == {numbers[1]: default_profile(), numbers[2]: strict_profile()}
    assert list(book.each_wish()) == sorted(numbers.items())


def test_a_wish_ends_by_time_or_by_hand(book: Book, clock: FixedClock) -> None:
    book.set_wish(ME, default_profile(), until_us=clock.at_us + 1)
    assert book.wish_of(ME) == default_profile()
    clock.at_us += 1
    assert book.wish_of(ME) is None
    book.set_wish(ME, strict_profile())
    book.end_wish(ME)
    assert book.wish_of(ME) is None
    assert [(c.kind, c.subscriber) for c in book.changes_after(0)] == [("wish", ME)] * 3


def test_there_are_no_more_than_16_bits_of_profiles(book: Book) -> None:
    with book.together() as writing:
        take_numbers(writing.connection, "profile", MAX_PROFILE)
    with pytest.raises(StoreError, match="65535"):
        book.profile_number(Profile(prefixes=True))
    assert MAX_PROFILE == 65_535
