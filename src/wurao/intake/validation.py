"""Judges rows column by column against the one schema of ``core.facts``.

Good rows become typed columns, the others faults that name the column and the reason. A row has one fault, the first
that was found.
"""

from collections.abc import Callable
from typing import Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from wurao.core.errors import InputError
from wurao.core.facts import FACTS, Column, Fact
from wurao.intake import _rows
from wurao.intake.columns import Array, contiguous, pc, picked, texts
from wurao.intake.interface import Batch, Checked, Fault, Reading
from wurao.intake.numbers_in import read_numbers
from wurao.intake.quiet import wrong_hours, wrong_rules
from wurao.intake.times import read_times

Values = tuple[Array, dict[int, str]]

MAY_BE_ANONYMOUS: Final = ("caller", "sender")
CELLS_FROM: Final = "cell"
"""A raw cell, or several: counted here, never stored."""
_SHOWN: Final = 40
_LARGEST: Final = 2**53
"""Largest count that a float tells exactly."""


def match_columns(fact: Fact, names: list[str], where: str) -> dict[str, str]:
    """Return fact's column → name in the file; raises InputError if a required one is missing or one is there twice."""
    matched: dict[str, str] = {}
    for name in names:
        column = fact.column(name)
        if column is None:
            continue
        if column.name in matched:
            raise InputError(f"columns '{matched[column.name]}' and '{name}' both give {column.name}", where=where)
        matched[column.name] = name
    missing = [column for column in fact.columns if column.required and column.name not in matched]
    if missing:
        lacking = ", ".join(f"'{_outside(column)}'" for column in missing)
        there = ", ".join(names[:_SHOWN])[:200]
        raise InputError(f"the column {lacking} is missing", where=where, mend=f"found: {there}")
    return matched


def check(batch: Batch, matched: dict[str, str], reading: Reading) -> Checked:
    """Return the rows of a batch that hold, typed, and the faults of the others; ``matched`` as ``match_columns``."""
    fact = FACTS[reading.fact]
    typed: dict[str, Array] = {}
    faults: dict[int, tuple[str, str]] = {}
    for column in fact.columns:
        name = matched.get(column.name)
        if name is None or name not in batch.table.column_names:
            given = pa.array([""] * batch.table.num_rows, pa.string())
        else:
            given = contiguous(batch.table.column(name))
        typed[column.name], wrong = _typed(column, given, name or column.name, reading)
        for index, reason in wrong.items():
            faults.setdefault(index, (name or column.name, reason))
    for rule in _RULES.get(fact.name, ()):
        for index, found in rule(typed, batch, reading).items():
            faults.setdefault(index, found)
    return _divided(pa.table(typed), batch, faults)


def _typed(column: Column, given: Array, name: str, reading: Reading) -> Values:
    offsets, _ = texts(given)
    empty = offsets[1:] == offsets[:-1]
    values, wrong = _READERS[column.type](column, given, empty, name, reading)
    if column.required and empty.any() and column.name not in MAY_BE_ANONYMOUS:
        wrong |= dict.fromkeys(np.flatnonzero(empty).tolist(), "is empty")
    return values, wrong


def _number(column: Column, given: Array, empty: npt.NDArray[np.bool_], _: str, __: Reading) -> Values:
    values, wrong = read_numbers(given, names=column.name == "sender")
    if column.name not in MAY_BE_ANONYMOUS:
        anonymous = np.flatnonzero((values == 0) & ~empty).tolist()
        wrong = dict.fromkeys(anonymous, "a withheld number can't stand here") | wrong
    return pa.array(values), wrong


def _time(_: Column, given: Array, empty: npt.NDArray[np.bool_], name: str, reading: Reading) -> Values:
    if empty.all():
        return pa.nulls(len(given), pa.int64()), {}
    values, wrong = read_times(given, reading.zone, exact=name.endswith("_us"))
    if empty.any():
        wrong = {index: reason for index, reason in wrong.items() if not empty[index]}
    return pa.array(values, mask=empty), wrong


def _count(column: Column, given: Array, empty: npt.NDArray[np.bool_], _: str, __: Reading) -> Values:
    values, undecided = _rows.parse_counts(*texts(given))
    wrong: dict[int, str] = {}
    for index in np.flatnonzero(undecided & ~empty).tolist():
        value = _judged_count(given[index].as_py())
        if isinstance(value, str):
            wrong[index] = value
        else:
            values[index] = value
    outside = ~empty & ((values < column.low) | (values > column.high))
    for index in np.flatnonzero(outside).tolist():
        wrong.setdefault(index, f"is not within {column.low:,}–{column.high:,}")
    return pa.array(values, mask=empty), wrong


def _judged_count(text: str) -> int | str:
    text = text.strip()
    try:
        value = float(text)
    except ValueError:
        return f"{text[:_SHOWN]!r} is no count"
    if value < 0:
        return "is negative"
    if value > _LARGEST:
        return "is too large"
    return int(value) if value.is_integer() else "is no whole number"


def _enum(column: Column, given: Array, empty: npt.NDArray[np.bool_], _: str, __: Reading) -> Values:
    if empty.all() and not column.required:
        return _constant(column.default, len(given)), {}
    encoded = given.dictionary_encode()
    meant, wrong_codes = [], []
    for code, text in enumerate(encoded.dictionary.to_pylist()):
        choice = _choice(column, text)
        meant.append(choice or column.default or None)
        if choice is None:
            wrong_codes.append(code)
    values = pa.array(meant, pa.string()).take(encoded.indices)
    if not wrong_codes:
        return values, {}
    reason = f"is none of {' '.join(column.choices)}"
    wrong = np.flatnonzero(np.isin(encoded.indices.to_numpy(), wrong_codes)).tolist()
    return values, dict.fromkeys(wrong, reason)


