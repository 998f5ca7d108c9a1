"""Wishes and personal lists, kept in the book and followed by the shield."""

from wurao.core.payload import PairKind
from wurao.core.wishes import Profile
from wurao.store.book import Book
from wurao.store.book.lists import Pair


class BookWishes:
    """The book as wishes are asked for and written."""

    def __init__(self, book: Book) -> None:
        self._book = book

    def get(self, subscriber: int) -> Profile | None:
        """Return the wish of a subscriber, None if not enrolled."""
        return self._book.wish_of(subscriber)

    def put(self, subscriber: int, profile: Profile) -> None:
        """Write the wish of a subscriber; effective within a second."""
        self._book.set_wishes({subscriber: profile})

    def allow(self, subscriber: int, number: int) -> None:
        """Put a number on the subscriber's allow list and off the deny list."""
        self._move(subscriber, number, PairKind.DENY, PairKind.ALLOW)

    def deny(self, subscriber: int, number: int) -> None:
        """Put a number on the subscriber's deny list and off the allow list."""
        self._move(subscriber, number, PairKind.ALLOW, PairKind.DENY)

    def denied(self, subscriber: int) -> list[int]:
        """Return the numbers on the subscriber's deny list, ascending; blocks of numbers are left out."""
        return [pair.subject for pair in self._book.pairs_of(subscriber, PairKind.DENY) if not pair.span]

    def forgive(self, subscriber: int, number: int) -> None:
        """Take a number off the subscriber's deny list."""
        self._book.end_pair(Pair(subscriber, PairKind.DENY, number))

    def _move(self, subscriber: int, number: int, off: PairKind, to: PairKind) -> None:
        with self._book.together():
            self._book.end_pair(Pair(subscriber, off, number))
            self._book.put_pairs([Pair(subscriber, to, number)])
