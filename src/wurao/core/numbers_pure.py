"""The pure twin of ``_numbers``: the same grammar as patterns over a normalised string of digits.

It exists so that the compiled path has something to agree with and people something to read. ``judge`` takes the
user part of a SIP or tel URI or a number as typed and says what it is without asking anybody.
"""

import re
from typing import Final

from wurao.core.numbering import (
    ANONYMOUS,
    ANONYMOUS_WORDS,
    AREA_CODES,
    COUNTRY_CODES,
    EIGHT_DIGIT_AREAS,
    ELEVEN_DIGITS,
    HASHED,
    PUBLIC_RANGES,
    PUBLIC_SHORT,
    SERVICE,
    TAG_BITS,
    TAG_NAME,
    TAG_PORT,
    TAG_RELAY700,
    NumberKind,
    Status,
)

Judgement = tuple[int, Status]

MAX_TEXT: Final = 64
MAX_DIGITS: Final = 20
_MASK64: Final = (1 << 64) - 1
_UNDECIDED: Final = (ANONYMOUS, Status.UNDECIDED)
_SCHEMES: Final = (b"tel:", b"sip:", b"sips:")
_BRACKETS: Final = "()\uff08\uff09"
_FULL_WIDTH: Final = {0xFF10 + digit: str(digit) for digit in range(10)}
_SEPARATORS: Final = dict.fromkeys(
    map(
        ord,
        f" \t-._{_BRACKETS}\u00a0\u2010\u2011\u2012\u2013\u2014\u2015\u200e\u200f\u202a\u202c\u202d\u3000\uff0d\uff0e",
    )
)
_NORMAL: Final = {**_FULL_WIDTH, **_SEPARATORS, 0xFF0B: "+"}

_MOBILE: Final = re.compile(r"1[3-9]\d{9}")
_FREEPHONE: Final = re.compile(r"[48]00\d{7}")
_SERVICE: Final = re.compile(
    r"1[12]\d|999"  # emergency
    r"|[1-9]\d{3}"  # short numbers of a company's group
    r"|100\d{2,5}|101[03-9]\d{1,2}|1010\d{4}"  # carriers, nationwide desks
    r"|11\d{3,4}|12\d{3,6}|12123\d{4}|125\d{2,11}|16\d{3,6}|17\d{3}"  # post, government, information, IP dialling
    r"|106\d{5,11}|95\d{3,12}|96\d{3,6}|[48]00\d{7}"
)
_PORT: Final = re.compile(r"106\d{12,17}")
_RELAY: Final = re.compile(r"700\d{11,12}")
_AREA: Final = re.compile(r"(10|2[0-57-9]|[3-9]\d\d)(\d{3,9})")
_AREA_SHORT: Final = re.compile(r"1[12]\d|1[012]\d{3}|96\d{3,4}")
_AREA_95: Final = re.compile(r"95\d{3,7}")
_HONG_KONG: Final = re.compile(r"85[23][2-9]\d{7}")


def judge(data: bytes) -> Judgement:
    """Return number and status of one text; a number unless DECIDED is 0."""
    if len(data) > MAX_TEXT:
        return _UNDECIDED
    data = _user_part(data)
    if data.strip(b" ").lower() in ANONYMOUS_WORDS:
        return ANONYMOUS, Status.ANONYMOUS
    try:
        text = data.decode().translate(_NORMAL)
    except UnicodeDecodeError:
        return _UNDECIDED
    plus = text.startswith("+")
    digits = text.removeprefix("+")
    if not text:
        return ANONYMOUS, Status.EMPTY
    if not re.fullmatch(r"[0-9]{1,20}", digits):
        return _UNDECIDED
    number = _number(digits, plus=plus, brackets=any(c in data.decode() for c in _BRACKETS))
    return (number, Status.DECIDED) if number else _UNDECIDED


def _user_part(data: bytes) -> bytes:
    for scheme in _SCHEMES:
        if data[: len(scheme)].lower() == scheme:
            data = data[len(scheme) :]
            break
    return re.split(rb"[;@]", data, maxsplit=1)[0]


def _number(digits: str, *, plus: bool, brackets: bool) -> int:
    if not plus and digits.startswith("00"):
        plus, digits = True, digits[2:]
    if plus:
        return _national(digits[2:]) if digits.startswith("86") else 0 if brackets else _foreign(digits)
    if digits.startswith("0"):
        return _trunk(digits[1:])
    if digits.startswith("86") and len(digits) >= 12:
        return _national(digits[2:])
    if number := _bare(digits) or (int(digits) if _HONG_KONG.fullmatch(digits) else 0):
        return number
    return _fixed(digits, short=False) if _is_national(digits) else 0


