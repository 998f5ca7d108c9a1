"""Every input format by name, and which one a file has that nobody named."""

from pathlib import Path
from typing import Final

from wurao.core.errors import InputError
from wurao.intake import (
    cdr_asterisk,
    cdr_freeswitch,
    csv_,
    freepbx,
    ftc,
    jsonl,
    kamailio_acc,
    parquet,
    phoneblock,
    vcard,
)
from wurao.intake.interface import Format

FORMATS: Final[dict[str, Format]] = {
    module.FORMAT.name: module.FORMAT
    for module in (csv_, jsonl, parquet, ftc, phoneblock, cdr_asterisk, cdr_freeswitch, kamailio_acc, freepbx, vcard)
}
_PACKED: Final = {".gz", ".zst", ".gzip", ".zstd"}


def format_of(path: Path, fact: str, named: str | None) -> Format:
    """Return the format named, else the one of the file's suffix; raises InputError."""
    names = " | ".join(sorted(FORMATS))
    return _holding(FORMATS[named] if named else _by_suffix(path, f"--format {names}"), path, fact)


def format_by_name(path: Path, fact: str) -> Format:
    """Return the format of the file's suffix, for commands that take no other; raises InputError."""
    endings = [ending for each in FORMATS.values() if not each.facts or fact in each.facts for ending in each.suffixes]
    mend = f"name it {', '.join(endings)} (.gz or .zst behind), or wurao import {fact} {path.name} --format NAME"
    return _holding(_by_suffix(path, mend), path, fact)


def _holding(found: Format, path: Path, fact: str) -> Format:
    if found.facts and fact not in found.facts:
        raise InputError(
            f"the format '{found.name}' holds {' or '.join(found.facts)}, no {fact}",
            where=str(path),
            mend=f"wurao import {found.facts[0]} {path.name} --format {found.name}",
        )
    return found


def _by_suffix(path: Path, mend: str) -> Format:
    suffixes = [suffix.lower() for suffix in path.suffixes if suffix.lower() not in _PACKED]
    found = next((f for f in FORMATS.values() if suffixes and suffixes[-1] in f.suffixes), None)
    if found is None:
        raise InputError("the file's name tells no format", where=str(path), mend=mend)
    return found
