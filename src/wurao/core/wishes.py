"""A subscriber's wish: a level per trade and kind of nuisance, rules by segment, quiet hours.

People share few distinct wishes, so a wish is a frozen ``Profile`` that the book numbers with 16 bits; the shield
tables hold that number per subscriber and the 64-bit packing of each profile.

Packing, from the low bit: 13 levels of 2 bits | 6 segment rules of 2 bits | quiet start 6 | quiet end 6 | prefixes 1.
"""

from typing import Annotated, Final

import msgspec

from wurao.core.categories import CATEGORIES, TRADES
from wurao.core.errors import InputError

RING, LABEL, REJECT_CERTAIN, STRICT = range(4)
"""Levels: ring; label; reject what is certain (label what is likely); strict."""
KEYS: Final = (*TRADES, "harassment", "fraud", "unknown_bulk")
"""What a level can be given for; ``fraud`` stands for the whole class of illegal calls."""
SEGMENTS: Final = ("overseas", "hkmotw", "n400", "n95", "n950", "n106")
"""Number segments with a rule of their own: 0 ring, 1 label, 2 reject. n950 is 950/951."""
MAX_PROFILE: Final = 65_535

Level = Annotated[int, msgspec.Meta(ge=0, le=3)]
HalfHour = Annotated[int, msgspec.Meta(ge=0, le=47)]

_CLASS_KEYS: Final = {"harassment": KEYS.index("harassment"), "illegal": KEYS.index("fraud")}
_KEY_OF: Final = tuple(
    KEYS.index(category.name)
    if category.name in TRADES
    else KEYS.index("unknown_bulk")
    if category.of_class == "unknown"
    else _CLASS_KEYS.get(category.of_class, -1)
    for category in CATEGORIES
)


def key_of(category_code: int) -> int:
    """Return the index into ``KEYS`` that rules a category, -1 for legitimate ones, which always ring."""
    return _KEY_OF[category_code] if category_code < len(_KEY_OF) else -1


class Profile(msgspec.Struct, frozen=True):
    """One distinct wish; equal profiles share one number in the tables.

    ``levels`` follow ``KEYS``, ``segments`` follow ``SEGMENTS``; quiet hours are half hours of local time from
    ``quiet_start`` until ``quiet_end`` (equal: none) in which unknown callers are labelled and not rung aloud;
    ``prefixes`` says that the book holds number prefixes of the subscriber's own.
    """

    levels: tuple[Level, ...] = (0,) * len(KEYS)
    segments: tuple[Annotated[int, msgspec.Meta(ge=0, le=2)], ...] = (0,) * len(SEGMENTS)
    quiet_start: HalfHour = 0
    quiet_end: HalfHour = 0
    prefixes: bool = False

    def level(self, key: str) -> int:
        """Return the level wished for one of ``KEYS``."""
        return self.levels[KEYS.index(key)]


def default_profile(chosen: frozenset[str] = frozenset(TRADES)) -> Profile:
    """Return the wish after opt-in: reject what is certain in the ``chosen`` trades and fraud, label the rest."""
    wanted = chosen | {"fraud"}
    levels = (0 if key == "unknown_bulk" else REJECT_CERTAIN if key in wanted else LABEL for key in KEYS)
    return Profile(tuple(levels))


def strict_profile() -> Profile:
    """Return the wish that is strict in everything but unknown bulk, which it labels."""
    return Profile(tuple(LABEL if key == "unknown_bulk" else STRICT for key in KEYS))


def pack(profile: Profile) -> int:
    """Return a profile as the 64-bit word of the shield tables."""
    if len(profile.levels) != len(KEYS) or len(profile.segments) != len(SEGMENTS):
        raise InputError("a wish has one level per trade and one rule per segment")
    word = shift = 0
    for value in (*profile.levels, *profile.segments):
        word |= value << shift
        shift += 2
    return word | profile.quiet_start << 38 | profile.quiet_end << 44 | int(profile.prefixes) << 50


def unpack(word: int) -> Profile:
    """Return the profile that ``pack`` made a word of."""
    pairs = [word >> shift & 3 for shift in range(0, 38, 2)]
    return Profile(
        levels=tuple(pairs[: len(KEYS)]),
        segments=tuple(pairs[len(KEYS) :]),
        quiet_start=word >> 38 & 63,
        quiet_end=word >> 44 & 63,
        prefixes=bool(word >> 50 & 1),
    )
