"""Reads the policy's files: shipped defaults, then HOME/conf/local.d (merges), then HOME/conf/override.d (replaces).

``local.d/*.toml`` sets single keys; ``override.d/*.toml`` replaces each entry (``symbols.REPORTED``,
``thresholds.2``) that it names as a whole. Files of one folder are read in the order of their names. Every complaint
names file and line. Shipped files are never edited.
"""

import re
import tomllib
import typing
from collections.abc import Iterable, Iterator
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any, Final

import msgspec

from wurao.core.errors import ConfigError
from wurao.screening.config_lines import KeyPath, key_lines, line_of
from wurao.screening.policy import Policy
from wurao.screening.policy_check import contradictions

MAX_FILE: Final = 4 << 20
Document = dict[str, Any]


class Loaded(msgspec.Struct, frozen=True):
    """A checked policy; ``document`` is what the files amount to, ``origins`` names file and line of each key."""

    policy: Policy
    document: Document
    origins: dict[KeyPath, str]

    def leaves(self) -> Iterator[tuple[KeyPath, object, str]]:
        """Return every effective setting with its value and its origin, in the document's order."""
        yield from _leaves(self.document, (), self.origins)


def load(conf: Path | None = None) -> Loaded:
    """Return the policy of a home's ``conf`` folder; raises ConfigError, one line per problem."""
    document, origins = _read_layers(conf)
    found = [ConfigError(what, where=_origin(origins, path)) for path, what in _unfit(Policy, document, ())]
    if not found:
        policy = msgspec.convert(document, Policy)
        found = [ConfigError(what, where=_origin(origins, path)) for path, what in contradictions(policy)]
    if found:
        raise found[0] if len(found) == 1 else ConfigError("\n".join(problem.diagnostics() for problem in found))
    return Loaded(policy, document, origins)


def _read_layers(conf: Path | None) -> tuple[Document, dict[KeyPath, str]]:
    document: Document = {}
    origins: dict[KeyPath, str] = {}
    for name, text in _shipped(files("wurao") / "conf", "shipped"):
        _merge(document, _parse(name, text), (), 99, _Marks(origins, name, text))
    if conf:
        for layer, depth in (("local.d", 99), ("override.d", 2)):
            for name, text in _local(conf, layer):
                _merge(document, _parse(name, text), (), depth, _Marks(origins, name, text))
    return document, origins


def _shipped(folder: Traversable, name: str) -> Iterator[tuple[str, str]]:
    for entry in sorted(folder.iterdir(), key=lambda e: e.name):
        if entry.is_dir():
            yield from _shipped(entry, f"{name}/{entry.name}")
        elif entry.name.endswith(".toml"):
            yield f"{name}/{entry.name}", entry.read_text(encoding="utf-8")


def _local(conf: Path, layer: str) -> Iterator[tuple[str, str]]:
    for path in sorted((conf / layer).glob("**/*.toml")):
        name = path.relative_to(conf).as_posix()
        try:
            if path.stat().st_size > MAX_FILE:
                raise ConfigError(f"larger than {MAX_FILE >> 20} MB", where=name, mend="put long lists into maps")
            yield name, path.read_text(encoding="utf-8-sig")
        except (OSError, UnicodeDecodeError) as problem:
            raise ConfigError(f"can't be read: {problem}", where=name, mend="save it as UTF-8 text") from None


def _parse(name: str, text: str) -> Document:
    try:
        return tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as problem:
        line = re.search(r"at line (\d+)", str(problem))
        where = f"{name}:{line[1] if line else 1}"
        raise ConfigError(f"no TOML: {problem}", where=where, mend="correct the line") from None


class _Marks:
    """Notes for each key which file and line set it."""

    def __init__(self, origins: dict[KeyPath, str], name: str, text: str) -> None:
        self._origins = origins
        self._name = name
        self._lines = key_lines(text)

    def note(self, path: KeyPath) -> None:
        self._origins[path] = f"{self._name}:{line_of(self._lines, path)}"


def _merge(into: Document, new: Document, path: KeyPath, depth: int, marks: _Marks) -> None:
    for key, value in new.items():
        here = (*path, key)
        old = into.get(key)
        if isinstance(value, dict) and isinstance(old, dict) and len(here) < depth:
            _merge(old, value, here, depth, marks)
        elif isinstance(value, dict):
            into[key] = {}
            marks.note(here)
            _merge(into[key], value, here, 99, marks)
        else:
            into[key] = value
            marks.note(here)


def _unfit(kind: Any, value: object, path: KeyPath) -> Iterable[tuple[KeyPath, str]]:
    """Return where a document doesn't have the shape of ``kind``, with the path of each key at fault."""
    if isinstance(kind, type) and issubclass(kind, msgspec.Struct) and isinstance(value, dict):
        yield from _unfit_section(kind, value, path)
    elif typing.get_origin(kind) is dict and isinstance(value, dict):
        key_kind, value_kind = typing.get_args(kind)
        for key, entry in value.items():
            yield from _misfit(key_kind, key, (*path, key))
            yield from _unfit(value_kind, entry, (*path, key))
    else:
        yield from _misfit(kind, value, path)


def _unfit_section(kind: type[msgspec.Struct], value: Document, path: KeyPath) -> Iterator[tuple[KeyPath, str]]:
    kinds = typing.get_type_hints(kind, include_extras=True)
    for key, entry in value.items():
        if key in kinds:
            yield from _unfit(kinds[key], entry, (*path, key))
        else:
            yield (*path, key), f"unknown key {'.'.join((*path, key))!r}"
    missing = [f.name for f in msgspec.structs.fields(kind) if f.required and f.name not in value]
    if missing:
        yield path, f"{'.'.join(path) or 'the policy'} lacks {', '.join(missing)}"


def _misfit(kind: Any, value: object, path: KeyPath) -> Iterator[tuple[KeyPath, str]]:
    try:
        msgspec.convert(value, kind)
    except msgspec.ValidationError as problem:
        yield path, f"{'.'.join(path)}: {problem}"


def _origin(origins: dict[KeyPath, str], path: KeyPath) -> str:
    while path and path not in origins:
        path = path[:-1]
    return origins.get(path, "conf")


def _leaves(value: object, path: KeyPath, origins: dict[KeyPath, str]) -> Iterator[tuple[KeyPath, object, str]]:
    if isinstance(value, dict) and value:
        for key, entry in value.items():
            yield from _leaves(entry, (*path, key), origins)
    else:
        yield path, value, _origin(origins, path)
