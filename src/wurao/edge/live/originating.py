"""Own numbers as callers, for pages and commands: the policy says who is own, the book what they are registered for."""

from collections.abc import Callable

from wurao.detection.originating.days import own_days
from wurao.detection.originating.own import Own, OwnDay, Registered
from wurao.screening.policy import Policy
from wurao.store.book import Book
from wurao.store.identities import Identities
from wurao.store.lake import Lake


class LiveOriginating:
    """Reads the lake when asked; ``policy`` returns the one of now."""

    def __init__(self, lake: Lake, identities: Identities, book: Book, policy: Callable[[], Policy]) -> None:
        self._lake = lake
        self._identities = identities
        self._book = book
        self._policy = policy

    @property
    def anybody(self) -> bool:
        """Whether the policy says which numbers are own."""
        return self._own().anybody

    def days(self, from_us: int, to_us: int) -> list[OwnDay]:
        """Return what own numbers did on each day, those with most complaints a call first. Raises StoreError."""
        return own_days(self._lake, self._identities, self._own(), self._registered, from_us, to_us)

    def _own(self) -> Own:
        policy = self._policy()
        return Own(policy.originating.prefixes, policy.own_trunks)

    def _registered(self, number: int) -> Registered | None:
        return next(((one.organisation, one.purpose) for one in self._book.verified_for(number)), None)
