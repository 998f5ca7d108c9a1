"""Texts as sets of shingles, the same way for Chinese and English, told so that two texts can be compared.

A token is a word in scripts with spaces and a single character in Chinese; three tokens in a row are a shingle. For
scripts every run of digits is one token "0": the same script names another case number to everybody. For recordings
digits stay: what one recording says never varies. Nothing is learnt from a corpus, so a text compares the same today
and in a year.
"""

import re
import unicodedata
from typing import Final

Shingles = frozenset[str]

MAX_CHARACTERS: Final = 20_000
"""What lies behind is not compared: three minutes of speech are 5,000."""
WIDTH: Final = 3
_HAN = r"\u3400-\u4dbf\u4e00-\u9fff"
_TOKEN: Final = re.compile(rf"[{_HAN}]|\d+|[^\W\d_{_HAN}]+")


def tokens(text: str, *, masked: bool) -> list[str]:
    """Return the tokens of a text in order, lower case, full-width forms folded; ``masked`` makes digits one token."""
    folded = unicodedata.normalize("NFKC", text[:MAX_CHARACTERS]).lower()
    return ["0" if masked and token[0].isdigit() else token for token in _TOKEN.findall(folded)]


def shingles(text: str, *, masked: bool) -> Shingles:
    """Return the shingles of a text; a text of fewer than ``WIDTH`` tokens is a shingle of its own."""
    told = tokens(text, masked=masked)
    if not told:
        return frozenset()
    return frozenset(" ".join(told[at : at + WIDTH]) for at in range(max(len(told) - WIDTH + 1, 1)))
