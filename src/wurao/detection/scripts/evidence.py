"""What in a text points at who is behind it: numbers to call back, addresses, accounts; brands and amounts.

Who sells needs a way to be reached: a call-back number, a site or an account belongs to one operator, so it joins its
scripts. A brand or an amount alone joins nothing – everybody pretends to be the same bank – only both together do.
"""

import re
import unicodedata
from collections.abc import Iterator
from typing import Final, Literal

import msgspec

from wurao.detection.scripts.shingles import MAX_CHARACTERS

Kind = Literal["number", "host", "account", "brand", "amount"]
REACHED: Final = ("number", "host", "account")
"""Kinds of which one value is enough."""
MOST_VALUES: Final = 64
"""Values kept of one text."""

_SPOKEN: Final = str.maketrans("零〇一幺二三四五六七八九", "001123456789")
_HAN_DIGITS = re.compile(r"[零〇一幺二三四五六七八九]{5,}")
_NUMBER = re.compile(r"(?<![\d$¥.,])\+?\d(?:[\s().-]{0,2}\d){6,14}(?![\d%])")
_HOST = re.compile(
    r"\b((?:[a-z0-9-]{1,63}\.){1,4}(?:com|cn|net|org|info|top|xyz|vip|cc|io|co|us|club|shop|site|app|link|me))\b"
)
_DOT = re.compile(r"(?<=[a-z0-9])\s+dot\s+(?=com\b|net\b|org\b)")
_ACCOUNT = re.compile(r"(?:加?微信|加微|v信|qq群?|扣扣|telegram|wechat|whatsapp)[号是为:：\s]{0,3}([a-z0-9_-]{5,20})")
_MONEY = re.compile(r"[$¥]\s?(\d[\d,.]*)|(\d[\d,.]*)\s?(?:dollars\b|元|块钱|万元)")
_NAME = r"[A-Z][A-Za-z&'-]+"
_FROM = re.compile(
    rf"\b(?:from|with|at|behalf of|[Tt]his is)(?: the| your)? ({_NAME}(?:(?: of| and| the)* {_NAME}){{0,3}})"
)
_SIGNED = re.compile(r"【([^】]{2,16})】")
_HERE_IS = re.compile(
    r"(?:这里是|我们是|我们这边是|我是|我这边是)([^，。、,.!？?\s]{2,14}?)(?=的|客服|，|。|,|、|\s|$)"
)
_COUNTRY = re.compile(r"^(?:00|\+)?(?:86(?=1\d{10}$|[48]00\d{7}$)|1(?=\d{10}$))")


class Evidence(msgspec.Struct, frozen=True, order=True):
    """One value that a text names, normalised so that the same value reads the same."""

    kind: Kind
    value: str


def evidence_in(text: str) -> list[Evidence]:
    """Return the values that a text names, each once, in the order of kinds; at most ``MOST_VALUES``."""
    cased = unicodedata.normalize("NFKC", text[:MAX_CHARACTERS])
    cased = _HAN_DIGITS.sub(lambda found: found[0].translate(_SPOKEN), cased)
    found = dict.fromkeys(one for one in _values(cased) if one.value)
    return list(found)[:MOST_VALUES]


def _values(cased: str) -> Iterator[Evidence]:
    text = _DOT.sub(".", cased.lower())
    for number in _NUMBER.finditer(text):
        yield Evidence("number", _COUNTRY.sub("", re.sub(r"\D", "", number[0])))
    for host in _HOST.finditer(text):
        yield Evidence("host", host[1].removeprefix("www."))
    for account in _ACCOUNT.finditer(text):
        yield Evidence("account", account[1])
    for pattern in (_SIGNED, _HERE_IS, _FROM):
        for brand in pattern.finditer(cased):
            yield Evidence("brand", brand[1].strip())
    for money in _MONEY.finditer(text):
        yield Evidence("amount", (money[1] or money[2]).replace(",", "").rstrip("."))
