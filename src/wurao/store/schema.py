"""The column plan of facts at rest: what the lake and the journal store of each fact.

Every number ``x`` of a fact becomes ``x_id`` (128-bit keyed id, joins), ``x_sealed`` (opened by an authorised role)
and – only where the caller may stand in clear – ``x`` itself, null for subscribers. ``x_id`` is null for anonymous
calls (number 0), which therefore never join. Derived digits that features need are columns of their own, computed
at intake before the number is gone. ``row_id`` makes imports idempotent, ``source`` names the imported file.
"""

from __future__ import annotations  # pyarrow's types take no [Any] at run time

from functools import cache
from typing import Any, Final

import pyarrow as pa

from wurao.core.errors import InputError
from wurao.core.facts import FACTS, Column, Fact

ID: Final = pa.binary(16)
SEALED: Final = pa.binary(25)
"""One byte for the number of the seal key, 24 bytes of AES-SIV."""

_DERIVED: Final[dict[str, tuple[pa.Field[Any], ...]]] = {
    "calls": (
        pa.field("callee_segment", pa.int32()),
        pa.field("callee_step", pa.int64()),
        pa.field("caller_kind", pa.string()),
    ),
    "messages": (pa.field("recipient_segment", pa.int32()), pa.field("sender_kind", pa.string())),
}
_DERIVED_NUMBERS: Final = {"reports": ("subject_number",)}
"""The number that a report on a call or message names; its text column then stays empty."""

_SMALL: Final = 2**31


def stored_fact(name: str) -> Fact:
    """Return a fact that the lake keeps; raises InputError for wishes, contacts and the like, which the book keeps."""
    fact = FACTS.get(name)
    if fact is None or fact.time_column is None:
        raise InputError(f"the lake keeps no fact '{name}'", mend=f"one of {', '.join(stored_names())}")
    return fact


@cache
def stored_names() -> tuple[str, ...]:
    """Return the facts that have a time and therefore a day in the lake."""
    return tuple(name for name, fact in FACTS.items() if fact.time_column)


@cache
def time_of(name: str) -> str:
    """Return the column whose instant names the day of a fact."""
    return stored_fact(name).time_column or ""


@cache
def numbers_of(name: str) -> dict[str, bool]:
    """Return each number column of a fact → whether its number may stand in clear (unless a subscriber's)."""
    fact = stored_fact(name)
    named = {c.name: c.name not in fact.subscribers for c in fact.columns if c.type == "number"}
    return named | dict.fromkeys(_DERIVED_NUMBERS.get(name, ()), True)


@cache
def at_rest(name: str) -> pa.Schema:
    """Return the columns of a fact at rest, in the order in which they are stored."""
    fields: list[pa.Field[Any]] = [pa.field("row_id", ID, nullable=False)]
    for column in stored_fact(name).columns:
        fields += _number_fields(name, column.name) if column.type == "number" else [_field(name, column)]
    for number in _DERIVED_NUMBERS.get(name, ()):
        fields += _number_fields(name, number)
    fields += _DERIVED.get(name, ())
    if "source" not in {field.name for field in fields}:  # a disclosure has a source of its own, which says more
        fields.append(pa.field("source", pa.string()))
    return pa.schema(fields)


def _number_fields(fact: str, number: str) -> list[pa.Field[Any]]:
    sealed = [pa.field(f"{number}_id", ID), pa.field(f"{number}_sealed", SEALED)]
    return [pa.field(number, pa.uint64()), *sealed] if numbers_of(fact)[number] else sealed


def _field(fact: str, column: Column) -> pa.Field[Any]:
    if column.type == "time":
        return pa.field(column.name, pa.int64(), nullable=column.name != time_of(fact))
    if column.type == "int":
        return pa.field(column.name, pa.int32() if column.high < _SMALL else pa.int64())
    return pa.field(column.name, pa.string())
