"""Which number of a campaign took over from which: one begins about when another ends."""

from collections.abc import Iterable
from typing import Final

import msgspec

from wurao.core.campaigns import Link, Member
from wurao.core.clock import HOUR_US

OVERLAP_US: Final = 2 * HOUR_US
"""So long before the old number's last call the new one's first may come; more would be numbers side by side."""
GAP_US: Final = 36 * HOUR_US
"""So long after the old number's last call the new one's first may come, a day without work between them."""


class HandOver(msgspec.Struct, frozen=True):
    """The number with key ``new`` began ``gap_us`` after the last call of ``old`` (before it where negative)."""

    old: str
    new: str
    gap_us: int


def hand_overs(members: Iterable[Member], links: Iterable[Link]) -> list[HandOver]:
    """Return who took over from whom, each number once on either side: linked pairs first, then the closest in time."""
    p_same = {frozenset((link.a, link.b)): link.p_same for link in links}
    rows = sorted(members, key=lambda one: (one.first_us, one.key))
    possible = [
        (-p_same.get(frozenset((old.key, new.key)), 0.0), abs(new.first_us - old.last_us), old.key, new.key, old, new)
        for new in rows
        for old in rows
        if old.first_us < new.first_us and old.last_us < new.last_us
        if -OVERLAP_US <= new.first_us - old.last_us <= GAP_US
    ]
    gone: set[str] = set()
    begun: set[str] = set()
    found = []
    for *_, old, new in sorted(possible, key=lambda row: row[:4]):
        if old.key not in gone and new.key not in begun:
            gone.add(old.key)
            begun.add(new.key)
            found.append(HandOver(old.key, new.key, new.first_us - old.last_us))
    return found
