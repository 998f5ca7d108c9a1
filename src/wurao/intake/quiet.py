"""How a wish file writes quiet hours and segment rules: ``22:00-07:30`` and ``overseas=2 n400=1``."""

import re
from typing import Final

from wurao.core.wishes import SEGMENTS

_HOURS: Final = re.compile(r"([01]?\d|2[0-3]):([03]0)\s*[-–]\s*([01]?\d|2[0-3]):([03]0)")
_RULE: Final = re.compile(rf"({'|'.join(SEGMENTS)})=[0-2]")


def half_hours(text: str) -> tuple[int, int]:
    """Return the half hours of the day, 0…47, from and until which it is quiet; (0, 0) if ``text`` tells none."""
    match = _HOURS.fullmatch(text.strip())
    if match is None:
        return 0, 0
    start, start_half, end, end_half = (int(part) for part in match.groups())
    return start * 2 + start_half // 30, end * 2 + end_half // 30


def wrong_hours(text: str) -> str | None:
    """Return why a text tells no quiet hours, None if it does."""
    return None if _HOURS.fullmatch(text.strip()) else "quiet hours are written 22:00-07:30, on half hours"


def wrong_rules(text: str) -> str | None:
    """Return why a text tells no segment rules, None if it does."""
    if all(_RULE.fullmatch(part) for part in text.split()):
        return None
    return f"segment rules are written such as overseas=2 n400=1; segments are {' '.join(SEGMENTS)}"
