"""Accounts, keys, sessions and the access log."""

from wurao.core.clock import FixedClock
from wurao.store.book import Book
from wurao.store.book.people import AccountRow, ApiKeyRow, LookRow, SessionRow


def test_accounts_and_keys_are_replaced_by_name(book: Book) -> None:
    assert book.account("admin") is None
    book.put_account(AccountRow("admin", "admin", "x"))
    book.put_account(AccountRow("admin", "operator", "y"))
    assert book.accounts() == [AccountRow("admin", "operator", "y")]
    key = ApiKeyRow("k", "edge", "kamailio", "hash", 5)
    book.put_api_key(key)
    assert book.api_key("k") == key
    assert book.api_key("other") is None


def test_expired_sessions_go_when_a_new_one_comes(book: Book, clock: FixedClock) -> None:
    first = SessionRow("a", "admin", clock.at_us + 5)
    book.put_session(first)
    assert book.session("a") == first
    clock.at_us += 5
    book.put_session(SessionRow("b", "admin", clock.at_us + 5))
    assert book.session("a") is None
    book.end_session("b")
    assert book.session("b") is None


def test_looks_are_kept_newest_first(book: Book) -> None:
    looks = [LookRow(at, "anna", 7, "number page") for at in (1, 2, 3)]
    book.log_looks([*looks, LookRow(4, "anna", 8, "number page")])
    book.log_looks([])
    assert book.looks_at(7) == looks[::-1]
    assert book.looks_at(7, limit=1) == looks[2:]
