"""What must be computed of a row before its numbers are protected: derived digits and the id of the row.

A row with an id of its own is known by that id. Any other is known by the keyed hash of what it says and by how
often the file said the same before (two equal complaints are two, the same file again brings nothing new). The hash
is two chained SipHash-2-4 lanes: two different rows of n meet with a chance of n² / 2^129.
"""

from collections.abc import Callable
from typing import Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from wurao.core import numbers
from wurao.core.facts import FACTS, Fact
from wurao.core.numbering import CHINA
from wurao.intake import _rows
from wurao.intake.columns import Array, contiguous, pc, texts
from wurao.store.identities import Numbers
from wurao.store.schema import ID

Words = npt.NDArray[np.uint64]

SEEN_LIMIT: Final = 1 << 25
"""Rows of one import that are remembered: 0.6 GB at most. Beyond, the lake alone tells what was there before."""
CALLERS_LIMIT: Final = 1 << 22
"""Callers whose latest callee is remembered."""
FAR: Final = 1000
"""Steps between callees are cut here: exact differences would give all callees away once one is known."""

_KINDS: Final[Array] = pa.array([kind.text for kind in numbers.NumberKind])
_MOBILES: Final = CHINA * 10**11


class RowIds:
    """Gives rows their ids; knows what one import has brought so far."""

    def __init__(self, fact: str, row_id: Callable[[bytes], bytes]) -> None:
        self._fact: Fact = FACTS[fact]
        self._row_id = row_id
        self._lanes = tuple(
            (int.from_bytes(key[:8], "little"), int.from_bytes(key[8:], "little"))
            for key in (row_id(f"lane {lane} of rows".encode()) for lane in range(2))
        )
        self._by_id = _rows.Seen(SEEN_LIMIT)
        self.next_file()

    def next_file(self) -> None:
        """Count equal rows from the beginning: what one file said twice, another may say again."""
        self._repeats = _rows.Seen(SEEN_LIMIT)

    def of(self, table: pa.Table) -> tuple[Array, npt.NDArray[np.uint8]]:
        """Return each typed row's 16-byte id and its state: 0, REPEATED or CONFLICTING (equal id, other content)."""
        content = [self._hashed(table, lane) for lane in range(2)]
        states = np.zeros(table.num_rows, np.uint8)
        own = self._own_ids(table)
        if own is None:
            return _paired(self._counted(content)), states
        named = own.is_valid().to_numpy(zero_copy_only=False)
        keys = np.zeros(len(own), np.uint64)
        _rows.mix_texts(*self._lanes[0], keys, *texts(contiguous(own)))
        states[named] = self._by_id.compare(keys[named], content[0][named])
        prefix = f"{self._fact.name}\0".encode()
        ids = [None if text is None else self._row_id(prefix + text) for text in own.cast(pa.binary()).to_pylist()]
        if named.all():
            return pa.array(ids, ID), states
        counted = self._counted([lane[~named] for lane in content])
        places = np.where(named, 0, np.cumsum(~named) - 1)
        return pc.coalesce(pa.array(ids, ID), _paired(counted).take(pa.array(places))), states

    def _own_ids(self, table: pa.Table) -> Array | None:
        if self._fact.id_column is None:
            return None
        ids = table.column(self._fact.id_column).combine_chunks()
        return None if ids.null_count == len(ids) else ids

    def _counted(self, content: list[Words]) -> list[Words]:
        before = self._repeats.count(content[0])
        for lane, words in enumerate(content):
            _rows.mix_words(*self._lanes[lane], words, before)
        return content

    def _hashed(self, table: pa.Table, lane: int) -> Words:
        # A column without a value leaves the hash alone, so that a later column doesn't change old ids.
        low, high = self._lanes[lane]
        state = np.zeros(table.num_rows, np.uint64)
        for name in table.column_names:
            if name == self._fact.id_column:
                continue
            column = table.column(name).combine_chunks()
            before = state.copy() if column.null_count else state
            key = low ^ _rows.siphash(low, high, name.encode())
            if pa.types.is_string(column.type):
                _rows.mix_texts(key, high, state, *texts(contiguous(column)))
            else:
                words = pc.fill_null(column, 0).to_numpy(zero_copy_only=False).view(np.uint64)
                _rows.mix_words(key, high, state, words)
            if column.null_count:
                state = np.where(column.is_valid().to_numpy(zero_copy_only=False), state, before)
        return state


