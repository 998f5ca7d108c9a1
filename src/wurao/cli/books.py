"""The book as a command reads it: the home's own, or a copy that knows what reports said at another instant."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from wurao.core.clock import Clock, FixedClock
from wurao.edge.live.learning import learn
from wurao.store.book import Book
from wurao.store.home import Home
from wurao.store.identities import Identities
from wurao.store.keys import KeyRing
from wurao.store.lake import Lake


def learn_in(home: Home, book: Book, clock: Clock) -> int:
    """Weigh all reports of a home as of the clock into ``book``; return how many rows of standing that gave."""
    return learn(Lake(home), Identities(KeyRing.open(home)), book, clock)


@contextmanager
def book_as_of(home: Home, clock: Clock) -> Iterator[Book]:
    """Open the book of a home; with ``--as-of`` a copy in which all reports are weighed as of that instant."""
    if not isinstance(clock, FixedClock):
        with closing(Book.at(home.book, clock)) as book:
            yield book
        return
    with closing(Book.at(home.book, clock)):
        pass  # there is a book now, of this version
    with TemporaryDirectory(prefix="as-of-", dir=home.folder("scratch")) as scratch:
        copy = Path(scratch) / "book.db"
        with closing(sqlite3.connect(home.book)) as source, closing(sqlite3.connect(copy)) as target:
            source.backup(target)
        with closing(Book.at(copy, clock)) as book:
            learn_in(home, book, clock)
            yield book
