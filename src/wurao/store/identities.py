"""Numbers at rest: keyed ids that join, sealed columns that an authorised role opens (FORMATS, Identities).

A plain or salted hash of a telephone number is no secret – all Chinese mobiles fall in minutes – hence the key.
Equal numbers have equal ids and equal seals (AES-SIV without a nonce is deterministic by design, RFC 5297 §1.3.2):
that is what lets facts join, and columns compress. Who may open is asked here, who did is logged by access.
"""

from __future__ import annotations  # pyarrow's types take no [Any] at run time

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import compress
from typing import Any, Final, cast

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESSIV

from wurao.core.errors import InputError, PolicyError, StoreError
from wurao.store.keys import KeyRing
from wurao.store.once import Lately, Once
from wurao.store.schema import ID, SEALED, at_rest, numbers_of

Numbers = npt.NDArray[np.uint64]
Enrolled = Callable[[Numbers], npt.NDArray[np.bool_]]
"""Which of these numbers are subscribers of this home."""
Computed = Once | Lately
Stored = dict[str, Any]
"""Arrow columns by name; pyarrow's stubs know too little of them to say more."""

MAY_OPEN: Final = frozenset({"operator", "centre", "police"})
"""Roles that may see the numbers of subscribers; the subscriber's own view filters by id instead."""

_BLOCK: Final = 64
_ID_BYTES: Final = 16


class Identities:
    """Ids and seals under the keys of one home; safe to share between threads."""

    def __init__(self, keys: KeyRing) -> None:
        block = keys.newest("join").secret.ljust(_BLOCK, b"\0")
        # HMAC with both pads hashed once (RFC 2104 §4): 0.9 µs a number instead of 2.8.
        self._inner = hashlib.sha256(bytes(byte ^ 0x36 for byte in block))
        self._outer = hashlib.sha256(bytes(byte ^ 0x5C for byte in block))
        self._row = hashlib.blake2b(digest_size=_ID_BYTES, key=keys.newest("row").secret)
        self._sealers = {key.number: AESSIV(key.secret) for key in keys.all("seal")}
        self._seal_number = keys.newest("seal").number
        self._ids = Once(self.id_of, _ID_BYTES)
        self._seals = Once(self.seal, SEALED.byte_width)
        self._ids_lately = Lately(self.id_of, _ID_BYTES)
        self._seals_lately = Lately(self.seal, SEALED.byte_width)

    def id_of(self, number: int) -> bytes:
        """Return the 16-byte id of one number: HMAC-SHA256 of its 8 bytes (big-endian), cut to 128 bits."""
        inner, outer = self._inner.copy(), self._outer.copy()
        inner.update(number.to_bytes(8, "big"))
        outer.update(inner.digest())
        return outer.digest()[:_ID_BYTES]

    def seal(self, number: int) -> bytes:
        """Return the 25 sealed bytes of one number under the newest seal key."""
        sealed = self._sealers[self._seal_number].encrypt(number.to_bytes(8, "big"), None)
        return self._seal_number.to_bytes(1, "big") + sealed

    def unseal(self, sealed: bytes) -> int:
        """Return the number in 25 sealed bytes; raises StoreError if the key is missing or the bytes are altered."""
        sealer = self._sealers.get(sealed[0])
        if sealer is None:
            raise StoreError(f"seal key {sealed[0]} is missing", mend="restore the backup of the keys")
        try:
            return int.from_bytes(sealer.decrypt(sealed[1:], None), "big")
        except InvalidTag:
            raise StoreError("a sealed number is damaged or of another home") from None

    def row_id(self, content: bytes) -> bytes:
        """Return the 16-byte id of a row from what makes it one (fact, id or columns, occurrence).

        Keyed, because a row holds numbers: whoever knows caller and time could try every callee otherwise.
        """
        keyed = self._row.copy()  # two thirds of what it takes to begin with the key
        keyed.update(content)
        return keyed.digest()

    def ids(self, numbers: Numbers) -> pa.FixedSizeBinaryArray:
        """Return the id of each number (uint64), null where it is 0 (anonymous or missing)."""
        return _ids(self._ids, numbers)

    def seals(self, numbers: Numbers, wanted: npt.NDArray[np.bool_]) -> pa.FixedSizeBinaryArray:
        """Return the sealed form of each number (uint64) that is ``wanted``, null for the rest and for 0."""
        return _seals(self._seals, numbers, wanted)

    def protect(self, fact: str, table: pa.Table, enrolled: Enrolled) -> pa.Table:
        """Return ``table`` (numbers as uint64 under their own names, 0 or null = none) as the fact is at rest.

        ``row_id`` and the time must be there, other columns may be missing. Raises InputError for unknown columns.
        """
        return _protected(fact, table, enrolled, self._ids, self._seals)

    def protect_live(self, fact: str, table: pa.Table, enrolled: Enrolled) -> pa.Table:
        """Return what ``protect`` does; at its best where tables are small and follow each other without end."""
        return _protected(fact, table, enrolled, self._ids_lately, self._seals_lately)

    def protect_rows(self, fact: str, rows: Sequence[Mapping[str, Any]], enrolled: Enrolled) -> list[dict[str, Any]]:
        """Return rows (numbers as int) as the fact is at rest: the same plan as ``protect``, for the journal."""
        _refuse_unknown(fact, {name for row in rows for name in row})
        clear = numbers_of(fact)
        stored = [{name: value for name, value in row.items() if name not in clear} for row in rows]
        for name, may_be_clear in clear.items():
            given = [row.get(name) or 0 for row in rows]
            hidden = enrolled(np.array(given, np.uint64)).tolist() if may_be_clear else [True] * len(rows)
            # a dictionary a batch: what Once keeps is copied whenever a number is new, too dear for a few rows
            ids = {number: self.id_of(number) for number in set(given)} | {0: None}
            seals = {number: self.seal(number) for number in set(compress(given, hidden))} | {0: None}
            for row, number, is_hidden in zip(stored, given, hidden, strict=True):
                row[f"{name}_id"] = ids[number]
                row[f"{name}_sealed"] = seals[number] if is_hidden else None
                if may_be_clear:
                    row[name] = None if is_hidden and number else number
        return stored

    def reveal(self, fact: str, table: pa.Table, roles: frozenset[str]) -> pa.Table:
        """Return ``table`` with every sealed column that it has opened into the number's own column (uint64, 0 = none).

        Raises PolicyError unless one of ``roles`` may open numbers. The caller writes the access log.
        """
        if not roles & MAY_OPEN:
            raise PolicyError("this role may not see subscribers' numbers", mend=f"ask {' or '.join(sorted(MAY_OPEN))}")
        for name in numbers_of(fact):
            if f"{name}_sealed" not in table.column_names:
                continue
            opened: Any = self._opened(table.column(f"{name}_sealed").to_pylist())
            if name in table.column_names:
                opened = pc.coalesce(table.column(name), opened)
                table = table.drop_columns([name])
            opened = pc.fill_null(opened, 0)
            table = table.drop_columns([f"{name}_sealed"]).append_column(name, opened)
        return table

    def _opened(self, sealed: Iterable[bytes | None]) -> pa.UInt64Array:
        known: dict[bytes, int] = {}
        numbers = (
            None if value is None else known.get(value) or known.setdefault(value, self.unseal(value))
            for value in sealed
        )
        return pa.array(numbers, pa.uint64())


