"""The campaigns of a home at rest: ``campaigns/DAY.parquet`` with the numbers of each, ``DAY.links.parquet`` beside it.

Numbers rest as in the lake: a keyed id, the number in clear or, a subscriber's, sealed; files are for the owner only.
What is told of each campaign, its history too, lies in the metadata. Links are written first, each file is written
beside and renamed whole; the newest ``KEPT`` days stay.
"""

from __future__ import annotations  # pyarrow's types take no [Any] at run time

import io
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import msgspec
import pyarrow as pa
import pyarrow.compute
from pyarrow import parquet

from wurao.core.campaigns import Campaign, Described, Link, Member
from wurao.core.clock import day_of
from wurao.core.errors import StoreError
from wurao.store.durable import disk, replace_file
from wurao.store.home import Home
from wurao.store.identities import Identities
from wurao.store.lake import reading
from wurao.store.schema import ID, SEALED

pc: Any = pyarrow.compute

KEPT: Final = 30
MEMBERS: Final[pa.Schema] = pa.schema(
    {
        "campaign": pa.string(),
        "caller_id": ID,
        "caller": pa.uint64(),
        "caller_sealed": SEALED,
        "first_us": pa.int64(),
        "last_us": pa.int64(),
        "calls": pa.int64(),
        "belongs": pa.float64(),
    }  # type: ignore[arg-type]  # the stubs want one type for all
)
LINKS: Final[pa.Schema] = pa.schema(
    {
        "campaign": pa.string(),
        "a_id": ID,
        "b_id": ID,
        "p_same": pa.float64(),
        "families": pa.string(),
    }  # type: ignore[arg-type]  # the stubs want one type for all
)
"""``campaign`` is null for a link between numbers of no one campaign."""
_TOLD: Final = b"wurao.campaigns"
_OWNER_ONLY: Final = 0o600
_OPENING: Final = frozenset({"operator"})
"""Whoever shows the rows masks or logs them by the role of who looks (access.looking)."""


class Linked(msgspec.Struct):
    """What a run found: campaigns with their history, and the tables to keep."""

    at_us: int
    campaigns: tuple[Campaign, ...]
    members: pa.Table
    links: pa.Table


class _Told(msgspec.Struct):
    at_us: int
    campaigns: tuple[Campaign, ...]


def write(home: Home, linked: Linked) -> Path:
    """Keep a run as that of its Chinese day and let go what is older than ``KEPT`` days' files. Raises StoreError."""
    folder = home.folder("campaigns")
    with disk(folder):
        folder.mkdir(mode=0o700, exist_ok=True)  # a home made before there were campaigns
    path = folder / f"{day_of(linked.at_us)}.parquet"
    _replace(_links_of(path), linked.links.select(LINKS.names).cast(LINKS))
    told = msgspec.json.encode(_Told(linked.at_us, linked.campaigns))
    _replace(path, linked.members.select(MEMBERS.names).cast(MEMBERS), told)
    with disk(folder):
        for old in _files(home)[:-KEPT]:
            old.unlink()
            _links_of(old).unlink(missing_ok=True)
    return path


def latest(home: Home) -> Path | None:
    """Return the file of the newest run, None before the first."""
    return next(reversed(_files(home)), None)


def campaigns(path: Path) -> tuple[Campaign, ...]:
    """Return every campaign of a run, those that were merged into others too; raises StoreError."""
    return _told(path).campaigns


def at_us(path: Path) -> int:
    """Return when a run was made; raises StoreError."""
    return _told(path).at_us


def standing(path: Path) -> list[Campaign]:
    """Return the campaigns that still stand, the busiest first; raises StoreError."""
    return sorted((one for one in campaigns(path) if not one.merged_into), key=lambda one: -one.calls)


