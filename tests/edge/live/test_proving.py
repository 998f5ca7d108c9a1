"""Codes over a real book and the operator's program: once, for a while, a few tries, never in clear at rest."""

import json
import sqlite3
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from wurao.core.clock import HOUR_US, MINUTE_US, FixedClock
from wurao.core.errors import InputError
from wurao.edge.live.delivering import Code, Errands
from wurao.edge.live.proving import BookChallenges, LiveProofs, code_key
from wurao.screening.policy import Appeal
from wurao.store.book import Book
from wurao.store.home import Home
from wurao.store.keys import KeyRing

NOW_US = 1_790_000_000_000_000
NUMBER = 8613712345678


def wait_for(found: Callable[[], object]) -> None:
    ends = time.monotonic() + 10
    while not found():
        assert time.monotonic() < ends
        time.sleep(0.02)


class Phone:
    """Takes what a network would say to a number."""

    def __init__(self) -> None:
        self.heard: list[Code] = []

    def __call__(self, code: Code) -> None:
        self.heard.append(code)

    def last(self, count: int = 1) -> str:
        wait_for(lambda: len(self.heard) >= count)
        return self.heard[-1].code


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(NOW_US)


@pytest.fixture
def phone() -> Phone:
    return Phone()


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home.create(tmp_path / "home")


@pytest.fixture
def book(home: Home, clock: FixedClock) -> Iterator[Book]:
    book = Book.at(home.book, clock)
    yield book
    book.close()


def proofs_over(book: Book, home: Home, clock: FixedClock, phone: Phone | None, **appeal: object) -> LiveProofs:
    section = Appeal("/appeal/{evidence_id}", **appeal)
    return LiveProofs(clock, BookChallenges(book), code_key(KeyRing.open(home)), lambda: section, Errands(phone))


@pytest.fixture
def proofs(book: Book, home: Home, clock: FixedClock, phone: Phone) -> LiveProofs:
    return proofs_over(book, home, clock, phone)


def other_than(code: str) -> str:
    return f"{(int(code) + 1) % 10**6:06d}"


def test_the_right_code_becomes_a_proof_once_and_for_a_while(proofs, phone, clock) -> None:
    ticket = proofs.ask(NUMBER, "zh")
    code = phone.last()
    assert phone.heard == [Code("+8613712345678", code, 10, "zh")]
    assert proofs.prove(ticket.ticket, other_than(code)) is None
    proof = proofs.prove(ticket.ticket, code)
    assert proofs.number(proof.proof) == NUMBER
    assert proofs.prove(ticket.ticket, code) is None, "a code works once"
    clock.at_us += 30 * MINUTE_US
    assert proofs.number(proof.proof) == 0
    assert proofs.number("") == proofs.number(ticket.ticket) == 0


def test_a_code_works_with_its_own_ticket_only_for_ten_minutes_and_five_tries(proofs, phone, clock) -> None:
    mine, anothers = proofs.ask(NUMBER, "zh"), proofs.ask(NUMBER + 1, "zh")
    wait_for(lambda: len(phone.heard) == 2)
    code = next(heard.code for heard in phone.heard if heard.number.endswith("678"))
    assert proofs.prove(anothers.ticket, other_than(code)) is None
    for _ in range(5):
        assert proofs.prove(mine.ticket, other_than(code)) is None
    assert proofs.prove(mine.ticket, code) is None, "five tries are used up"
    late = proofs.ask(NUMBER, "zh")
    code = phone.last(3)
    clock.at_us += 10 * MINUTE_US
    assert proofs.prove(late.ticket, code) is None


@pytest.mark.parametrize("odd", ["", "12345", "1234567", "１２３４５６", "12 456", "\x00\ud800", "a" * 16])
def test_what_is_no_code_is_only_wrong(proofs, phone, odd) -> None:
    ticket = proofs.ask(NUMBER, "en")
    assert proofs.prove(ticket.ticket, odd) is None
    assert proofs.prove("no ticket", "123456") is None
    assert proofs.prove(ticket.ticket, phone.last()) is not None


def test_a_number_is_rung_four_times_a_day_and_nobody_can_tell(proofs, phone, clock) -> None:
    tickets = [proofs.ask(NUMBER, "zh") for _ in range(6)]
    wait_for(lambda: len(phone.heard) == 4)
    assert len({(len(one.ticket), one.expires_us) for one in tickets}) == 1
    assert [proofs.prove(tickets[-1].ticket, heard.code) for heard in phone.heard] == [None] * 4
    assert outcomes(proofs) == {"sent": 4, "withheld": 2}
    clock.at_us += 24 * HOUR_US
    proofs.ask(NUMBER, "zh")
    wait_for(lambda: len(phone.heard) == 5)


def test_all_codes_together_have_a_limit(book, home, clock, phone) -> None:
    proofs = proofs_over(book, home, clock, phone, codes_an_hour=3)
    assert [proofs.ask(NUMBER + n, "zh") is None for n in range(5)] == [False] * 3 + [True] * 2
    clock.at_us += HOUR_US
    assert proofs.ask(NUMBER, "zh") is not None


def test_without_a_way_to_send_them_there_are_no_codes(book, home, clock) -> None:
    proofs = proofs_over(book, home, clock, None, short_code="10086999")
    assert (proofs.redress().codes, proofs.redress().short_code) == (False, "10086999")
    with pytest.raises(InputError, match="no codes are sent here"):
        proofs.ask(NUMBER, "zh")


def test_a_foreign_number_is_not_rung(proofs, phone) -> None:
    with pytest.raises(InputError, match="kind of number"):
        proofs.ask(16_502_530_000, "zh")
    assert phone.heard == []


def test_neither_codes_nor_tickets_nor_proofs_rest_in_clear(proofs, phone, book, home) -> None:
    ticket = proofs.ask(NUMBER, "zh")
    code = phone.last()
    proof = proofs.prove(ticket.ticket, code)
    with sqlite3.connect(home.book) as connection:
        kept = [str(value) for row in connection.execute("SELECT * FROM codes") for value in row]
    connection.close()
    assert not {code, ticket.ticket, proof.proof} & set(kept)
    assert sum(len(value) == 64 for value in kept) == 3


def test_the_operators_program_reads_the_code_from_its_input(book, home, clock, tmp_path) -> None:
    proofs = proofs_over(book, home, clock, None, code_command=("/bin/sh", "-c", f"cat > {tmp_path}/heard"))
    ticket = proofs.ask(NUMBER, "en")
    wait_for(lambda: outcomes(proofs))
    heard = json.loads((tmp_path / "heard").read_text())
    assert (heard["number"], heard["minutes"], heard["language"]) == ("+8613712345678", 10, "en")
    assert proofs.prove(ticket.ticket, heard["code"]) is not None
    assert outcomes(proofs) == {"sent": 1}


@pytest.mark.parametrize("command", [("/bin/false",), ("/no/such/program",)])
def test_a_program_that_fails_is_counted_and_its_number_masked(book, home, clock, caplog, command) -> None:
    proofs = proofs_over(book, home, clock, None, code_command=command)
    assert proofs.ask(NUMBER, "zh") is not None
    wait_for(lambda: outcomes(proofs))
    assert outcomes(proofs) == {"failed": 1}
    assert "137****5678" in caplog.text
    assert str(NUMBER) not in caplog.text


def outcomes(proofs: LiveProofs) -> dict[str, float]:
    samples = next(iter(proofs.outcomes.collect())).samples
    return {one.labels["outcome"]: one.value for one in samples if one.name.endswith("_total")}
