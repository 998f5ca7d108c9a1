"""The id of a receipt: the Chinese day of the call and a secret, so that it can be read out and not be guessed."""

import re
import secrets
from base64 import urlsafe_b64encode
from typing import Final

from wurao.core.clock import CHINA_OFFSET_US, DAY_US, day_of

SECRET_BYTES: Final = 9
RECEIPT: Final = re.compile(r"\d{8}-[A-Za-z0-9_-]{12}", re.ASCII)


def fresh_secrets(calls: int) -> list[bytes]:
    """Return the secret part of so many receipts, drawn at once."""
    drawn = secrets.token_bytes(SECRET_BYTES * calls)
    return [drawn[at : at + SECRET_BYTES] for at in range(0, len(drawn), SECRET_BYTES)]


class Receipts:
    """Writes ids; remembers the text of the day it wrote last."""

    def __init__(self) -> None:
        self._known = (-1, "")

    def id_of(self, at_us: int, secret: bytes) -> str:
        """Return the id of a call at ``at_us`` (microseconds UTC), at most 21 characters of [A-Za-z0-9_-]."""
        day = (at_us + CHINA_OFFSET_US) // DAY_US
        known, text = self._known  # one tuple: threads may share us
        if day != known:
            text = day_of(at_us).replace("-", "")
            self._known = (day, text)
        return f"{text}-{urlsafe_b64encode(secret).decode()}"