def _is_national(digits: str) -> bool:
    """The national form that some trunks carry, where eight digits are the rule; seven are too few to go by."""
    if len(digits) == 10:
        return digits[0] in "12"
    return len(digits) == 11 and int(digits[:3]) in EIGHT_DIGIT_AREAS


def _foreign(digits: str) -> int:
    """E.164 of another country, by country code and length; a 0 behind the code needs the judge."""
    if not 7 <= len(digits) <= 15:
        return 0
    width = next((w for w in (1, 2, 3) if int(digits[:w]) in COUNTRY_CODES and digits[0] != "0"), 0)
    if not width or digits[width] == "0":
        return 0
    if int(digits[:width]) in ELEVEN_DIGITS and len(digits) != 11:
        return 0
    return int(digits)


def _national(digits: str) -> int:
    """Behind +86, 0086 or 86."""
    if digits.startswith("0"):
        return _trunk(digits[1:])
    # 951…955 begin area codes and service numbers: only a full local number speaks for the area
    return _fixed(digits, short=not digits.startswith("95")) or _bare(digits)


def _trunk(digits: str) -> int:
    """Behind the trunk prefix 0."""
    if _MOBILE.fullmatch(digits):
        return int("86" + digits)
    return _fixed(digits, short=True) or (SERVICE + int(digits) if _FREEPHONE.fullmatch(digits) else 0)


def _fixed(digits: str, *, short: bool) -> int:
    match = _AREA.fullmatch(digits)
    if not match or (len(match[1]) == 3 and int(match[1]) not in AREA_CODES):
        return 0
    area, rest = match.groups()
    lengths = (8,) if len(area) == 2 else (7, 8)
    if rest[0] in "2345678":
        return int("86" + digits) if len(rest) in lengths else 0
    if short and _AREA_95.fullmatch(rest):
        return SERVICE + int(rest)  # nationwide, whichever area it is dialled through
    return int("86" + digits) if short and _AREA_SHORT.fullmatch(rest) else 0


def _bare(digits: str) -> int:
    if _MOBILE.fullmatch(digits):
        return int("86" + digits)
    if _SERVICE.fullmatch(digits):
        return SERVICE + int(digits)
    if _RELAY.fullmatch(digits):
        return hashed(TAG_RELAY700, digits.encode())
    return hashed(TAG_PORT, digits.encode()) if _PORT.fullmatch(digits) else 0


def hashed(tag: int, data: bytes) -> int:
    """Return the number of what has no number: FNV-1a 64 with a 64-bit finaliser, its top 42 bits under ``tag``."""
    mix = 0xCBF29CE484222325
    for byte in data:
        mix = (mix ^ byte) * 0x100000001B3 & _MASK64
    mix = (mix ^ mix >> 33) * 0xFF51AFD7ED558CCD & _MASK64
    mix = (mix ^ mix >> 33) * 0xC4CEB9FE1A85EC53 & _MASK64
    return HASHED + (tag << TAG_BITS) + (mix >> 22)


def kind(number: int) -> NumberKind:
    """Return what a number looks like."""
    if number == ANONYMOUS:
        return NumberKind.ANONYMOUS
    if number >= HASHED:
        tag = (number - HASHED) >> TAG_BITS
        kinds = {TAG_RELAY700: NumberKind.RELAY700, TAG_PORT: NumberKind.N106, TAG_NAME: NumberKind.NAME}
        return kinds.get(tag, NumberKind.NAME)
    return _kind_of_service(str(number - SERVICE)) if number >= SERVICE else _kind_of_e164(str(number))


def _kind_of_service(digits: str) -> NumberKind:
    for prefix, found in (
        ("95", NumberKind.N95),
        ("96", NumberKind.N96),
        ("400", NumberKind.N400),
        ("800", NumberKind.N400),
        ("106", NumberKind.N106),
    ):
        if digits.startswith(prefix):
            return found
    return NumberKind.SHORT


def _kind_of_e164(digits: str) -> NumberKind:
    if digits.startswith("86"):
        return NumberKind.MOBILE if _MOBILE.fullmatch(digits[2:]) else NumberKind.FIXED
    return NumberKind.HKMOTW if digits[:3] in {"852", "853", "886"} else NumberKind.OVERSEAS


def is_public_service(number: int) -> bool:
    """Say whether a number is an emergency, government, carrier's or five-digit 95 one, behind an area code too."""
    short = number - SERVICE
    if 0 < number < SERVICE:
        short = _behind_area(str(number))
    return short in PUBLIC_SHORT or any(low <= short < high for low, high in PUBLIC_RANGES)


def _behind_area(digits: str) -> int:
    match = _AREA.fullmatch(digits[2:]) if digits.startswith("86") else None
    return int(match[2]) if match and _AREA_SHORT.fullmatch(match[2]) else 0
