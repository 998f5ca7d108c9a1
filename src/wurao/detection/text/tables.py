"""The tables of the text plane, read once: small text files beside this module, each naming its source.

``variants.txt`` and ``syllables.txt`` were made of OpenCC (Apache-2.0) and pypinyin (MIT), which are not needed to run.
"""

import re
from functools import cache
from importlib.resources import files
from typing import Final

SOUND_BASE: Final = 0xF0000
"""Code point of the first syllable in a text's sound: private, so no message holds it."""
_SAME_SOUND: Final = ((r"^([zcs])h", r"\1"), (r"([ie])ng$", r"\1n"))
"""Told apart by ear in the north and by few who write for the ear."""


@cache
def variants() -> dict[int, str]:
    """Return the simplified character of each traditional or variant one."""
    return {ord(other): line[0] for line in _lines("variants") for other in line[1:]}


@cache
def syllables() -> dict[str, int]:
    """Return the code point of each syllable without tone; syllables that are commonly mistaken share one."""
    folded = {name: _folded(name) for name in (line.split()[0] for line in _lines("syllables"))}
    codes = {name: SOUND_BASE + i for i, name in enumerate(sorted(set(folded.values())))}
    return {name: codes[sound] for name, sound in folded.items()}


@cache
def sounds() -> dict[int, int]:
    """Return the code point of the syllable of each character, ready for ``str.translate``."""
    codes = syllables()
    rows = (line.split() for line in _lines("syllables"))
    return {ord(one): codes[name] for name, characters in rows for one in characters}


@cache
def joined() -> dict[str, str]:
    """Return what the parts of a character, and other spellings of a word, stand for."""
    rows = [line.split() for table in ("parts", "spellings") for line in _lines(table)]
    return {other: word for word, *others in rows for other in others}


def _lines(name: str) -> list[str]:
    text = (files("wurao.detection.text") / f"{name}.txt").read_text(encoding="utf-8")
    return [line for line in text.splitlines() if line and not line.startswith("#")]


def _folded(name: str) -> str:
    for pattern, sound in _SAME_SOUND:
        name = re.sub(pattern, sound, name)
    return name
