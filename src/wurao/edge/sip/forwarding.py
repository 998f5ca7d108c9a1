"""Who forwarded a call, as History-Info tells it."""

import re
from typing import Final
from urllib.parse import unquote

MAX_HISTORY: Final = 8_192
_ENTRY: Final = re.compile(r"<(?:sips?|tel):([^<>@;:?,]{1,64})")


def forwarder(history: str) -> str:
    """Return the user who forwarded a call by its History-Info: the last entry is whom it goes to now (RFC 7044)."""
    users: list[str] = _ENTRY.findall(history[:MAX_HISTORY])
    return unquote(users[-2]) if len(users) > 1 else ""
