"""The numbering plan: which digits can be what, and where numbers lie among 64-bit integers.

Sources: 工信部《电信网编号计划（2017 年版）》 for Chinese numbers (mobile 1[3-9], area codes, 95/96/400/800/106, short
codes), ITU-T E.164 (list of assigned country codes, 2016 and operational bulletins) for the rest. Facts only; who
reads text with them is ``numbers``. Layout of the integers: FORMATS, Identities.
"""

from enum import IntEnum
from typing import Final

import msgspec

ANONYMOUS: Final = 0
"""The caller withheld the number."""
SERVICE: Final = 10**15
"""A service number n of up to 14 digits lies at ``SERVICE + n``; below are E.164 numbers."""
HASHED: Final = 11 * 10**14
"""Here begin 2-bit tag and 42-bit hash of what has too many digits or letters: label only, never rejected."""
TAG_BITS: Final = 42
TAG_RELAY700, TAG_PORT, TAG_NAME = range(3)
END: Final = HASHED + (1 << 44)
CHINA: Final = 86


class Status(IntEnum):
    """What the fast path says of a text."""

    DECIDED = 0
    ANONYMOUS = 1
    UNDECIDED = 2
    """The slow judge (``numbers.read``) has to look."""
    EMPTY = 3


class NumberKind(IntEnum):
    """What a number looks like; codes are those of the compiled path."""

    ANONYMOUS = 0
    MOBILE = 1
    FIXED = 2
    N95 = 3
    N96 = 4
    N400 = 5
    """400 and 800."""
    N106 = 6
    """106 application ports, of any length."""
    SHORT = 7
    OVERSEAS = 8
    HKMOTW = 9
    """Hong Kong, Macau, Taiwan."""
    RELAY700 = 10
    """Privacy numbers of couriers and rides, bound to one order: never learnt from, never blocked."""
    NAME = 11
    """Alphanumeric sender."""

    @property
    def text(self) -> str:
        """Return the name that facts and the API use."""
        return self.name.lower()


class KindText(msgspec.Struct, frozen=True):
    """A number kind in both languages."""

    zh: str
    en: str


KIND_TEXTS: Final = {
    NumberKind.ANONYMOUS: KindText("匿名", "anonymous"),
    NumberKind.MOBILE: KindText("点对点手机", "mobile"),
    NumberKind.FIXED: KindText("固话", "landline"),
    NumberKind.N95: KindText("95 号码", "95 service number"),
    NumberKind.N96: KindText("96 号码", "96 service number"),
    NumberKind.N400: KindText("400/800 号码", "400/800 number"),
    NumberKind.N106: KindText("106 端口", "106 port"),
    NumberKind.SHORT: KindText("短号码", "short code"),
    NumberKind.OVERSEAS: KindText("境外号码", "overseas"),
    NumberKind.HKMOTW: KindText("港澳台号码", "Hong Kong, Macau or Taiwan"),
    NumberKind.RELAY700: KindText("700 隐私号", "700 privacy number"),
    NumberKind.NAME: KindText("字母发件人", "sender name"),
}


def _expand(ranges: str) -> frozenset[int]:
    spans = (part.partition("-") for part in ranges.split())
    return frozenset(n for low, _, high in spans for n in range(int(low), int(high or low) + 1))


AREA_CODES: Final = _expand(
    "310-319 335 349-359 370-377 379 391-396 398 411-412 415-419 421 427 429 431-439 451-459 464 467-479 482-483 "
    "510-519 523 527 530-539 543 546 550-559 561-564 566 570-580 591-599 631-635 660 662-663 668 691-692 701 710-719 "
    "722 724 728 730-739 743-746 750-760 762-763 766 768-779 790-799 812-813 816-818 825-827 830-840 851 854-859 "
    "870-879 883 886-888 891-899 901-903 906 908-909 911-917 919 930-939 941 943 951-955 970-977 979 990-999"
)
"""Three-digit area codes without the trunk 0; subscribers' numbers have 7 or 8 digits. 10 and 2x (8 digits) aside."""
EIGHT_DIGIT_AREAS: Final = _expand(
    "311 371 377 379 411 431-433 435 451 510-519 523 527 531-532 551 571 573-577 579 591 595 731 754-755 757 760 769 "
    "791 851 871 898"
)
"""Those of them whose subscribers' numbers have eight digits (libphonenumber's metadata, 2026)."""
COUNTRY_CODES: Final = _expand(
    "1 7 20 27 30-34 36 39-41 43-49 51-58 60-66 81-82 84 86 90-95 98 211-213 216 218 220-258 260-269 290-291 297-299 "
    "350-359 370-378 380-383 385-387 389 420-421 423 500-509 590-599 670 672-683 685-692 800 808 850 852-853 855-856 "
    "870 878 880-883 886 888 960-968 970-977 979 992-996 998"
)
"""Country codes in use; no code is the beginning of another."""
ELEVEN_DIGITS: Final = frozenset({1, 7})
"""Country codes whose numbers have eleven digits in all."""

ANONYMOUS_WORDS: Final = (
    b"anonymous",
    b"unknown",
    b"restricted",
    b"private",
    b"unavailable",
    b"withheld",
)
"""What gateways write where a number is withheld (RFC 3323, 3325; Asterisk, FreeSWITCH)."""
ANONYMOUS_WORDS_ZH: Final = frozenset({"匿名", "未知", "未知号码", "隐藏号码", "私人号码", "无号码", "无主叫"})

PUBLIC_SHORT: Final = frozenset(
    {110, 112, 114, 119, 120, 122, 999}  # police, handset emergency, directory, fire, ambulance, traffic, Red Cross
    | {10000, 10001, 10010, 10011, 10015, 10016, 10018, 10019, 10050, 10060, 10070, 10080, 10086, 10088, 10099}
    | {11183, 11185}  # post
    | {96110, 118114}  # centre against fraud, directory
)
"""Emergency, carriers' service and the like, by 工信部's code allocations; 10085 is left out because it sells."""
PUBLIC_RANGES: Final = ((12100, 12400), (95000, 96000))
"""Half-open: government and public-interest lines 121xx–123xx (12110, 12121, 12306, 12321, 12345 …) and 95xxx."""
