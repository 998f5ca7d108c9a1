"""What is known of each number that may be linked, as arrays: habits, whom it called and when, its block, its span."""

from __future__ import annotations  # pyarrow's types take no [Any] at run time

from collections.abc import Collection
from typing import Any, Final

import ibis
import msgspec
import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute
from scipy import sparse

from wurao.detection.linking import counted

pc: Any = pyarrow.compute

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

FEW: Final = 3
"""Calls and callees below which a number says too little of itself."""
KNOWN_AT_MOST: Final = 0.35
CALLS_EACH: Final = 2
"""Whoever calls the same people more often than this, on the mean, lives among them."""
"""Whoever is called back by more of its callees lives among acquaintances: that is matched by roles."""


class Profiles(msgspec.Struct):
    """Arrays share their positions; histograms are [numbers, keys] counts, empty where the calls don't say."""

    keys: pa.Array[Any]
    """Callers as the calls name them."""
    numbers: Ints
    """In clear, for the digits."""
    n: Ints
    uniq: Ints
    first_us: Ints
    last_us: Ints
    habits: dict[str, Floats]
    contacts: sparse.csr_matrix
    """[numbers, others] calls either way."""
    repeated: sparse.csr_matrix
    """[numbers, others] 1 where met on two days or both ways."""
    daily: sparse.csr_matrix
    """[numbers, others and day] 1 where called on that day."""
    direct: sparse.csr_matrix
    """[numbers, numbers] calls between them."""
    beside: Floats
    """Share of calls into the caller's own 10,000 numbers."""


def suspects(summary: pa.Table, heard: Collection[Any] = ()) -> npt.NDArray[np.bool_]:
    """Say of each caller of a ``counted.summary`` whether it calls widely enough to be some campaign's.

    Whoever was ``heard`` saying what others say too needs no more calls than that one.
    """
    n, uniq, known = (np.asarray(summary.column(name)) for name in ("n", "uniq", "known"))
    callers = summary.column("caller")
    spoke = np.asarray(pc.is_in(callers, value_set=pa.array(list(heard), callers.type)))
    widely = ~barely(n, uniq) & (n <= CALLS_EACH * uniq)
    return np.asarray((widely | spoke) & (known <= KNOWN_AT_MOST * uniq))


def barely(n: Ints, uniq: Ints) -> npt.NDArray[np.bool_]:
    """Say of numbers with ``n`` calls to ``uniq`` callees whether that says too little of them."""
    return np.asarray((n < FEW) | (uniq < FEW))


def profiles(calls: ibis.Table, summary: pa.Table, numbers: Ints) -> Profiles:
    """Return the profiles of the callers in ``summary``, whose numbers in clear are ``numbers``.

    ``calls`` as ``features.rows.calls_of`` returns them.
    """
    keys: Any = summary.column("caller").combine_chunks()
    at = pa.array(np.arange(len(keys), dtype=np.int64))
    chosen = ibis.memtable(pa.table({"caller": keys, "at": at}))
    raw = counted.habits(calls, chosen, (*counted.HABITS, *counted.TEXTS, counted.SEGMENT))
    met = counted.contacts(calls, chosen)
    count = {name: np.asarray(summary.column(name)).astype(np.int64) for name in ("n", "uniq", "first_us", "last_us")}
    habits = {name: dense(raw[name], len(keys)) for name in (*counted.HABITS, *counted.TEXTS)}
    return Profiles(
        keys=keys,
        numbers=numbers,
        habits=habits,
        beside=_beside(raw[counted.SEGMENT], numbers, count["n"]),
        **_met(met, keys),
        **count,
    )


def dense(table: pa.Table, n: int) -> Floats:
    """Return counts (``at``, ``key``, ``k``) as [numbers, keys]: the commonest keys have columns, others share one."""
    key: Any = table.column("key").combine_chunks().dictionary_encode()
    at, k = np.asarray(table.column("at")), np.asarray(table.column("k")).astype(np.float64)
    code = np.asarray(key.indices).astype(np.int64)
    totals = np.bincount(code, weights=k, minlength=1)
    rank = np.empty(len(totals), np.int64)
    rank[np.argsort(-totals, kind="stable")] = np.arange(len(totals))
    columns = int(min(len(key.dictionary), _KEYS))
    dense = np.zeros((n, columns))
    if columns:
        np.add.at(dense, (at, np.minimum(rank[code], columns - 1)), k)
    return dense


_KEYS: Final = 64


def _met(met: pa.Table, keys: Any) -> dict[str, Any]:
    n = len(keys)
    other: Any = met.column("other").combine_chunks().dictionary_encode()
    code, at = np.asarray(other.indices).astype(np.int64), np.asarray(met.column("at"))
    day, out = np.asarray(met.column("day")), np.asarray(met.column("out"))
    calls = out + np.asarray(met.column("back"))
    width = max(len(other.dictionary), 1)
    contacts = sparse.csr_matrix((calls.astype(np.float32), (at, code)), (n, width))
    days = sparse.csr_matrix((np.ones(len(at), np.float32), (at, code)), (n, width))
    both = sparse.csr_matrix(((np.asarray(met.column("back")) > 0).astype(np.float32), (at, code)), (n, width))
    again = ((days > 1) + (both > 0)).astype(np.float32).tocsr()
    base = int(day.min()) if len(day) else 0
    called = out > 0
    span = int(day.max()) - base + 1 if len(day) else 1
    daily = sparse.csr_matrix(
        (np.ones(int(called.sum()), np.float32), (at[called], code[called] * span + day[called] - base)),
        (n, width * span),
    )
    places: Any = pc.index_in(other.dictionary, value_set=keys.cast(other.dictionary.type))
    mine = np.asarray(places.fill_null(-1)).astype(np.int64)[code]
    between = mine >= 0
    direct = sparse.csr_matrix((calls[between].astype(np.float32), (at[between], mine[between])), (n, n))
    return {"contacts": contacts, "repeated": again, "daily": daily, "direct": direct}


def _beside(segment: pa.Table, numbers: Ints, n: Ints) -> Floats:
    at, key = np.asarray(segment.column("at")), np.asarray(segment.column("key")).astype(np.int64)
    near = key == numbers[at] // 10_000 * 10_000
    return np.bincount(at[near], weights=np.asarray(segment.column("k"))[near], minlength=len(n)) / np.maximum(n, 1)
