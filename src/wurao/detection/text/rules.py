"""A category by words, where no model was trained: few texts are told, and of these most rightly.

``lexicon.toml`` lists the words. Two words of a category, or one of its sure ones, tell it, if no other category has as
many points; else nothing is said. No probability: words have none.
"""

import re
import tomllib
from collections import Counter
from collections.abc import Sequence
from functools import cache
from importlib.resources import files
from typing import Final

from wurao.detection.text.model import Said
from wurao.detection.text.normalising import NUMBER, URL, normalise

ENOUGH: Final = 2
"""Points that tell a category: a word has one, a sure one two."""
_TOKENS: Final = {"<U>": URL, "<N>": NUMBER}


def say(texts: Sequence[str]) -> list[Said]:
    """Return what each text is about by its words."""
    return [_said(normalise(text)) for text in texts]


def _said(text: str) -> Said:
    pattern, meant = _lexicon()
    found = tuple(dict.fromkeys(match[0] for match in pattern.finditer(text)))
    points: Counter[str] = Counter()
    for word in found:
        for category, one in meant[word]:
            points[category] += one
    best = points.most_common(2)
    if not best or best[0][1] < ENOUGH or (len(best) > 1 and best[1][1] == best[0][1]):
        return Said()
    category = best[0][0]
    return Said(category, category, words=tuple(w for w in found if category in dict(meant[w])))


@cache
def _lexicon() -> tuple[re.Pattern[str], dict[str, list[tuple[str, int]]]]:
    """Return a pattern of all words, the longest first, and what each is worth for which category."""
    raw = (files("wurao.detection.text") / "lexicon.toml").read_text(encoding="utf-8")
    meant: dict[str, list[tuple[str, int]]] = {}
    for category, lists in tomllib.loads(raw).items():
        for kind, points in (("sure", 2), ("words", 1)):
            for word in lists[kind]:
                meant.setdefault(_token(word), []).append((category, points))
    words = sorted(meant, key=lambda word: (-len(word), word))
    return re.compile("|".join(rf"\b{re.escape(w)}\b" if w.isascii() else re.escape(w) for w in words)), meant


def _token(word: str) -> str:
    for name, token in _TOKENS.items():
        word = word.replace(name, token)
    return word
