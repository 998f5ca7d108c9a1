"""What an operator's kamailio.cfg says, as far as wurao asks: modules, includes, routes called, names defined.

Read as text: conditions (``#!ifdef``) are taken as if they held. ``kamailio -c`` tells whether it is understood.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import msgspec

from wurao.core.errors import InputError
from wurao.store.durable import disk

FRAGMENT: Final = "wurao.cfg"
MAX_BYTES: Final = 4 << 20
MAX_FILES: Final = 100
_REMARK: Final = re.compile(r'("(?:\\.|[^"\\])*")|#(?!!)[^\n]*|//[^\n]*|/\*.*?\*/', re.DOTALL)
_INCLUDED: Final = re.compile(r'^\s*(?:#!|!!)?(?:include_file|import_file)\s+"([^"]+)"', re.MULTILINE)
_MODULE: Final = re.compile(r'\bloadmodulex?\s*\(?\s*"(?:[^"]*/)?([\w-]+?)(?:\.so)?"')
_CALLED: Final = re.compile(r"\broute\s*\(\s*\"?(\w+)\"?\s*\)")
_DEFINED: Final = re.compile(
    r'^\s*(?:#!|!!)(?:define|trydef|redefine|substdef|substdefs)\s+"?(?:!)?(\w+)[ \t!]*"?([^"\n!]*)"?', re.MULTILINE
)
_NAMED: Final = re.compile(r"\b(?:WURAO_SCRIPT|NEXT_HOP)\b")


class Configured(msgspec.Struct, frozen=True):
    """What the files say together; ``defined`` are names with their values, ``asked`` names it needs by ``-A``."""

    path: Path
    files: tuple[str, ...]
    modules: frozenset[str]
    called: frozenset[str]
    defined: dict[str, str]
    asked: frozenset[str]

    @property
    def screens(self) -> bool:
        """Whether wurao's fragment is among the files."""
        return FRAGMENT in self.files


def configured(path: Path) -> Configured:
    """Read a configuration with what it includes; raises InputError, StoreError."""
    texts = dict(_texts(path, []))
    whole = "\n".join(texts.values())
    own = "\n".join(text for name, text in texts.items() if name.name != FRAGMENT)
    defined = {name: value.strip() for name, value in _DEFINED.findall(whole)}
    return Configured(
        path,
        tuple(name.name for name in texts),
        frozenset(_MODULE.findall(whole)),
        frozenset(_CALLED.findall(own)),
        defined,
        frozenset(set(_NAMED.findall(whole)) - defined.keys()),
    )


def _texts(path: Path, seen: list[Path]) -> Iterator[tuple[Path, str]]:
    seen.append(path)
    if len(seen) > MAX_FILES:
        raise InputError(f"more than {MAX_FILES} files include each other", where=str(path))
    with disk(path):
        raw = path.read_bytes()
    if len(raw) > MAX_BYTES:
        raise InputError("that is no configuration: it is too long", where=str(path))
    text = _REMARK.sub(lambda found: found[1] or " ", raw.decode(errors="replace"))
    yield path, text
    for name in _INCLUDED.findall(text):
        included = path.parent / name
        if included not in seen and included.is_file():
            yield from _texts(included, seen)