def _protected(fact: str, table: pa.Table, enrolled: Enrolled, ids: Computed, seals: Computed) -> pa.Table:
    wanted = at_rest(fact)
    columns: Stored = {}
    for name, may_be_clear in numbers_of(fact).items():
        numbers = _numbers_in(table, name)
        hidden = np.ones(len(numbers), np.bool_)
        if may_be_clear:
            hidden = enrolled(numbers) & (numbers != 0)
            cleared = np.where(hidden, np.uint64(0), numbers)  # a null of Arrow's still has bytes beneath it
            columns[name] = pa.array(cleared, pa.uint64(), mask=hidden)
        columns |= {f"{name}_id": _ids(ids, numbers), f"{name}_sealed": _seals(seals, numbers, hidden)}
    _refuse_unknown(fact, table.column_names)
    given = {name: table.column(name) for name in table.column_names if name not in numbers_of(fact)}
    columns |= {field.name: given[field.name].cast(field.type) for field in wanted if field.name in given}
    return pa.table([_or_nulls(columns, field, table.num_rows) for field in wanted], schema=wanted)


def _ids(ids: Computed, numbers: Numbers) -> pa.FixedSizeBinaryArray:
    return _fixed(ids.of(numbers), numbers != 0, ID)


def _seals(seals: Computed, numbers: Numbers, wanted: npt.NDArray[np.bool_]) -> pa.FixedSizeBinaryArray:
    wanted = wanted & (numbers != 0)
    return _fixed(seals.of(np.where(wanted, numbers, np.uint64(0))), wanted, SEALED)


def _numbers_in(table: pa.Table, name: str) -> Numbers:
    if name not in table.column_names:
        return np.zeros(table.num_rows, np.uint64)
    column: Any = table.column(name).cast(pa.uint64())
    return cast("Numbers", pc.fill_null(column, 0).to_numpy())


def _refuse_unknown(fact: str, names: Iterable[str]) -> None:
    unknown = sorted(set(names) - {*at_rest(fact).names, *numbers_of(fact)})
    if unknown:
        raise InputError(f"the fact '{fact}' has no column '{unknown[0]}'")


def _or_nulls(columns: Stored, field: pa.Field[Any], rows: int) -> Any:
    return columns[field.name] if field.name in columns else pa.nulls(rows, field.type)


def _fixed(
    values: npt.NDArray[np.void], valid: npt.NDArray[np.bool_], kind: pa.FixedSizeBinaryType
) -> pa.FixedSizeBinaryArray:
    mask = pa.array(valid).buffers()[1]
    content = pa.py_buffer(cast("Any", values))
    return cast("pa.FixedSizeBinaryArray", pa.Array.from_buffers(kind, len(values), [mask, content]))
