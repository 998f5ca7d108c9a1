"""Telephone numbers: from any way of writing to one 64-bit integer and back.

``parse`` is the fast path that the call path uses; ``read`` asks ``phonenumbers`` (Google's libphonenumber metadata)
where the fast path doesn't decide and says what is wrong with what can't be read. Chinese numbers must exist by the
numbering plan, foreign ones need only a possible length: callers make numbers up, and a made-up caller is a fact too.
Not done: portability (a number's carrier is no part of it) and carriers' IP-dialling prefixes.
"""

import re
import unicodedata
from typing import Final

from wurao.core import numbering
from wurao.core._numbers import is_950_number as is_950
from wurao.core._numbers import is_public_service, judge, kind_code, kinds_many, parse, read_many
from wurao.core.errors import InputError
from wurao.core.numbering import ANONYMOUS, HASHED, SERVICE, TAG_BITS, TAG_NAME, NumberKind, Status
from wurao.core.numbers_pure import hashed

__all__ = [
    "ANONYMOUS",
    "NumberKind",
    "Status",
    "display",
    "is_950",
    "is_public_service",
    "judge",
    "kind",
    "kinds_many",
    "mask",
    "parse",
    "read",
    "read_many",
    "segment",
]

MAX_TEXT: Final = 256
MAX_NAME: Final = 32
_EXTENSION: Final = re.compile(r"\s*(?:转|轉|分机|[eE]xt\.?|[xX#,，;；])\s*[0-9０-９]{1,8}\s*$")
_AREA: Final = re.compile(r"86(10|2\d|[3-9]\d\d)(\d{3,8})")


def read(text: str | bytes, region: str = "CN", area: str | None = None, *, names: bool = False) -> int:
    """Return the number that a text names, 0 if it says that the caller is anonymous.

    ``region`` (ISO 3166) is where numbers without + were dialled; ``area`` (``0571``) completes Chinese local numbers;
    ``names`` lets alphanumeric senders in. Raises InputError for what is no number.
    """
    text = _decoded(text)
    fast = region == "CN" or text.lstrip().startswith(("+", "＋"))
    number, status = judge(text.encode()) if fast else (0, Status.UNDECIDED)
    if status == Status.DECIDED:
        return number
    if status == Status.ANONYMOUS or text.strip().lower() in _withheld():
        return ANONYMOUS
    if status == Status.EMPTY or not text.strip():
        raise InputError("no number given")
    if names and _is_name(text):
        return hashed(TAG_NAME, unicodedata.normalize("NFKC", text).strip().casefold().encode())
    from wurao.core.numbers_judge import ask  # the metadata cost 60 ms to load

    return ask(_EXTENSION.sub("", text), region, area)


def _decoded(text: str | bytes) -> str:
    try:
        text = text.decode() if isinstance(text, bytes) else text
        text.encode()
    except UnicodeError:
        raise InputError("a number must be UTF-8 text") from None
    if len(text) > MAX_TEXT:
        raise InputError(f"a number has at most {MAX_TEXT} characters, not {len(text)}")
    return text


def _withheld() -> frozenset[str]:
    return numbering.ANONYMOUS_WORDS_ZH | {word.decode() for word in numbering.ANONYMOUS_WORDS}


def _is_name(text: str) -> bool:
    """A sender's name holds a letter and fewer than seven digits; more would be a mistyped number."""
    return (
        len(text) <= MAX_NAME
        and text.isprintable()
        and any(c.isalpha() for c in text)
        and sum(c.isdigit() for c in text) < 7
    )


def kind(number: int) -> NumberKind:
    """Return what a number looks like."""
    return NumberKind(kind_code(number))


def segment(number: int) -> int:
    """Return the 7-digit segment of a Chinese mobile number (1380013), 0 for any other number."""
    return (number - 86 * 10**11) // 10_000 if kind_code(number) == NumberKind.MOBILE else 0


def display(number: int) -> str:
    """Return the way a number is written in China; ``read`` gives it back unless it was hashed.

    Mobiles ``13800138000``, landlines ``0571-88888888``, service numbers bare, others ``+16502530000``; a hashed number
    can't be written, so its kind and 11 hexadecimal digits stand for it.
    """
    if number == ANONYMOUS:
        return "anonymous"
    if number >= HASHED:
        return f"{kind(number).text}#{(number - HASHED) & ((1 << TAG_BITS) - 1):011x}"
    if number >= SERVICE:
        return str(number - SERVICE)
    if kind_code(number) == NumberKind.MOBILE:
        return str(number)[2:]
    match = _AREA.fullmatch(str(number))
    return f"0{match[1]}-{match[2]}" if match else f"+{number}"


def mask(number: int) -> str:
    """Return a number with its middle hidden (138****8000): enough for its owner, too little for anybody else.

    Service numbers, which are public, and hashed ones stay as ``display`` shows them.
    """
    shown = display(number)
    if number == ANONYMOUS or number >= SERVICE:
        return shown
    if kind_code(number) == NumberKind.MOBILE:
        return f"{shown[:3]}****{shown[-4:]}"
    head, dash, local = shown.rpartition("-")
    if dash:
        return f"{head}-{'*' * (len(local) - 2)}{local[-2:]}"
    hidden = (len(shown) - 1) // 2
    start = (len(shown) - hidden) // 2 + 1
    return f"{shown[:start]}{'*' * hidden}{shown[start + hidden :]}"
