"""Signatures counted: of the calls that a night's linking has looked at, in one go for all campaigns."""

from __future__ import annotations  # pyarrow's types take no [Any] at run time

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

import ibis
import numpy as np
import pyarrow as pa

from wurao.detection.features.running import run
from wurao.detection.inheriting.first_calls import way
from wurao.detection.inheriting.signatures import HABITS, SPANS, Floats, Ints, Leads, Shares, Signatures
from wurao.detection.linking import counted

SURE: Final = 48.0
"""Calls of one number that count at most."""
OTHERS: Final = 20_000
"""Callers at most that stand for everybody."""
Reading = Callable[[Any], Ints]


def signed(
    calls: ibis.Table, read: tuple[Reading, Reading], groups: Mapping[str, Sequence[object]], span: tuple[int, int]
) -> Signatures:
    """Return the signatures of campaigns, name → callers, by the ``calls`` (``features.rows.calls_of``) in ``span``.

    ``read`` gives callers in clear, and callers and callees as the 64-bit keys that stand for them.
    """
    numbers_of, keys_of = read
    summary = counted.summary(calls)
    keys: Any = summary.column("caller").combine_chunks()
    place = {key: at for at, key in enumerate(keys.to_pylist())}
    of = np.full(len(keys), -1, np.int64)
    for at, group in enumerate(groups.values()):
        of[[place[key] for key in group if key in place]] = at
    numbers = numbers_of(keys)
    members = np.flatnonzero(of >= 0)
    members = members[np.argsort(numbers[members], kind="stable")]
    others = np.flatnonzero((of < 0) & (numbers > 0))
    others = (
        others[np.linspace(0, len(others) - 1, min(OTHERS, len(others))).astype(np.int64)] if len(others) else others
    )
    chosen = np.concatenate([members, others])
    campaign = np.concatenate([of[members], np.full(len(others), len(groups))])
    habits, beside = _habits(calls, keys.take(pa.array(chosen)), campaign, numbers[chosen], len(groups))
    count = {name: np.asarray(summary.column(name)).astype(np.int64)[members] for name in ("n", "first_us", "last_us")}
    return Signatures(
        at_us=span[1],
        names=tuple(groups),
        numbers=numbers[members],
        of=of[members],
        first_us=count["first_us"],
        last_us=count["last_us"],
        calls=count["n"],
        habits=habits,
        beside=beside,
        populated={one: _populated(numbers, numbers[members], one) for one in SPANS},
        leads=_leads(calls, keys.take(pa.array(members)), of[members], keys_of),
        met=np.sort(keys_of(keys)),
    )


def _habits(calls: ibis.Table, keys: Any, group: Ints, numbers: Ints, n: int) -> tuple[dict[str, Shares], Floats]:
    chosen = ibis.memtable(pa.table({"caller": keys, "at": pa.array(np.arange(len(keys), dtype=np.int64))}))
    raw = counted.habits(calls, chosen, (*HABITS, counted.SEGMENT))
    ways = raw["ingress"]
    keyed = [way(row["key"], int(numbers[row["at"]])) for row in ways.to_pylist()]
    raw["ingress"] = ways.set_column(ways.schema.get_field_index("key"), "key", pa.array(keyed, pa.string()))
    found = {name: _shares(raw[name], group, n) for name in HABITS}
    at, key = np.asarray(raw[counted.SEGMENT].column("at")), np.asarray(raw[counted.SEGMENT].column("key"))
    near = key.astype(np.int64) == numbers[at] // 10_000 * 10_000
    told = np.asarray(raw[counted.SEGMENT].column("k")).astype(np.float64)
    mine = np.bincount(group[at], weights=told * near, minlength=n + 1)
    return found, (mine + 0.02) / (np.bincount(group[at], weights=told, minlength=n + 1) + 1)


def _shares(table: pa.Table, group: Ints, n: int) -> Shares:
    texts: Any = pa.compute.cast(table.column("key"), pa.string()).combine_chunks().dictionary_encode()
    at, k = np.asarray(table.column("at")), np.asarray(table.column("k")).astype(np.float64)
    total = np.bincount(at, weights=k, minlength=len(group))
    k = k * np.minimum(1, SURE / np.maximum(total[at], 1))
    calls = np.zeros((n + 1, len(texts.dictionary)))
    np.add.at(calls, (group[at], np.asarray(texts.indices).astype(np.int64)), k)
    return Shares(tuple(texts.dictionary.to_pylist()), calls[:n], calls[n])


def _populated(everybody: Ints, members: Ints, span: int) -> dict[int, int]:
    blocks, callers = np.unique(everybody[everybody > 0] // 10**span, return_counts=True)
    mine = np.isin(blocks, np.unique(members // 10**span))
    return dict(zip(blocks[mine].tolist(), callers[mine].tolist(), strict=True))


def _leads(calls: ibis.Table, keys: Any, of: Ints, keys_of: Reading) -> Leads:
    chosen = ibis.memtable(pa.table({"caller": keys, "campaign": pa.array(of)}))
    pairs = calls.group_by("caller", "callee").agg(last_us=lambda t: t.start_us.max())
    popular = pairs.group_by("callee").agg(called_by=lambda t: t.count())
    mine = pairs.join(chosen, "caller").group_by("campaign", "callee")
    mine = mine.agg(last_us=lambda t: t.last_us.max()).join(popular, "callee")
    table = run(mine.select("callee", "campaign", "last_us", "called_by"))
    total = int(run(popular.agg(n=popular.called_by.sum())).column("n")[0].as_py() or 0)
    callee = keys_of(table.column("callee"))
    order = np.lexsort((np.asarray(table.column("campaign")), callee))
    campaign, last_us, called_by = (
        np.asarray(table.column(name)).astype(np.int64)[order] for name in ("campaign", "last_us", "called_by")
    )
    return Leads(callee[order], campaign, last_us, called_by, total)
