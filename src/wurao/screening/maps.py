"""The operator's maps: lists of numbers and prefixes in files, read again when a file changes.

One entry a line: a number in any writing (``13800138000``, ``+1 650 253 0000``, ``95588``) or a block
(``1380013*``, ``+86755123456**``: each star is a digit left open, one star stands for all that are missing from a
mobile's eleven digits). ``#`` starts a comment. An entry is standing at full strength under the map's symbol.
"""

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

import msgspec

from wurao.core import numbers
from wurao.core.errors import ConfigError, InputError
from wurao.core.payload import MAX_SPAN
from wurao.core.standing import Standing
from wurao.screening.policy import Limits, MapFile, Policy

Subject = tuple[int, int]
"""A number or block: subject = number // 10^span, and the span."""
Signature = tuple[int, int, int]
_MOBILE_BLOCK: Final = re.compile(r"(?:\+?86)?(1[3-9]\d{0,9})\*")
_BLOCK: Final = re.compile(r"\+?(\d{3,14})(\*{1,11})")
_MOBILE_DIGITS: Final = 11
_LONGEST_LINE: Final = 1_000


class OperatorMaps:
    """The entries of all maps of a policy; relative files lie in ``conf``."""

    def __init__(self, policy: Policy, conf: Path) -> None:
        self._maps = policy.maps
        self._limits = policy.limits
        self._conf = conf
        self._seen: dict[str, Signature | None] = {}
        self._entries: dict[str, frozenset[Subject]] = {}
        self.refused: dict[str, str] = {}
        """Map → why its file isn't in force; what was in force stays."""

    def refresh(self) -> set[Subject]:
        """Read the files that changed and return the numbers and blocks whose entries came or went.

        A file that can't be used is refused: ``refused`` says why, and the map stays as it was.
        """
        changed: set[Subject] = set()
        for name, listed in self._maps.items():
            path = self._conf / listed.file
            signature = _signature(path)
            if name in self._seen and self._seen[name] == signature:
                continue
            self._seen[name] = signature
            changed |= self._reread(name, path)
        return changed

    def standing_of(self, subject: int, span: int) -> list[Standing]:
        """Return what the maps say of exactly one number or block."""
        found = [n for n in self._maps if (subject, span) in self._entries.get(n, ())]
        return [_standing(subject, span, name, self._maps[name]) for name in found]

    def every(self) -> Iterator[Standing]:
        """Yield every entry of every map."""
        for name, entries in self._entries.items():
            for subject, span in entries:
                yield _standing(subject, span, name, self._maps[name])

    def signatures(self) -> dict[str, Signature | None]:
        """Return what tells one version of each map's file from the next."""
        return dict(self._seen)

    def sizes(self) -> dict[str, int]:
        """Return how many entries each map has."""
        return {name: len(self._entries.get(name, ())) for name in self._maps}

    def _reread(self, name: str, path: Path) -> set[Subject]:
        before = self._entries.get(name, frozenset())
        try:
            now = frozenset(read_map(path, self._limits))
        except ConfigError as problem:
            self.refused[name] = problem.diagnostics()
            return set()
        self.refused.pop(name, None)
        self._entries[name] = now
        return set(before ^ now)


def read_map(path: Path, limits: Limits) -> Iterator[Subject]:
    """Yield the entries of a map's file, nothing if there is no file; raises ConfigError with file and line."""
    try:
        if path.stat().st_size > limits.map_bytes:
            raise ConfigError(f"a map's file has at most {limits.map_bytes} bytes", where=str(path))
        with path.open(encoding="utf-8-sig") as file:
            yield from _entries(file.readline, path, limits)
    except FileNotFoundError:
        return
    except UnicodeDecodeError:
        raise ConfigError("the map is no UTF-8 text", where=str(path), mend="save it as UTF-8") from None
    except OSError as problem:
        raise ConfigError(f"the map can't be read: {problem.strerror}", where=str(path)) from None


def read_entry(text: str) -> Subject:
    """Return the number or block that a line names; raises InputError."""
    if "*" not in text:
        return numbers.read(text), 0
    compact = re.sub(r"[\s-]", "", text)
    if mobile := _MOBILE_BLOCK.fullmatch(compact):
        return _block(int("86" + mobile[1]), _MOBILE_DIGITS - len(mobile[1]), text)
    found = _BLOCK.fullmatch(compact)
    if not found:
        raise InputError(f"{text[:40]!r} is no block of numbers", mend="write it as 1380013* or +86755123456**")
    digits = found[1]
    national = digits.startswith("0") and not compact.startswith("+")
    return _block(int("86" + digits[1:] if national else digits), len(found[2]), text)


def _block(subject: int, span: int, text: str) -> Subject:
    if not 1 <= span <= MAX_SPAN or subject == 0:
        raise InputError(f"{text[:40]!r}: a block leaves 1 to {MAX_SPAN} digits open")
    return subject, span


class _Lines(msgspec.Struct):
    """Where reading stands, for the error message."""

    path: Path
    number: int = 0

    def problem(self, what: str, mend: str | None = None) -> ConfigError:
        return ConfigError(what, where=f"{self.path}:{self.number}", mend=mend)


def _entries(readline: Callable[[int], str], path: Path, limits: Limits) -> Iterator[Subject]:
    at = _Lines(path)
    found = 0
    while line := readline(_LONGEST_LINE + 1):
        at.number += 1
        if len(line) > _LONGEST_LINE:
            raise at.problem(f"the line is longer than {_LONGEST_LINE} characters", "write one number a line")
        text = line.partition("#")[0].strip()
        if not text:
            continue
        found += 1
        if found > limits.map_entries:
            raise at.problem(f"a map has at most {limits.map_entries} entries", "raise limits.map_entries")
        try:
            subject, span = read_entry(text)
        except InputError as problem:
            raise at.problem(problem.what, problem.mend) from None
        if subject == numbers.ANONYMOUS:
            raise at.problem("a withheld number can't be listed", "weigh the symbol ANONYMOUS_CALLER instead")
        yield subject, span


def _standing(subject: int, span: int, name: str, listed: MapFile) -> Standing:
    return Standing(subject, listed.symbol, 1.0, "operator", 0, span=span, facts={"map": name})


def _signature(path: Path) -> Signature | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_ino, found.st_mtime_ns, found.st_size
