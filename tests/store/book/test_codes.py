"""Codes in the book: counted alone, tried a few times, turned into one proof – on both databases, old books too."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import text

from wurao.core.clock import DAY_US, FixedClock
from wurao.core.errors import StoreError
from wurao.store.book import Book, migrate
from wurao.store.book.codes import CodeRow
from wurao.store.book.engine import WRITES, open_engine

NUMBER = 8_613_800_138_000


def code(name: str, at_us: int, number: int = NUMBER) -> CodeRow:
    return CodeRow(name, number, "hash", at_us, at_us + 600)


def test_a_number_is_sent_so_many_a_day_however_many_ask_at_once(book: Book, clock: FixedClock) -> None:
    rows = [code(f"t{n}", clock.at_us) for n in range(12)]
    with ThreadPoolExecutor(6) as threads:
        sent = list(threads.map(lambda row: book.put_code(row, clock.at_us - DAY_US, 4), rows))
    assert sent.count(True) == 4
    assert book.codes_sent_since(clock.at_us - 1) == 4
    assert book.put_code(code("other", clock.at_us, NUMBER + 1), clock.at_us - DAY_US, 4)
    clock.at_us += DAY_US
    assert book.put_code(code("tomorrow", clock.at_us), clock.at_us - DAY_US, 4)
    assert book.try_code("t0", clock.at_us, 5) is None, "yesterday's are gone"


def test_a_code_is_tried_so_often_and_becomes_one_proof(book: Book, clock: FixedClock) -> None:
    now_us = clock.at_us
    book.put_code(code("t", now_us), 0, 4)
    with ThreadPoolExecutor(6) as threads:
        tried = list(threads.map(lambda _: book.try_code("t", now_us, 5), range(9)))
    assert sum(row is not None for row in tried) == 5
    assert book.put_code_proof("t", "proof", now_us + 9)
    assert not book.put_code_proof("t", "another", now_us + 9)
    assert book.code_proof("proof", now_us) == NUMBER
    assert book.code_proof("proof", now_us + 9) == book.code_proof("", now_us) == 0
    book.end_code_proof("proof")
    assert book.code_proof("proof", now_us) == 0


def test_what_was_not_sent_or_is_over_or_used_can_not_be_tried(book: Book, clock: FixedClock) -> None:
    book.put_code(code("withheld", clock.at_us), 0, 0)
    book.put_code(code("over", clock.at_us), 0, 4)
    book.put_code(code("used", clock.at_us), 0, 4)
    book.put_code_proof("used", "proof", clock.at_us + 9)
    assert book.try_code("withheld", clock.at_us, 5) is None
    assert book.try_code("over", clock.at_us + 600, 5) is None
    assert book.try_code("used", clock.at_us, 5) is None


def test_a_book_of_version_0001_is_upgraded_with_what_it_holds(url: str, clock: FixedClock) -> None:
    engine = open_engine(url)
    with engine.connect() as opened:
        connection = opened.execution_options(**{WRITES: True})
        with connection.begin():
            config = Config()
            config.set_main_option("script_location", str(migrate.files("wurao.store.book") / "migrations"))
            config.attributes["connection"] = connection
            command.upgrade(config, "0001")
            connection.execute(text("INSERT INTO rules VALUES ('REPORTED', 'live', 3, 7, 0, '')"))
    engine.dispose()
    with pytest.raises(StoreError, match="wurao upgrade"):
        Book(url, clock)
    book = Book(url, clock, upgrade=True)
    assert [rule.name for rule in book.rules()] == ["REPORTED"]
    assert book.put_code(code("t", clock.at_us), 0, 4)
    book.close()
