"""A text as its reader takes it: what is written only to slip past a filter is undone.

Compatibility forms (full-width, circled, styled letters: NFKC of Unicode, UAX 15), invisible and combining marks,
look-alike letters of other scripts, traditional and variant characters, characters taken apart (力口 for 加), known
spellings (V信), separators between characters. URLs, telephone and account numbers, amounts, dates and other numbers
become one token each; the masks that published data sets put in their place become the same tokens.

Bounded: at most ``MAX_CHARS`` characters are read, every pattern is linear. Normalising twice changes nothing. It never
raises. Not done: guessing what a misspelt word means – that is learnt from its sound (``sounding``).
"""

import re
import unicodedata
from typing import Final

from wurao.detection.text.tables import joined, variants

MAX_CHARS: Final = 4_096
"""As many as a message or report may have."""
URL, PHONE, AMOUNT, DATE, NUMBER, PLACE, NAME = (chr(0xE000 + i) for i in range(7))
"""Tokens: one private character each."""
_MASKS: Final = {"CELLPHONE": PHONE, "PHONE": PHONE, "DIGIT": NUMBER, "PLACE": PLACE, "NAME": NAME}
_MASK: Final = re.compile(r"URL[a-z0-9]{0,12}|" + "|".join(_MASKS))
_KEPT: Final = frozenset("./:-%@?=&+,¥$€£_#")
"""Signs that addresses, amounts and dates are told by; all others part words."""
_LOOKALIKES: Final = str.maketrans("аеорсухіјѕԁһкмтвнαοικνρτυχβ", "aeopcyxijsdhkmtbhaoikvptuxb")
"""Cyrillic and Greek letters that look like Latin ones (confusables.txt of Unicode, UTS 39)."""
_HAN_DIGITS: Final = str.maketrans("〇零一二三四五六七八九壹贰叁肆伍陆柒捌玖幺ol", "001234567891234567891" + "01")
_SPELT_DIGIT: Final = "[0-9〇零一二三四五六七八九壹贰叁肆伍陆柒捌玖幺ol]"
_SPELT_NUMBER: Final = re.compile(rf"(?<![a-z]){_SPELT_DIGIT}(?:[ -]?{_SPELT_DIGIT}){{6,24}}(?![a-z])")
_ENDINGS: Final = "com|cn|net|org|cc|top|xyz|vip|info|me|io|co|uk|tk|club|shop|site|app|ly"
_ADDRESS: Final = re.compile(
    r"https?:/{1,2}[!-~]{1,500}|(?<![a-z0-9.-])(?:[a-z0-9-]{1,63}\.){1,5}"
    rf"(?:{_ENDINGS})(?![a-z0-9-])(?:[/?#][!-~]{{0,500}})?"
)
_DIGIT: Final = re.compile("[0-9]")
_NUMBERS: Final = (
    (
        re.compile(
            r"(?<![0-9])(?:(?:19|20)[0-9]{2}[-/.年][0-9]{1,2}(?:[-/.月][0-9]{1,2}日?)?(?![0-9])"
            r"|[0-9]{1,2}月[0-9]{1,2}[日号]|[0-9]{1,2}:[0-9]{2}(?::[0-9]{2})?(?![0-9]))"
        ),
        DATE,
    ),
    (re.compile(r"\+?[0-9](?:[ -]?[0-9]){6,19}"), PHONE),
    (
        re.compile(
            r"[¥$€£] ?[0-9][0-9.,]{0,15}[万千亿wk]?"
            r"|[0-9][0-9.,]{0,15}(?:[万千亿wk]?(?:元|块|rmb|usd|pounds?|dollars?)|[万亿])"
        ),
        AMOUNT,
    ),
    (re.compile(r"[0-9][0-9.,]{0,15}%?"), NUMBER),
)
_PARTING: Final = re.compile(r"[./:%@?=&+,¥$€£_# -]+")
_NEEDLESS: Final = re.compile(r"(?<![a-z]) | (?![a-z])")
_SPELT: Final = re.compile(r"(?<![a-z])[a-z](?: [a-z]){2,40}(?![a-z])")
_STRAY: Final = re.compile(r"(?<=[一-鿿])[a-z](?=[一-鿿])")
_ROUNDS: Final = 8
_STRAYS: Final = 3
"""Single letters between characters from which on they are noise: 买A股 and 唱K歌 have one."""
_JOINED: Final = re.compile("|".join(map(re.escape, sorted(joined(), key=len, reverse=True))))


class _Characters(dict[int, str]):
    """What becomes of each character, found out when it is first met."""

    def __missing__(self, code: int) -> str:
        found = self[code] = _meant(chr(code))
        return found


_CHARACTERS: Final = _Characters({ord(" "): " "})


def normalise(text: str) -> str:
    """Return the text as one line in lower case, tokens for what stands for itself only; at most ``MAX_CHARS``."""
    text = _MASK.sub(lambda found: _MASKS.get(found[0], URL), text[:MAX_CHARS])
    text = unicodedata.normalize("NFKC", text)[:MAX_CHARS].translate(_CHARACTERS)
    return _words(_tokens(text))


def _meant(character: str) -> str:
    """Return what a character stands for: itself, another one, a space, or nothing."""
    category = unicodedata.category(character)
    if category in {"Mn", "Me", "Cf", "Cs", "Cn"} or character in "\u3164\u2800":
        return ""
    if category == "Co" or character in _KEPT:
        return character if category != "Co" or URL <= character <= NAME else ""
    simple = unicodedata.normalize("NFKD", character).lower().translate(_LOOKALIKES)
    return "".join(_letter(one, variants()) for one in simple)


def _letter(one: str, simplified: dict[int, str]) -> str:
    digit = unicodedata.digit(one, None)
    if digit is not None:
        return str(digit)
    category = unicodedata.category(one)
    if category[0] == "L":
        return simplified.get(ord(one), one)
    if category == "So":
        named = re.search(r"(?:CIRCLED|SQUARED|SYMBOL).* LETTER ([A-Z])$", unicodedata.name(one, ""))
        return named[1].lower() if named else " "
    return "" if category[0] == "M" else one if category == "Nl" else " "


def _tokens(text: str) -> str:
    text = _SPELT_NUMBER.sub(lambda found: found[0].translate(_HAN_DIGITS), text)
    if "." in text or "/" in text:
        text = _ADDRESS.sub(URL, text)
    if _DIGIT.search(text):
        for pattern, token in _NUMBERS:
            text = pattern.sub(token, text)
    return text


def _words(text: str) -> str:
    """Return a text without what parts its characters, words in one spelling; bounded: each round takes some away."""
    text = _PARTING.sub(" ", text)
    for _ in range(_ROUNDS):
        before = text
        text = _SPELT.sub(lambda found: found[0].replace(" ", ""), text)
        text = _NEEDLESS.sub("", text)
        if len(_STRAY.findall(text)) >= _STRAYS:
            text = _STRAY.sub("", text)
        text, joins = _JOINED.subn(lambda found: joined()[found[0]], text)
        if not joins or text == before:
            break
    return text
