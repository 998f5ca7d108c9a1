"""The slow judge behind ``numbers.read``: Google's metadata, local numbers and plus signs that got lost."""

import re
import unicodedata
from typing import Final

import phonenumbers

from wurao.core._numbers import parse
from wurao.core.errors import InputError
from wurao.core.numbering import CHINA

_NANP: Final = re.compile(r"1?([2-9]\d\d[2-9]\d{6})")
_LOCAL: Final = re.compile(r"[2-8]\d{6,7}")
_DIRECT_DIAL: Final = re.compile(r"(?<=\d{7})\s*[-–]\s*\d{1,5}\s*$")
"""The extension of a Chinese switchboard; a mobile or landline written with hyphens was decided before."""
_ASSERTED_AT_LEAST: Final = 9
"""Digits from which a bare number of no Chinese form may be a foreign one whose plus sign got lost."""


def ask(text: str, region: str, area: str | None) -> int:
    """Return the number that a text names in ``region``; raises InputError if it names none."""
    if any(c.isalpha() or ord(c) < ord(" ") for c in text):
        raise _no_number(text)
    digits = _digits(text)
    if region == "US" and (match := _NANP.fullmatch(digits)) and "+" not in text:
        return int("1" + match[1])
    if region == "CN":
        return _china(text, area)
    return _possible(text, region)


def _china(text: str, area: str | None) -> int:
    text = _DIRECT_DIAL.sub("", text)
    digits = _digits(text)
    number = parse(text)
    if not number and _LOCAL.fullmatch(digits):
        if area is None:
            raise InputError(f"{digits!r} is a local number", mend="write the area code before it, such as 0571")
        number = parse(f"0{area.lstrip('0')}{digits}")
    if number:
        return number
    try:
        return _valid(text, "CN")
    except InputError:
        if "+" in text or digits.startswith("00"):
            return _possible(text, "CN")
        if len(digits) < _ASSERTED_AT_LEAST or digits.startswith("0"):
            raise
        return _plus_lost(digits, text)


def _plus_lost(digits: str, text: str) -> int:
    try:
        return _valid(f"+{digits}", "CN")
    except InputError:
        raise _no_number(text) from None


def _digits(text: str) -> str:
    return "".join(str(unicodedata.digit(c)) for c in text if unicodedata.digit(c, -1) >= 0)


def _valid(text: str, region: str) -> int:
    parsed = _parsed(text, region)
    if not phonenumbers.is_valid_number(parsed):
        raise _no_number(text)
    return _e164(parsed)


def _possible(text: str, region: str) -> int:
    parsed = _parsed(text, region)
    # China's own numbers follow the fast path's grammar or are none
    if parsed.country_code == CHINA and not phonenumbers.is_valid_number(parsed):
        raise _no_number(text)
    if phonenumbers.is_possible_number_with_reason(parsed) != phonenumbers.ValidationResult.IS_POSSIBLE:
        raise _no_number(text)
    return _e164(parsed)


def _parsed(text: str, region: str) -> phonenumbers.PhoneNumber:
    try:
        return phonenumbers.parse(text, region)
    except phonenumbers.NumberParseException:
        raise _no_number(text) from None


def _e164(parsed: phonenumbers.PhoneNumber) -> int:
    text = phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)
    return parse(text) or int(text[1:])


def _no_number(text: str) -> InputError:
    return InputError(
        f"{text[:40]!r} is no telephone number", mend="write it with country code, such as +8613800138000"
    )