def _choice(column: Column, text: str) -> str | None:
    """Return the choice that a text means, "" for none given, None for no choice."""
    text = text.strip()
    if not text or text in column.choices:
        return text
    folded = text.lower().replace(" ", "_").replace("-", "_")
    return next((choice for choice in column.choices if choice.lower() == folded), None)


def _text(column: Column, given: Array, empty: npt.NDArray[np.bool_], _: str, __: Reading) -> Values:
    offsets, data = texts(given)
    wrong: dict[int, str] = {}
    if len(given) and np.diff(offsets).max() > column.limit:
        long = pc.greater(pc.utf8_length(given), column.limit).to_numpy(zero_copy_only=False)
        wrong = dict.fromkeys(np.flatnonzero(long).tolist(), f"has more than {column.limit:,} characters")
    if len(given) and not data[offsets[0] : offsets[-1]].all():
        nul = pc.match_substring(given, "\0").to_numpy(zero_copy_only=False)
        wrong |= dict.fromkeys(np.flatnonzero(nul).tolist(), "holds a NUL byte")
    return pc.if_else(picked(empty), pa.scalar(None, pa.string()), given) if empty.any() else given, wrong


def _constant(value: str, rows: int) -> Array:
    return pa.repeat(value, rows) if value else pa.nulls(rows, pa.string())


_READERS: Final[dict[str, Callable[[Column, Array, npt.NDArray[np.bool_], str, Reading], Values]]] = {
    "number": _number,
    "time": _time,
    "int": _count,
    "enum": _enum,
    "text": _text,
}


# ---- what columns say together --------------------------------------------------------------------------------------

Found = dict[int, tuple[str, str]]


def _count_cells(typed: dict[str, Array], batch: Batch, _: Reading) -> Found:
    if CELLS_FROM in batch.table.column_names and not typed["cells"].null_count < len(typed["cells"]):
        cells = contiguous(batch.table.column(CELLS_FROM)).dictionary_encode()
        counts = [
            len(set(text.replace(",", " ").replace("|", " ").split())) or None for text in cells.dictionary.to_pylist()
        ]
        typed["cells"] = pa.array(counts, pa.int64()).take(cells.indices)
    return {}


def _reported_number(typed: dict[str, Array], _: Batch, __: Reading) -> Found:
    """The number that a report on a call or message names stands apart; a prefix ends with * and stays text."""
    names_number = pc.is_in(typed["target"], pa.array(["call", "message"]))
    subject = pc.if_else(names_number, pc.fill_null(typed["subject"], ""), "")
    prefix = pc.ends_with(subject, "*")
    numbers, wrong = read_numbers(contiguous(pc.if_else(prefix, "", subject)), names=True)
    named = pc.and_(names_number, pc.invert(prefix)).to_numpy(zero_copy_only=False)
    withheld = dict.fromkeys(np.flatnonzero(named & (numbers == 0)).tolist(), "a withheld number can't be reported")
    typed["subject"] = pc.if_else(picked(named), pa.scalar(None, pa.string()), typed["subject"])
    typed["subject_number"] = pa.array(numbers)
    return {index: ("subject", reason) for index, reason in (withheld | wrong).items()}


def _number_or_prefix(typed: dict[str, Array], _: Batch, __: Reading) -> Found:
    prefix = contiguous(typed["prefix"])
    neither = (typed["number"].to_numpy() == 0) & pc.equal(prefix, "").to_numpy(zero_copy_only=False)
    odd = pc.invert(pc.match_substring_regex(prefix, r"^\+?\d{0,15}$")).to_numpy(zero_copy_only=False)
    found = dict.fromkeys(np.flatnonzero(odd).tolist(), ("prefix", "a prefix is up to 15 digits"))
    return found | dict.fromkeys(np.flatnonzero(neither).tolist(), ("number", "neither number nor prefix is given"))


def _wish_texts(typed: dict[str, Array], _: Batch, __: Reading) -> Found:
    found: Found = {}
    for name, wrong in (("quiet", wrong_hours), ("segments", wrong_rules)):
        for index, text in enumerate(typed[name].to_pylist() if typed[name].null_count < len(typed[name]) else ()):
            reason = wrong(text) if text else None
            if reason:
                found[index] = (name, reason)
    return found


_RULES: Final[dict[str, tuple[Callable[[dict[str, Array], Batch, Reading], Found], ...]]] = {
    "calls": (_count_cells,),
    "reports": (_reported_number,),
    "wishes": (_wish_texts,),
    "verified": (_number_or_prefix,),
}


def _divided(typed: pa.Table, batch: Batch, faults: Found) -> Checked:
    if not faults:
        return Checked(typed, batch.lines, batch.faults)
    bad = np.array(sorted(faults), np.int64)
    good = np.ones(typed.num_rows, np.bool_)
    good[bad] = False
    rows = batch.table.take(bad).to_pylist()
    named = tuple(
        Fault(int(batch.lines[index]), *faults[index], row) for index, row in zip(bad.tolist(), rows, strict=True)
    )
    return Checked(typed.filter(picked(good)), batch.lines[good], batch.faults + named)


def _outside(column: Column) -> str:
    return column.name.removesuffix("_us") if column.type == "time" else column.name
