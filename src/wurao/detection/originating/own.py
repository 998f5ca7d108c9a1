"""What is told of an own number on one day, and whether complaints contradict its registered purpose."""

from collections.abc import Callable
from typing import Final, NamedTuple

import msgspec

from wurao.core.categories import CATEGORIES, UNKNOWN, Category, find

ENOUGH: Final = 2
"""People whose complaints name the same category before it is held against a registered purpose."""

Registered = tuple[str, str]
"""Organisation and purpose of an entry of the registry."""
Registry = Callable[[int], Registered | None]
"""Returns who answers for a number, None where nobody does."""


class Own(NamedTuple):
    """Which callers are own: by the digits that their numbers begin with, or by the trunk they come over."""

    prefixes: tuple[str, ...] = ()
    trunks: tuple[str, ...] = ()

    @property
    def anybody(self) -> bool:
        """Whether anything says which numbers are own."""
        return bool(self.prefixes or self.trunks)


class OwnDay(msgspec.Struct, frozen=True):
    """An own number on one local day.

    ``calls`` come from call records, else from the edge's decisions, which don't know how a call ended: then
    ``answered``, ``short`` (talks below 8 s) and ``rejected`` (by the called person or a network on the way) are None.
    ``complainants`` counts people, ``complaint`` is the category that most of them name. ``contradiction`` is None
    where purpose or complaints say too little.
    """

    day: str
    number: int
    calls: int
    callees: int
    answered: int | None
    short: int | None
    rejected: int | None
    complainants: int
    complaint: str
    organisation: str
    purpose: str
    contradiction: bool | None

    @property
    def complaint_rate(self) -> float:
        """Complainants a call; complaints without any known call weigh as one each."""
        return self.complainants / max(self.calls, 1)

    @property
    def answered_share(self) -> float | None:
        """Answered calls of all, None where it isn't known."""
        return None if self.answered is None or not self.calls else self.answered / self.calls


def contradiction(purpose: str, complaint: str, agreeing: int) -> bool | None:
    """Tell whether ``agreeing`` people who name ``complaint`` contradict a registered purpose; None: can't be judged.

    A purpose is judged where it is a category's name or its Chinese or English text.
    """
    registered, named = _category(purpose), find(complaint)
    if UNKNOWN in (registered, named) or agreeing < ENOUGH:
        return None
    return registered != named


def _category(purpose: str) -> Category:
    said = purpose.strip().casefold()
    return next((one for one in CATEGORIES if said in (one.name, one.zh, one.en.casefold())), find(said))
