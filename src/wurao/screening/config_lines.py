"""Where a key stands in a TOML file: tomllib gives values without lines, people need the line.

A light scan, not a second parser: it is only asked about files that tomllib has read already. A key inside an inline
table or a multi-line array is placed at the line where that value begins.
"""

import re
from typing import Final

KeyPath = tuple[str, ...]
_PART: Final = re.compile(r'"([^"]*)"|\'([^\']*)\'|([\w-]+)')
_HEADER: Final = re.compile(r"\s*\[{1,2}([^\[\]]+)\]{1,2}\s*(?:#.*)?$")
_KEY: Final = re.compile(r'\s*((?:"[^"]*"|\'[^\']*\'|[\w-]+)(?:\s*\.\s*(?:"[^"]*"|\'[^\']*\'|[\w-]+))*)\s*=')


def key_lines(text: str) -> dict[KeyPath, int]:
    """Return the line (from 1) of every table header and key of a TOML text."""
    lines: dict[KeyPath, int] = {}
    table: KeyPath = ()
    inside_string = False
    for number, line in enumerate(text.splitlines(), start=1):
        if not inside_string:
            if header := _HEADER.match(line):
                table = _parts(header[1])
                _mark(lines, (), table, number)
            elif key := _KEY.match(line):
                _mark(lines, table, _parts(key[1]), number)
        inside_string ^= (line.count('"""') + line.count("'''")) % 2 == 1
    return lines


def line_of(lines: dict[KeyPath, int], path: KeyPath) -> int:
    """Return the line of ``path`` or of the nearest table around it; 1 where nothing is known."""
    while path and path not in lines:
        path = path[:-1]
    return lines.get(path, 1)


def _mark(lines: dict[KeyPath, int], table: KeyPath, key: KeyPath, number: int) -> None:
    for depth in range(1, len(key) + 1):
        lines.setdefault((*table, *key[:depth]), number)


def _parts(dotted: str) -> KeyPath:
    return tuple(next(filter(None, groups), "") for groups in _PART.findall(dotted))
