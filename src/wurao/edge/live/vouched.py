"""Numbers that somebody answers for: verified, taught as wanted at the desk, or given back on an appeal."""

from collections.abc import Iterable

from wurao.edge.live.numbers import DESK, WANTED
from wurao.edge.nouns import Vouched
from wurao.store.book import Book


class Vouches:
    """What the book knows; a verification that ended before ``at_us`` answers for nobody."""

    def __init__(self, book: Book, at_us: int) -> None:
        self._redressed = frozenset(book.redressed())
        self._taught = frozenset(row.subject for row in book.each_standing(DESK) if row.symbol == WANTED)
        self._verified: dict[int, dict[int, str]] = {}
        for entry in book.each_entry():
            if not 0 < entry.until_us <= at_us:
                self._verified.setdefault(entry.span, {})[entry.subject] = entry.organisation

    def of(self, numbers: Iterable[int]) -> dict[int, Vouched]:
        """Return those of the numbers that are vouched for; an organisation's word comes first."""
        found = {number: self._one(number) for number in numbers}
        return {number: vouched for number, vouched in found.items() if vouched}

    def _one(self, number: int) -> Vouched | None:
        for span, entries in self._verified.items():
            if (organisation := entries.get(number // 10**span)) is not None:
                return Vouched("verified", organisation)
        if number in self._taught:
            return Vouched("taught")
        return Vouched("redressed") if number in self._redressed else None
