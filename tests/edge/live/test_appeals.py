"""What the holder of a number is told is taken from calls that the network itself refused, in the holder's time."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from wurao.core.clock import DAY_US, FixedClock, day_of
from wurao.core.standing import Standing
from wurao.edge.live.appeals import LiveAppeals
from wurao.edge.nouns import Decision, DecisionFilter
from wurao.screening.grounds import Grounds
from wurao.screening.policy import Rule
from wurao.store.book import Book
from wurao.store.book.registry import AssignmentEvent

NOW_US = 1_790_000_000_000_000
NUMBER, CALLEE = 8613712345678, 8613900139000
RULES = {
    "REPORTED": Rule("standing", "reports", 20.0, "多人举报", "reported by several people"),
    "ROBOT_CALLER": Rule("standing", "behaviour", 16.0, "像机器人", "calls like a robot"),
}


class Calls:
    """A history of a few decisions."""

    def __init__(self) -> None:
        self.rows: list[Decision] = []

    def find(self, wanted: DecisionFilter) -> list[Decision]:
        return [row for row in self.rows if wanted.number in (row.caller, row.callee) and row.at_us >= wanted.since_us]

    def get(self, receipt: str) -> Decision | None:
        return next((row for row in self.rows if row.receipt == receipt), None)

    def call(self, days_ago: int, symbol: str, **other: object) -> None:
        usual = {"action": "reject", "guard": "system", "state": "live", "caller": NUMBER, "callee": CALLEE}
        told = {"category": "securities", "code": 603, "score_deci": 176, "ingress": "a", "generation": 1, "change": 1}
        at_us = NOW_US - days_ago * DAY_US
        self.rows.append(Decision(receipt=f"r{days_ago}", at_us=at_us, symbols=(symbol,), **(usual | told | other)))


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(NOW_US)


@pytest.fixture
def book(tmp_path: Path, clock: FixedClock) -> Iterator[Book]:
    book = Book.at(tmp_path / "book.db", clock)
    yield book
    book.close()


@pytest.fixture
def calls() -> Calls:
    return Calls()


@pytest.fixture
def appeals(book: Book, clock: FixedClock, calls: Calls) -> LiveAppeals:
    return LiveAppeals(clock, book, calls, lambda: RULES)  # type: ignore[arg-type]


def test_refused_calls_and_what_stands_against_the_number_are_told(appeals, calls, book) -> None:
    calls.call(3, "REPORTED")
    calls.call(1, "ROBOT_CALLER")
    book.write_standing([Standing(NUMBER, "REPORTED", 0.6, "reporting", NOW_US, facts={"reporters": 41})])
    days = day_of(NOW_US - 3 * DAY_US), day_of(NOW_US - DAY_US)
    assert appeals.grounds(NUMBER) == Grounds(("securities",), ("behaviour", "reports"), *days, 20)


@pytest.mark.parametrize(
    "other",
    [
        {"guard": "denied"},
        {"guard": "segment"},
        {"action": "label"},
        {"state": "shadow"},
        {"caller": CALLEE, "callee": NUMBER},
    ],
)
def test_own_lists_labels_trials_and_calls_to_the_number_are_not_told(appeals, calls, other) -> None:
    calls.call(1, "REPORTED", **other)
    assert appeals.grounds(NUMBER) == Grounds()


def test_what_was_before_the_number_changed_hands_is_not_told(appeals, calls, book, clock) -> None:
    calls.call(9, "REPORTED")
    first = appeals.file(NUMBER, "", "", proven=True)
    assert first.state == "redressed"
    clock.at_us += DAY_US
    book.record_assignments([AssignmentEvent(NUMBER, "assigned", clock.at_us)])
    assert appeals.grounds(NUMBER) == Grounds()
    assert appeals.of(NUMBER) == []
    clock.at_us += DAY_US
    assert appeals.file(NUMBER, "", "", proven=True).state == "redressed", "the new holder had none yet"
    assert appeals.file(NUMBER, "r", "", proven=True).state == "pending"
    assert len(appeals.of(NUMBER)) == 2
