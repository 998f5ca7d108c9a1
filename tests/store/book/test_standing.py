"""Standing: what is written, cleared, expired and replaced."""

from hypothesis import given
from hypothesis import strategies as st

from wurao.core.clock import DAY_US, FixedClock
from wurao.core.standing import Standing
from wurao.store.book import Book, standing
from wurao.store.book.standing import StandingKey

NUMBER = 12_125_551_234


def known(subject: int, span: int = 0, symbol: str = "REPORTED", source: str = "reporting") -> Standing:
    return Standing(subject, symbol, 0.5, source, 5, span=span, category="fraud", facts={"reporters": 3, "days": 30})


def test_a_number_gathers_its_own_rows_and_those_of_blocks_around_it(book: Book) -> None:
    own, block, other = known(NUMBER), known(NUMBER // 1000, 3, "REPORTED_RANGE"), known(NUMBER + 1)
    prefix = known(NUMBER // 10**9, 9, "LISTED_RANGE")
    book.write_standing([prefix, block, other, own])
    assert book.standings_for(NUMBER) == [own, block, prefix]
    assert book.standing_of(NUMBER) == [own]
    assert book.standing_of(NUMBER // 1000, 3) == [block]


def test_a_later_row_of_the_same_symbol_replaces_the_earlier(book: Book) -> None:
    book.write_standing([known(NUMBER), known(NUMBER, symbol="LISTED")])
    later = Standing(NUMBER, "REPORTED", 0.9, "reporting", 6)
    book.write_standing([later], clear=[StandingKey(NUMBER, symbol="LISTED")])
    assert book.standing_of(NUMBER) == [later]


def test_clearing_what_is_not_there_is_no_change(book: Book) -> None:
    book.write_standing([], clear=[StandingKey(NUMBER)])
    assert book.last_change() == 0


def test_expired_rows_are_not_told_and_go_with_a_change(book: Book, clock: FixedClock) -> None:
    until = clock.at_us + DAY_US
    book.write_standing([Standing(NUMBER, "REPORTED", 0.5, "reporting", 5, expires_us=until), known(8)])
    clock.at_us = until
    assert book.standings_for(NUMBER) == []
    assert [row.subject for row in book.each_standing()] == [8]
    assert book.expire_standing() == 1
    assert [change.subject for change in book.changes_after(2)] == [NUMBER]


def test_replacing_one_plane_leaves_the_others(book: Book) -> None:
    book.write_standing([known(1), known(2), known(3, symbol="ROBOT_CALLER", source="detection")])
    assert book.replace_standing("reporting", (known(subject) for subject in (4, 5))) == 2
    assert sorted(row.subject for row in book.each_standing()) == [3, 4, 5]
    assert book.changes_after(3)[0].kind == "snapshot"


@given(facts=st.dictionaries(st.text(max_size=8), st.integers(-(2**53), 2**53) | st.text(max_size=8)))
def test_facts_come_back_as_they_went_in(facts: dict[str, int | float | str]) -> None:
    row = Standing(NUMBER, "REPORTED", 0.5, "reporting", 5, facts=facts)
    fields = standing._row(row)
    assert standing._standing(fields) == row
