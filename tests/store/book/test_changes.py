"""Numbered changes: in the writer's transaction, without gaps, and never seen out of order."""

import threading

import pytest

from wurao.core.clock import FixedClock
from wurao.core.standing import Standing
from wurao.core.wishes import default_profile
from wurao.store.book import Book
from wurao.store.book.transaction import MASS


def known(subject: int, strength: float = 0.5) -> Standing:
    return Standing(subject, "REPORTED", strength, "reporting", 1)


def test_each_write_adds_its_changes_in_order(book: Book, clock: FixedClock) -> None:
    book.write_standing([known(7), known(8)])
    book.set_wish(86_138_0000_0000, default_profile())
    seen = book.changes_after(0)
    assert [(c.number, c.kind, c.subject, c.subscriber) for c in seen] == [
        (1, "standing", 7, 0),
        (2, "standing", 8, 0),
        (3, "wish", 0, 86_138_0000_0000),
    ]
    assert {c.at_us for c in seen} == {clock.at_us}
    assert book.changes_after(2) == seen[2:]
    assert book.changes_after(0, limit=1) == seen[:1]
    assert book.last_change() == 3


def test_an_undone_transaction_uses_no_number_up(book: Book) -> None:
    def interrupted() -> None:
        with book.together():
            book.write_standing([known(7)])
            raise KeyError

    with pytest.raises(KeyError):
        interrupted()
    assert book.standing_of(7) == []
    book.write_standing([known(8)])
    assert [c.number for c in book.changes_after(0)] == [1]


def test_together_sees_its_own_writes(book: Book) -> None:
    with book.together():
        book.write_standing([known(7)])
        assert book.standing_of(7) == [known(7)]
        assert book.changes_after(0) == []


def test_a_mass_of_changes_becomes_one_snapshot(book: Book) -> None:
    book.set_wishes(dict.fromkeys(range(1, MASS + 2), default_profile()))
    assert [(c.number, c.kind) for c in book.changes_after(0)] == [(1, "snapshot")]
    assert sum(1 for _ in book.each_wish()) == MASS + 1


def test_a_mass_file_is_known_by_kind(book: Book) -> None:
    assert book.snapshot("wishes") is None
    book.put_snapshot("wishes", "a.parquet", "00", 5)
    book.put_snapshot("wishes", "b.parquet", "11", 6)
    kept = book.snapshot("wishes")
    assert kept is not None
    assert (kept.path, kept.rows) == ("b.parquet", 6)
    assert [c.note for c in book.changes_after(0)] == ["wishes", "wishes"]


def test_a_follower_among_concurrent_writers_misses_no_number(url: str, clock: FixedClock) -> None:
    writers, each = 4, 25
    books = [Book(url, clock) for _ in range(writers)]
    follower = Book(url, clock)

    def write(mine: int) -> None:
        for step in range(each):
            rows = [known(mine * 1000 + step), known(99, step / 100), known(98)]
            books[mine].write_standing(rows if mine % 2 else rows[::-1])

    threads = [threading.Thread(target=write, args=(mine,)) for mine in range(writers)]
    for thread in threads:
        thread.start()
    seen: list[int] = []
    while any(thread.is_alive() for thread in threads) or len(seen) < follower.last_change():
        seen += [change.number for change in follower.changes_after(seen[-1] if seen else 0)]
    for thread in threads:
        thread.join()
    for one in (*books, follower):
        one.close()
    assert seen == list(range(1, writers * each * 3 + 1))


def test_concurrent_writers_of_new_profiles_agree_on_numbers(url: str, clock: FixedClock) -> None:
    books = [Book(url, clock) for _ in range(3)]
    wanted = [default_profile(frozenset({trade})) for trade in ("retail", "education", "insurance", "securities")]
    given: list[dict[int, int]] = [{} for _ in books]

    def write(mine: int) -> None:
        for place, profile in enumerate(wanted):
            given[mine][place] = books[mine].set_wish(mine + 1, profile)

    threads = [threading.Thread(target=write, args=(mine,)) for mine in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert given[0] == given[1] == given[2]
    assert sorted(books[0].profiles()) == [1, 2, 3, 4]
    for one in books:
        one.close()
