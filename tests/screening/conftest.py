"""A home with a book and its shield, at a fixed instant."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from wurao.core.clock import FixedClock
from wurao.core.standing import Standing
from wurao.core.wishes import strict_profile
from wurao.screening._decide import Decider, Decision
from wurao.screening.compiling import compiled
from wurao.screening.shield import Shield, public_keys
from wurao.store.book import Book
from wurao.store.home import Home
from wurao.store.keys import KeyRing
from wurao.store.tables.tableset import TableSet

NOW_US = 1_790_000_000_000_000
SUBSCRIBER = 8613900000001


@dataclass
class Place:
    """One home as a writer and a reader see it."""

    home: Home
    book: Book
    clock: FixedClock
    subscriber: int = SUBSCRIBER
    robot: int = 8613512345678

    def report(self, number: int, strength: float = 0.9, symbol: str = "REPORTED", span: int = 0) -> None:
        """Let a plane write standing of a number or block."""
        row = Standing(number, symbol, strength, "reporting", NOW_US, span=span, category="securities", method="robot")
        self.book.write_standing([row])

    def shield(self) -> Shield:
        return Shield(self.home, self.book, self.clock)

    def decider(self) -> Decider:
        tables = TableSet.open(self.home.folder("tables"), public_keys(KeyRing.open(self.home)))
        return Decider(tables, compiled(Shield(self.home, self.book, self.clock).policy))

    def decide(self, caller: int, callee: int = SUBSCRIBER, ingress: str = "") -> Decision:
        return self.decider().decide(caller, callee, ingress, NOW_US)


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    home = Home.create(tmp_path / "home")
    clock = FixedClock(NOW_US)
    book = Book.at(home.book, clock)
    book.set_wish(SUBSCRIBER, strict_profile())
    with home.lock():
        yield Place(home, book, clock)
    book.close()
