"""The signatures of the newest linking at rest: ``campaigns/signatures.parquet``, one long table, replaced whole.

Callees and the callers met rest as 64 bits of their keyed ids; the campaigns' own numbers lie in the run's file
(``linking.kept``) and are joined when the signatures are taken up. Owner only.
"""

from __future__ import annotations  # pyarrow's types take no [Any] at run time

import io
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.compute
from pyarrow import parquet

from wurao.core.campaigns import Member
from wurao.core.errors import StoreError
from wurao.detection.inheriting.signatures import HABITS, SPANS, Ints, Leads, Shares, Signatures
from wurao.store.durable import disk, replace_file
from wurao.store.home import Home
from wurao.store.lake import reading

pc: Any = pyarrow.compute

_ROWS: Final[pa.Schema] = pa.schema(
    {
        "kind": pa.string(),
        "campaign": pa.int32(),
        "key": pa.string(),
        "id": pa.int64(),
        "n": pa.float64(),
        "called_by": pa.int64(),
        "last_us": pa.int64(),
    }  # type: ignore[arg-type]  # the stubs want one type for all
)
"""``kind``: a habit, beside, block, lead or met; ``campaign`` is a place in the names, one more for everybody."""
BESIDE, BLOCK, LEAD, MET = "beside", "block", "lead", "met"
_TOLD: Final = b"wurao.signatures"
_OWNER_ONLY: Final = 0o600
Members = Mapping[str, Sequence[Member]]


class _Told(msgspec.Struct, frozen=True):
    """What isn't in rows."""

    at_us: int
    names: tuple[str, ...]
    pairs: int


def path_of(home: Home) -> Path:
    """Return where the signatures lie."""
    return home.folder("campaigns") / "signatures.parquet"


def write(home: Home, s: Signatures) -> None:
    """Keep signatures in place of those before; raises StoreError."""
    parts = [_shares(name, shares) for name, shares in s.habits.items()]
    parts.append(_part(BESIDE, campaign=np.arange(len(s.beside)), n=s.beside))
    for span, blocks in s.populated.items():
        keys = pa.array([f"{block}:{span}" for block in blocks], pa.string())
        parts.append(_part(BLOCK, key=keys, n=np.fromiter(blocks.values(), np.float64, len(blocks))))
    leads = s.leads
    lists = {"called_by": leads.called_by, "last_us": leads.last_us}
    parts.append(_part(LEAD, campaign=leads.campaign, id=leads.callee, **lists))
    parts.append(_part(MET, id=s.met))
    _replace(path_of(home), pa.concat_tables(parts), _Told(s.at_us, s.names, leads.pairs))


def read(home: Home, members: Members) -> Signatures | None:
    """Return the signatures with the ``members`` of each campaign, None where there are none; raises StoreError."""
    path = path_of(home)
    if not path.exists():
        return None
    with reading():
        table = parquet.read_table(path)
    told = _told(path, table)
    rows = sorted(
        ((member.number, at, member) for at, name in enumerate(told.names) for member in members.get(name, ())),
        key=lambda row: row[:2],
    )
    return Signatures(
        at_us=told.at_us,
        names=told.names,
        numbers=_ints(number for number, _, _ in rows),
        of=_ints(at for _, at, _ in rows),
        first_us=_ints(member.first_us for _, _, member in rows),
        last_us=_ints(member.last_us for _, _, member in rows),
        calls=_ints(member.calls for _, _, member in rows),
        habits={name: _shares_in(_of(table, name), len(told.names)) for name in HABITS},
        beside=_of(table, BESIDE).sort_by("campaign").column("n").to_numpy(),
        populated=_populated(_of(table, BLOCK)),
        leads=_leads_in(_of(table, LEAD), told.pairs),
        met=np.sort(_of(table, MET).column("id").to_numpy()),
    )


def erase(home: Home, number: int, key: int) -> None:
    """Take a number out, with its ``keyed.lead_key``; a damaged file goes as a whole. Raises StoreError."""
    path = path_of(home)
    if not path.exists():
        return
    try:
        with reading():
            table = parquet.read_table(path)
        told = _told(path, table)
    except StoreError:
        with disk(path):
            path.unlink()
        return
    # nine digits of eleven with one caller behind them are the number itself
    blocks = pa.array([f"{number // 10**span}:{span}" for span in SPANS])
    alone = pc.and_(
        pc.and_(pc.equal(table.column("kind"), BLOCK), pc.is_in(table.column("key"), value_set=blocks)),
        pc.less_equal(table.column("n"), 1),
    )
    its = pc.or_kleene(pc.equal(table.column("id"), key), alone)
    left = table.filter(pc.or_kleene(pc.is_null(its), pc.invert(its)))
    if left.num_rows < table.num_rows:
        _replace(path, left, told)


def _part(kind: str, **columns: Any) -> pa.Table:
    n = len(next(iter(columns.values())))
    made = {"kind": pa.array([kind] * n, pa.string())} | columns
    arrays: list[Any] = [pa.array(made[f.name], f.type) if f.name in made else pa.nulls(n, f.type) for f in _ROWS]
    return pa.Table.from_arrays(arrays, schema=_ROWS)


def _shares(name: str, shares: Shares) -> pa.Table:
    every = np.vstack([shares.calls, shares.everybody])
    campaign, key = np.nonzero(every)
    names = np.array(shares.keys, object)[key] if len(key) else np.empty(0, object)
    return _part(name, campaign=campaign, key=pa.array(names, pa.string()), n=every[campaign, key])


def _shares_in(table: pa.Table, n: int) -> Shares:
    key: Any = table.column("key").combine_chunks().dictionary_encode()
    calls = np.zeros((n + 1, len(key.dictionary)))
    calls[table.column("campaign").to_numpy(), np.asarray(key.indices)] = table.column("n").to_numpy()
    return Shares(tuple(key.dictionary.to_pylist()), calls[:n], calls[n])


def _populated(table: pa.Table) -> dict[int, dict[int, int]]:
    found: dict[int, dict[int, int]] = {span: {} for span in SPANS}
    for row in table.select(["key", "n"]).to_pylist():
        block, _, span = row["key"].partition(":")
        found[int(span)][int(block)] = int(row["n"])
    return found


def _leads_in(table: pa.Table, pairs: int) -> Leads:
    ordered = table.sort_by([("id", "ascending"), ("campaign", "ascending")])
    ids, campaign, last_us, called_by = (
        ordered.column(name).to_numpy().astype(np.int64) for name in ("id", "campaign", "last_us", "called_by")
    )
    return Leads(ids, campaign, last_us, called_by, pairs)


def _of(table: pa.Table, kind: str) -> pa.Table:
    return table.filter(pc.equal(table.column("kind"), kind))


def _ints(values: Any) -> Ints:
    return np.fromiter(values, np.int64)


def _told(path: Path, table: pa.Table) -> _Told:
    try:
        return msgspec.json.decode((table.schema.metadata or {}).get(_TOLD, b""), type=_Told)
    except msgspec.DecodeError:
        raise StoreError("nothing tells of these signatures", where=str(path), mend="wurao campaigns link") from None


def _replace(path: Path, table: pa.Table, told: _Told) -> None:
    file = io.BytesIO()
    parquet.write_table(table.replace_schema_metadata({_TOLD: msgspec.json.encode(told)}), file, compression="zstd")
    replace_file(path, file.getvalue(), mode=_OWNER_ONLY)
