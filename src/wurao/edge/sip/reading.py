"""SIP requests as bytes from anyone: read within limits, or not at all."""

import re
from typing import Final

from sipmessage import Address, Message, Request

MAX_MESSAGE: Final = 8_192
MAX_LINE: Final = 1_024
"""Bytes of one header: the library's expressions need time that grows with their square."""
_FOLDED: Final = re.compile(rb"\r\n[ \t]+")
_BARE: Final = re.compile(rb"(?<!\r)\n|\r(?!\n)|\0")


def request(data: bytes) -> Request | None:
    """Return the request, None for a response, a keep-alive, what is too long or what can't be read."""
    head, end, body = data.partition(b"\r\n\r\n")
    if not end or len(data) > MAX_MESSAGE or _BARE.search(head):
        return None
    head = _FOLDED.sub(b" ", head)
    if any(len(line) > MAX_LINE for line in head.split(b"\r\n")):
        return None
    try:
        message = Message.parse(head + end + body)
    except ValueError:
        return None
    return message if isinstance(message, Request) else None


def user_of(message: Request, header: str) -> str:
    """Return the user of the first address in a header, empty where there is none; raises ValueError."""
    value = message.headers.get(header)
    return (Address.parse_many(value)[0].uri.user or "") if value else ""
