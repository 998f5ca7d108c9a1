"""vCard 2.1, 3.0 (RFC 2426) and 4.0 (RFC 6350): address books as contacts, organisations' cards as verified callers.

Read are TEL, FN, N, ORG and CATEGORIES of each card; a card without TEL is left out. A 2.1 card may be quoted-printable
in its own charset. Photos and all else are read past.
"""

import quopri
import re
from collections.abc import Iterator
from typing import Final

import msgspec
import numpy as np

from wurao.core.errors import InputError
from wurao.intake.interface import Batch, Fault, Format, Reading
from wurao.intake.jsonl import as_table
from wurao.intake.lines import text_lines
from wurao.intake.opening import Source

MAX_TELEPHONES: Final = 200
"""Numbers read of one card."""
_PROPERTY: Final = re.compile(
    r"(?:[\w-]+\.)?(TEL|FN|N|ORG|CATEGORIES|BEGIN|END)((?:;[^:]*)?):(.*)", re.IGNORECASE | re.DOTALL
)
_MAX_FOLDED: Final = 8192
"""Characters kept of a property; only photos are longer."""
_BATCH_ROWS: Final = 1 << 14


class _Card(msgspec.Struct):
    telephones: list[tuple[int, str]] = []
    names: dict[str, str] = {}


def batches(source: Source, reading: Reading) -> Iterator[Batch]:
    """Yield a row a telephone number; raises InputError if the file holds no card or nobody's contacts."""
    if reading.fact == "contacts" and not reading.subscriber:
        raise InputError("whose address book is this?", where=str(source.path), mend="--subscriber NUMBER")
    rows: list[tuple[int, dict[str, str]]] = []
    faults: list[Fault] = []
    cards = empty = 0
    for card in _cards(source, faults):
        cards += 1
        empty += not card.telephones
        rows += [(line, _row(card, telephone, reading)) for line, telephone in card.telephones]
        if len(rows) >= _BATCH_ROWS:
            yield _batch(rows, faults, empty)
            rows, faults[:], empty = [], [], 0
    if not cards:
        raise InputError("the file holds no vCard", where=str(source.path), mend="check --format")
    yield _batch(rows, faults, empty)


def _batch(rows: list[tuple[int, dict[str, str]]], faults: list[Fault], empty: int) -> Batch:
    lines = np.array([line for line, _ in rows], np.int64)
    return Batch(as_table([row for _, row in rows]), lines, tuple(faults), empty)


def _row(card: _Card, telephone: str, reading: Reading) -> dict[str, str]:
    if reading.fact == "contacts":
        return {"subscriber": reading.subscriber, "number": telephone, "kind": "contact"}
    organisation = card.names.get("ORG") or card.names.get("FN") or card.names.get("N") or ""
    return {
        "number": telephone,
        "organisation": organisation.replace("\\,", ",").replace("\\;", ";").strip("; "),
        "purpose": card.names.get("CATEGORIES") or "service",
        "proof": "vCard",
    }


def _cards(source: Source, faults: list[Fault]) -> Iterator[_Card]:
    card: _Card | None = None
    for line, text in _properties(source, faults):
        match = _PROPERTY.fullmatch(text)
        if match is None:
            continue
        name, parameters, value = match[1].upper(), match[2].upper(), match[3]
        if name == "BEGIN":
            card = _Card([], {})
        elif card is None:
            continue
        elif name == "END":
            yield card
            card = None
        elif name == "TEL" and len(card.telephones) < MAX_TELEPHONES:
            card.telephones.append((line, _telephone(value)))
        elif name != "TEL":
            card.names.setdefault(name, _plain(value, parameters).strip())


def _telephone(value: str) -> str:
    """Return a number without the ``tel:`` of RFC 3966 and its parameters."""
    return re.sub(r"^tel:", "", value.strip(), flags=re.IGNORECASE).partition(";")[0]


def _plain(value: str, parameters: str) -> str:
    if "QUOTED-PRINTABLE" not in parameters:
        return value
    charset = re.search(r"CHARSET=([\w-]+)", parameters)
    try:
        return quopri.decodestring(value.encode()).decode(charset[1] if charset else "utf-8", "replace")
    except LookupError:
        return value


def _properties(source: Source, faults: list[Fault]) -> Iterator[tuple[int, str]]:
    """Yield unfolded properties with the line on which each begins."""
    began, property_ = 0, ""
    for lines, refused in text_lines(source):
        faults += refused
        for line, part in lines:
            soft = property_.endswith("=") and "QUOTED-PRINTABLE" in property_[:80].upper()
            if soft or part[:1] in {" ", "\t"}:
                if len(property_) < _MAX_FOLDED:
                    property_ = property_[:-1] + part.lstrip() if soft else property_ + part[1:]
                continue
            if property_:
                yield began, property_
            began, property_ = line, part
    if property_:
        yield began, property_


FORMAT: Final = Format("vcard", batches, facts=("contacts", "verified"), suffixes=(".vcf", ".vcard"))
