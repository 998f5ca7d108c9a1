"""Names of campaigns in both languages, from what they say: the trade, and the brand or number they are known by.

A number is told by its last four digits: whoever works on the case knows it again, nobody else can dial it.
"""

from collections.abc import Sequence
from typing import Final

import msgspec

from wurao.core.categories import find
from wurao.detection.scripts.evidence import Evidence, Kind

_FIRST: Final[tuple[Kind, ...]] = ("brand", "number", "host", "account", "amount")
_SHOWN: Final = 4


class Name(msgspec.Struct, frozen=True):
    """What people call a campaign."""

    zh: str
    en: str


def named(values: Sequence[Evidence], category: str = "unknown") -> Name:
    """Return a campaign's name from its values, most telling first, and its category (or sub-code)."""
    trade = find(category)
    known = min(values, key=lambda one: _FIRST.index(one.kind), default=None)
    zh, en = _told(known)
    if trade.name == "unknown":
        return Name(zh or "未命名话术", en or "unnamed script")
    return Name(" · ".join(filter(None, (trade.zh, zh))), " · ".join(filter(None, (trade.en, en))))


def _told(known: Evidence | None) -> tuple[str, str]:
    if known is None:
        return "", ""
    match known.kind:
        case "number":
            return f"回拨尾号 {known.value[-_SHOWN:]}", f"call back …{known.value[-_SHOWN:]}"
        case "amount":
            return f"金额 {known.value}", f"amount {known.value}"
        case _:
            return known.value, known.value
