"""How a text sounds: one character a syllable, whether it was written as a character or in pinyin.

Homophones (家微 for 加微), pinyin (dai款) and characters that no table knows but that sound right meet here. Tones,
and pairs that are commonly mistaken (zh/z, in/ing), are not told apart. Words in other languages stay as they are.
"""

import re
from functools import lru_cache
from typing import Final

from wurao.detection.text.tables import sounds, syllables

_SYLLABLE: Final = re.compile("|".join(sorted(syllables(), key=len, reverse=True)))
_LETTERS: Final = re.compile(r"[a-z]{2,24}")


def sound(normalised: str) -> str:
    """Return the sound of a normalised text, never longer than it."""
    return _LETTERS.sub(_spoken, normalised).translate(sounds())


def _spoken(found: re.Match[str]) -> str:
    return _pinyin(found[0])


@lru_cache(10_000)
def _pinyin(letters: str) -> str:
    """Return letters as syllables if nothing is left over, else the letters; the longest syllable is taken first."""
    parts = _SYLLABLE.findall(letters)
    if sum(map(len, parts)) != len(letters):
        return letters
    return "".join(chr(syllables()[part]) for part in parts)
