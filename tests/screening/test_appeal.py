"""Appeals: states, limits, and what an upheld one does."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from wurao.core.clock import DAY_US, FixedClock
from wurao.core.errors import InputError, PolicyError
from wurao.core.standing import Standing
from wurao.screening import appeal
from wurao.store.book import Book
from wurao.store.book.rules import RuleBudget

NUMBER = 8_613_800_000_001


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(20_000 * DAY_US)


@pytest.fixture
def book(tmp_path: Path, clock: FixedClock) -> Iterator[Book]:
    opened = Book.at(tmp_path / "book.db", clock)
    opened.declare_rules({"REPORTED": RuleBudget("REPORTED", budget=1, window_days=7)})
    opened.write_standing([reported(5)])
    clock.at_us += 1
    yield opened
    opened.close()


def reported(reporters: int) -> Standing:
    return Standing(NUMBER, "REPORTED", 0.9, "reporting", 5, facts={"reporters": reporters, "days": 30})


def symbols(book: Book) -> list[str]:
    return [row.symbol for row in book.standing_of(NUMBER)]


def test_upheld_it_clears_the_number_and_charges_the_rule(book: Book, clock: FixedClock) -> None:
    filed = appeal.file(book, clock, NUMBER, receipt="r1", text="we are a clinic")
    assert filed.state == "pending"
    before = book.last_change()
    decided = appeal.decide(book, clock, filed.appeal_id, uphold=True, who="anna", reason="called them back")
    assert (decided.state, decided.decided_by) == ("redressed", "anna")
    assert symbols(book) == ["REDRESSED"]
    rule = book.rule("REPORTED")
    assert rule is not None
    assert rule.state == "shadow", "its budget of one false block is spent"
    assert [change.kind for change in book.changes_after(before)] == ["appeal", "rule", "standing"]
    assert book.upheld() == {NUMBER: clock.at_us}


def test_rejected_it_changes_nothing_of_the_number(book: Book, clock: FixedClock) -> None:
    filed = appeal.file(book, clock, NUMBER)
    appeal.decide(book, clock, filed.appeal_id, uphold=False, who="anna", reason="41 people reported it")
    assert symbols(book) == ["REPORTED"]
    with pytest.raises(InputError, match="not pending"):
        appeal.decide(book, clock, filed.appeal_id, uphold=True, who="anna", reason="again")


def test_the_same_receipt_pending_is_the_same_appeal(book: Book, clock: FixedClock) -> None:
    assert appeal.file(book, clock, NUMBER, receipt="r1") == appeal.file(book, clock, NUMBER, receipt="r1")


def test_a_number_can_not_flood_the_queue(book: Book, clock: FixedClock) -> None:
    for receipt in ("r1", "r2", "r3"):
        appeal.file(book, clock, NUMBER, receipt=receipt)
    with pytest.raises(PolicyError, match="often enough"):
        appeal.file(book, clock, NUMBER, receipt="r4")


def test_a_proven_holder_is_redressed_at_once_but_once_in_90_days(book: Book, clock: FixedClock) -> None:
    first = appeal.file(book, clock, NUMBER, receipt="r1", holder="acme")
    assert (first.state, first.probation_until_us) == ("redressed", clock.at_us + appeal.PROBATION_US)
    assert symbols(book) == ["REDRESSED"]
    assert book.redressed() == {NUMBER: clock.at_us}
    assert book.upheld() == {}, "nobody has judged the reporters"
    assert appeal.file(book, clock, NUMBER + 1, receipt="r2", holder="acme").state == "pending"
    clock.at_us += appeal.PROBATION_US
    assert appeal.file(book, clock, NUMBER + 1, receipt="r3", holder="acme").state == "redressed"


def test_a_redress_on_probation_lapses_when_reported_again(book: Book, clock: FixedClock) -> None:
    appeal.file(book, clock, NUMBER, holder="acme")
    book.write_standing([reported(2)])
    assert not appeal.lapse_if_reported(book, NUMBER)
    book.write_standing([reported(3)])
    assert appeal.lapse_if_reported(book, NUMBER)
    assert symbols(book) == ["REPORTED"]


@pytest.mark.parametrize(("number", "text"), [(0, ""), (NUMBER, "x" * 2001)])
def test_unusable_appeals_are_refused(book: Book, clock: FixedClock, number: int, text: str) -> None:
    with pytest.raises(InputError):
        appeal.file(book, clock, number, text=text)


def test_a_decision_needs_a_reason(book: Book, clock: FixedClock) -> None:
    filed = appeal.file(book, clock, NUMBER)
    with pytest.raises(InputError, match="reason"):
        appeal.decide(book, clock, filed.appeal_id, uphold=True, who="anna", reason=" ")


def test_a_holder_takes_over_what_nobody_proved_to_have_filed(book: Book, clock: FixedClock) -> None:
    strangers = appeal.file(book, clock, NUMBER, receipt="r1", text="mine!")
    clock.at_us += 1
    mine = appeal.file(book, clock, NUMBER, receipt="r1", text="we are a clinic", holder="acme")
    assert (mine.appeal_id, mine.state, mine.text) == (strangers.appeal_id, "redressed", "we are a clinic")
    assert book.appeal(mine.appeal_id) == mine
    assert mine.probation_until_us == clock.at_us + appeal.PROBATION_US
    again = appeal.file(book, clock, NUMBER, receipt="r2", holder="acme")
    assert (again.state, again.holder) == ("pending", "acme")
    assert appeal.file(book, clock, NUMBER, receipt="r2", holder="acme") == again


def test_strangers_can_not_use_up_what_the_holder_may_file(book: Book, clock: FixedClock) -> None:
    for receipt in ("r1", "r2", "r3"):
        appeal.file(book, clock, NUMBER, receipt=receipt)
    assert appeal.file(book, clock, NUMBER, receipt="r4", holder="acme").state == "redressed"