def _paired(lanes: list[Words]) -> Array:
    both = np.ascontiguousarray(np.stack(lanes, axis=1))
    return pa.Array.from_buffers(ID, len(both), [None, pa.py_buffer(both.data)])


class Steps:
    """The step from a caller's previous callee to this one, in file order, across batches."""

    def __init__(self) -> None:
        self._callers, self._latest = np.empty(0, np.uint64), np.empty(0, np.int64)

    def of(self, callers: Numbers, callees: Numbers) -> Array:
        """Return each row's step within ±FAR, null for a caller's first call and for anonymous callers."""
        order = np.argsort(callers, kind="stable")
        caller, callee = callers[order], callees[order].astype(np.int64)
        first = np.diff(caller, prepend=caller[:1] + 1) != 0 if len(caller) else np.empty(0, np.bool_)
        previous = np.roll(callee, 1)
        known, before = self._before(caller[first])
        previous[first] = before
        missing = caller == 0
        missing[np.flatnonzero(first)[~known]] = True
        steps, absent = np.empty(len(order), np.int64), np.empty(len(order), np.bool_)
        steps[order], absent[order] = np.clip(callee - previous, -FAR, FAR), missing
        self._remember(caller[first], callee[np.roll(first, -1)] if len(caller) else callee)
        return pa.array(steps, mask=absent)

    def _before(self, callers: Numbers) -> tuple[npt.NDArray[np.bool_], npt.NDArray[np.int64]]:
        if not len(self._callers):
            return np.zeros(len(callers), np.bool_), np.zeros(len(callers), np.int64)
        places = np.minimum(np.searchsorted(self._callers, callers), len(self._callers) - 1)
        return self._callers[places] == callers, self._latest[places]

    def _remember(self, callers: Numbers, latest: npt.NDArray[np.int64]) -> None:
        if len(self._callers) + len(callers) > CALLERS_LIMIT:
            self._callers, self._latest = callers, latest
            return
        kept = ~np.isin(self._callers, callers, assume_unique=True)
        together = np.concatenate([self._callers[kept], callers])
        order = np.argsort(together)
        self._callers, self._latest = together[order], np.concatenate([self._latest[kept], latest])[order]


def derived(fact: str, table: pa.Table, steps: Steps) -> pa.Table:
    """Return a typed table with the columns that features need of the digits, by the plan of ``store.schema``."""
    if fact not in _CALLER_AND_CALLEE:
        return table
    caller_name, callee_name = _CALLER_AND_CALLEE[fact]
    callers, callees = (table.column(name).to_numpy() for name in (caller_name, callee_name))
    table = table.append_column(f"{callee_name}_segment", _segments(callees))
    if fact == "calls":
        table = table.append_column("callee_step", steps.of(callers, callees))
    return table.append_column(f"{caller_name}_kind", _KINDS.take(pa.array(_kinds(callers))))


_CALLER_AND_CALLEE: Final = {"calls": ("caller", "callee"), "messages": ("sender", "recipient")}


def _kinds(column: Numbers) -> npt.NDArray[np.uint8]:
    kinds = np.empty(len(column), np.uint8)
    numbers.kinds_many(column.data, kinds.data)
    return kinds


def _segments(column: Numbers) -> Array:
    mobile = _kinds(column) == numbers.NumberKind.MOBILE
    segments = np.where(mobile, (column.astype(np.int64) - _MOBILES) // 10_000, 0)
    return pa.array(segments.astype(np.int32), mask=~mobile)
