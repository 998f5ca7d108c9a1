"""Personal lists and what lies between a subscriber and a caller."""

import pytest

from wurao.core.clock import FixedClock
from wurao.core.errors import InputError
from wurao.core.payload import PairKind
from wurao.store.book import Book
from wurao.store.book.lists import MAX_LIST, Pair

ME, CALLER = 8_613_800_000_001, 8_613_900_000_002


def test_a_pair_is_told_by_number_and_by_block(book: Book) -> None:
    exact = Pair(ME, PairKind.ALLOW, CALLER)
    block = Pair(ME, PairKind.DENY, CALLER // 10**4, 4)
    book.put_pairs([exact, block, Pair(ME, PairKind.DENY, 5), Pair(ME + 1, PairKind.DENY, CALLER)])
    assert book.pairs_between(ME, CALLER) == [exact, block]
    assert book.pairs_of(ME, PairKind.ALLOW) == [exact]
    assert len(list(book.each_pair())) == 4
    assert [(c.subscriber, c.subject, c.span, c.note) for c in book.changes_after(0)][:2] == [
        (ME, CALLER, 0, "allow"),
        (ME, CALLER // 10**4, 4, "deny"),
    ]


def test_an_entry_ends_by_time_or_by_hand(book: Book, clock: FixedClock) -> None:
    book.put_pairs([Pair(ME, PairKind.EXPECTED, CALLER, until_us=clock.at_us + 1), Pair(ME, PairKind.ALLOW, CALLER)])
    clock.at_us += 1
    assert book.pairs_of(ME) == [Pair(ME, PairKind.ALLOW, CALLER)]
    assert book.end_pair(Pair(ME, PairKind.ALLOW, CALLER))
    assert not book.end_pair(Pair(ME, PairKind.ALLOW, CALLER))
    assert book.last_change() == 3


def test_a_list_of_ones_own_is_full_at_its_limit_and_the_write_is_undone(book: Book) -> None:
    book.put_pairs(Pair(ME, PairKind.DENY, number) for number in range(1, MAX_LIST + 1))
    with pytest.raises(InputError, match="at most 1000"):
        book.put_pairs([Pair(ME, PairKind.DENY, 10**6)])
    assert len(book.pairs_of(ME)) == MAX_LIST
    book.put_pairs([Pair(ME, PairKind.DENY, 1, until_us=0)])


def test_what_calls_teach_lets_the_oldest_go(book: Book, clock: FixedClock) -> None:
    book.put_pairs(Pair(ME, PairKind.ANSWERED, number) for number in range(1, MAX_LIST + 1))
    clock.at_us += 1
    book.put_pairs([Pair(ME, PairKind.ANSWERED, 10**6), Pair(ME, PairKind.ANSWERED, 10**6 + 1)])
    left = {pair.subject for pair in book.pairs_of(ME)}
    assert len(left) == MAX_LIST
    assert {10**6, 10**6 + 1} <= left
    assert not {1, 2} & left