def describe(path: Path, identities: Identities, campaign_id: str) -> Described | None:
    """Return a campaign with its numbers and links, None where the run knows no such id; raises StoreError."""
    found = next((one for one in campaigns(path) if one.id == campaign_id), None)
    if found is None:
        return None
    with reading():
        members = parquet.read_table(path, filters=pc.field("campaign") == campaign_id)
        links = parquet.read_table(_links_of(path), filters=pc.field("campaign") == campaign_id)
    rows = identities.reveal("calls", members, _OPENING).sort_by("first_us").to_pylist()
    return Described(
        found,
        tuple(_member(row) for row in rows),
        tuple(sorted(map(_link, links.to_pylist()), key=lambda link: -link.p_same)),
    )


def numbers_of(path: Path, identities: Identities) -> dict[int, str]:
    """Return each number of a run's campaigns with the id of its campaign; raises StoreError."""
    with reading():
        members = parquet.read_table(path)
    rows = identities.reveal("calls", members, _OPENING).to_pylist()
    return {row["caller"]: row["campaign"] for row in rows}


def members_of(path: Path, identities: Identities) -> dict[str, list[Member]]:
    """Return the numbers of each campaign of a run; raises StoreError."""
    with reading():
        members = parquet.read_table(path)
    found: dict[str, list[Member]] = {}
    for row in identities.reveal("calls", members, _OPENING).to_pylist():
        found.setdefault(row["campaign"], []).append(_member(row))
    return found


def keys_of(path: Path) -> dict[bytes, str]:
    """Return the keyed id of each number of a run's campaigns with the id of its campaign; raises StoreError."""
    with reading():
        members = parquet.read_table(path, columns=["caller_id", "campaign"])
    return {row["caller_id"]: row["campaign"] for row in members.to_pylist()}


def erase(home: Home, caller_id: bytes) -> int:
    """Delete the rows of a number from every file and return how many; a damaged file goes as a whole."""
    its = pa.scalar(caller_id, ID)
    erased = 0
    with disk(home.folder("campaigns")):
        for path in home.folder("campaigns").glob(".*.new"):  # a killed run was writing it
            path.unlink()
    for path in _files(home):
        erased += _without(path, pc.field("caller_id") != its)
        _without(_links_of(path), (pc.field("a_id") != its) & (pc.field("b_id") != its))
    return erased


def _without(path: Path, keep: Any) -> int:
    try:
        with reading():
            table = parquet.read_table(path)
    except StoreError:
        path.unlink(missing_ok=True)
        return 0
    left = table.filter(keep)
    if left.num_rows < table.num_rows:
        _replace(path, left, (table.schema.metadata or {}).get(_TOLD, b""))
    return table.num_rows - left.num_rows


def _told(path: Path) -> _Told:
    with reading():
        metadata: Mapping[bytes, bytes] = parquet.read_schema(path).metadata or {}
    try:
        return msgspec.json.decode(metadata.get(_TOLD, b""), type=_Told)
    except msgspec.DecodeError:
        raise StoreError("nothing tells of these campaigns", where=str(path), mend="wurao campaigns link") from None


def _member(row: dict[str, Any]) -> Member:
    told = {name: row[name] for name in ("first_us", "last_us", "calls", "belongs")}
    return Member(key=row["caller_id"].hex(), number=row["caller"], **told)


def _link(row: dict[str, Any]) -> Link:
    families = msgspec.json.decode(row["families"], type=dict[str, float])
    return Link(row["a_id"].hex(), row["b_id"].hex(), row["p_same"], families)


def _replace(path: Path, table: pa.Table, told: bytes = b"") -> None:
    file = io.BytesIO()
    parquet.write_table(table.replace_schema_metadata({_TOLD: told}), file, compression="zstd")
    replace_file(path, file.getvalue(), mode=_OWNER_ONLY)


def _links_of(path: Path) -> Path:
    return path.with_suffix(".links.parquet")


def _files(home: Home) -> list[Path]:
    return sorted(path for path in home.folder("campaigns").glob("[0-9]*.parquet") if ".links" not in path.name)
