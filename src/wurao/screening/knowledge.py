"""All that screening knows of numbers: standing in the book, the registry of verified callers, the operator's maps."""

from collections.abc import Iterable, Iterator

from wurao.core.standing import Standing
from wurao.screening.maps import OperatorMaps, Subject
from wurao.store.book import Book
from wurao.store.book.registry import VerifiedCaller

VERIFIED_CALLER = "VERIFIED_CALLER"
"""The symbol of the registry."""


class Knowledge:
    """Reads standing by number or all at once; what has expired by the book's clock is left out."""

    def __init__(self, book: Book, maps: OperatorMaps) -> None:
        self._book = book
        self._maps = maps

    def every(self) -> Iterator[Standing]:
        """Yield every row of standing."""
        yield from self._book.each_standing()
        yield from (_verified(entry) for entry in self._book.each_verified())
        yield from self._maps.every()

    def of(self, subjects: Iterable[Subject]) -> Iterator[Standing]:
        """Yield the rows of exactly these numbers and blocks."""
        for subject, span in subjects:
            yield from self._book.standing_of(subject, span)
            registry = self._book.verified_for(subject * 10**span)
            yield from (_verified(v) for v in registry if (v.subject, v.span) == (subject, span))
            yield from self._maps.standing_of(subject, span)

    def around(self, number: int) -> list[Standing]:
        """Return all that speaks of a number: its own rows first, then those of the blocks around it."""
        rows = self._book.standings_for(number)
        rows += [_verified(entry) for entry in self._book.verified_for(number)]
        for span in range(12):
            rows += self._maps.standing_of(number // 10**span, span)
        return sorted(rows, key=lambda row: row.span)


def _verified(entry: VerifiedCaller) -> Standing:
    facts: dict[str, int | float | str] = {"organisation": entry.organisation, "purpose": entry.purpose}
    return Standing(
        entry.subject, VERIFIED_CALLER, 1.0, "registry", 0, span=entry.span, facts=facts, expires_us=entry.until_us
    )
