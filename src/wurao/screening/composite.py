"""Boolean expressions over symbol names: ``A and (B or not C)``, parsed by hand and never by ``eval``.

Grammar: either := both ("or" both)* ; both := term ("and" term)* ; term := "not" term | NAME | "(" either ")".
An expression is evaluated on whole columns at once: each name is an array of booleans.
"""

import re
from collections.abc import Callable, Mapping
from typing import Final

import numpy as np
import numpy.typing as npt

from wurao.core.errors import ConfigError

Flags = npt.NDArray[np.bool_]
Evaluate = Callable[[Mapping[str, Flags]], Flags]
MAX_NAMES: Final = 32
_TOKEN: Final = re.compile(r"\s*([A-Z][A-Z0-9_]*|and\b|or\b|not\b|[()])")


class Expression:
    """A parsed expression; ``names`` in order of appearance. Raises ConfigError where the text is none."""

    def __init__(self, text: str, max_names: int = MAX_NAMES) -> None:
        self.text = text
        self._tokens = _tokens(text)
        self.names = tuple(dict.fromkeys(t for t in self._tokens if t[0].isupper()))
        names_written = sum(t[0].isupper() for t in self._tokens)
        if names_written > max_names or len(self._tokens) > 8 * max_names:
            raise ConfigError(f"the expression has more than {max_names} names")
        self._at = 0
        self.evaluate: Evaluate = self._either()
        if self._at != len(self._tokens):
            raise self._unexpected()

    def _next(self) -> str:
        return self._tokens[self._at] if self._at < len(self._tokens) else ""

    def _take(self, token: str) -> bool:
        taken = self._next() == token
        self._at += taken
        return taken

    def _either(self) -> Evaluate:
        left = self._both()
        while self._take("or"):
            left = _or(left, self._both())
        return left

    def _both(self) -> Evaluate:
        left = self._term()
        while self._take("and"):
            left = _and(left, self._term())
        return left

    def _term(self) -> Evaluate:
        if self._take("not"):
            return _not(self._term())
        if self._take("("):
            inner = self._either()
            if not self._take(")"):
                raise self._unexpected()
            return inner
        name = self._next()
        if not name[:1].isupper():
            raise self._unexpected()
        self._at += 1
        return lambda flags: flags[name]

    def _unexpected(self) -> ConfigError:
        found = self._next() or "the end"
        return ConfigError(f"{self.text!r}: {found!r} is out of place", mend="write names with and, or, not, ( )")


def _tokens(text: str) -> list[str]:
    tokens: list[str] = []
    at = 0
    while text[at:].strip():
        found = _TOKEN.match(text, at)
        if not found:
            raise ConfigError(f"{text[at : at + 20].strip()!r} is no symbol's name", mend="names are in capitals")
        tokens.append(found[1])
        at = found.end()
    return tokens


def _or(left: Evaluate, right: Evaluate) -> Evaluate:
    return lambda flags: left(flags) | right(flags)


def _and(left: Evaluate, right: Evaluate) -> Evaluate:
    return lambda flags: left(flags) & right(flags)


def _not(inner: Evaluate) -> Evaluate:
    return lambda flags: ~inner(flags)
