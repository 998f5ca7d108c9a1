"""The linking over a home's own calls: campaigns that keep their ids, with history, and where their numbers rest.

A group is a campaign if some number of it is known for a nuisance: companies wear several numbers too, and nobody
needs to know which. Whoever vouches for a number keeps it out.
"""

from __future__ import annotations  # pyarrow's types take no [Any] at run time

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Any, Final

import ibis
import msgspec
import numpy as np
import pyarrow as pa

from wurao.core.campaigns import Campaign, LinkDecision
from wurao.core.categories import find
from wurao.core.standing import Standing
from wurao.detection.features import running
from wurao.detection.features.rows import calls_of
from wurao.detection.inheriting.keyed import lead_keys
from wurao.detection.inheriting.signatures import Signatures
from wurao.detection.inheriting.signing import signed
from wurao.detection.linking import lasting
from wurao.detection.linking.heard import Heard
from wurao.detection.linking.hearing import as_theirs
from wurao.detection.linking.kept import LINKS, MEMBERS, Linked
from wurao.detection.linking.linked import Decided, Links, link
from wurao.detection.linking.pair_model import PairModel
from wurao.detection.linking.profiles import FEW
from wurao.store.identities import Identities
from wurao.store.lake import Lake

_OPENING: Final = frozenset({"operator"})
SUREST: Final = 3
"""Links of a number that say how much it belongs: the rest of a long-lived campaign is far from it in time."""


class Known(msgspec.Struct, frozen=True):
    """What is known before a run: standing rows of nuisance by number, who is vouched for, decisions, the last run."""

    nuisance: Mapping[int, Standing]
    vouched: Callable[[Iterable[int]], Collection[int]]
    """Numbers → those of them for which somebody answers."""
    decisions: Sequence[LinkDecision]
    before: tuple[Campaign, ...]
    before_of: Mapping[str, str]
    """Key of a number → its campaign in the last run."""
    heard: Mapping[bytes, Heard]
    """What was heard of callers (keyed ids) on honeypot lines."""
    accused: Collection[int]
    """Numbers that somebody else than the detector accuses: their campaigns are inherited from."""
    young: Collection[int]
    """Numbers that inherited at their first calls, since the last run or before it."""


class Night(msgspec.Struct):
    """What a run over a home found: the links as such, and what is kept of them."""

    links: Links
    linked: Linked
    signatures: Signatures
    """Of the campaigns that are inherited from."""
    unjudged: frozenset[int]
    """Those of the young that called too seldom to be linked: what they inherited stays."""


def of_home(
    lake: Lake,
    identities: Identities,
    model: PairModel,
    known: Known,
    span: tuple[int, int],
    since: Mapping[bytes, int],
) -> Night | None:
    """Return what links the calls in [``span``) of a home, None where there are none; raises StoreError.

    ``since``: when callers (keyed ids) changed hands, in microseconds UTC; what called before was somebody else.
    """
    with running.calls_of(lake, *span) as every:
        raw = running.since(every, since) if since else every
        who = _who(raw, identities)
        if not who:
            return None
        numbers = {key: row["caller"] for key, row in who.items()}

        def numbers_of(callers: Any) -> Any:
            return np.array([numbers.get(key, 0) for key in callers.to_pylist()], np.int64)

        calls = as_theirs(calls_of(raw))
        found = link(calls, numbers_of, model, _decided(known.decisions, identities), known.heard)
        linked = _kept(found, who, known, span[1])
        told = signed(calls, (numbers_of, lead_keys), _accused(linked.members, who, known.accused), span)
    judged = {row["caller"] for row in who.values() if row["n"] >= FEW}
    return Night(found, linked, told, frozenset(known.young) - judged)


def _accused(
    members: pa.Table, who: Mapping[bytes, dict[str, Any]], accused: Collection[int]
) -> dict[str, list[bytes]]:
    """Return the members of each campaign of which some number is accused."""
    of: dict[str, list[bytes]] = {}
    for row in members.select(["campaign", "caller_id"]).to_pylist():
        of.setdefault(row["campaign"], []).append(row["caller_id"])
    return {name: keys for name, keys in of.items() if any(who[key]["caller"] in accused for key in keys)}


def _who(raw: ibis.Table, identities: Identities) -> dict[bytes, dict[str, Any]]:
    named = raw.filter(raw.caller_id.notnull())
    called = named.group_by("caller_id").agg(
        caller=named.caller.max(),
        caller_sealed=named.caller_sealed.max(),
        n=named.count(),
        first_us=named.start_us.min(),
        last_us=named.start_us.max(),
    )
    table = running.run(called)
    sealed = table.column("caller_sealed").to_pylist()
    rows = identities.reveal("calls", table, _OPENING).to_pylist()
    return {bytes(row["caller_id"]): row | {"sealed": one} for row, one in zip(rows, sealed, strict=True)}


def _decided(decisions: Sequence[LinkDecision], identities: Identities) -> Decided:
    keys = [(one.same, (identities.id_of(one.a), identities.id_of(one.b))) for one in decisions]
    return Decided([pair for same, pair in keys if same], [pair for same, pair in keys if not same])


def _kept(found: Links, who: Mapping[bytes, dict[str, Any]], known: Known, now_us: int) -> Linked:
    vouched = known.vouched(row["caller"] for row in who.values())
    groups = [group for group in (_members(keys, who, known.nuisance, vouched) for keys in found.groups) if group]
    names = lasting.ids([[key.hex() for key in group] for group in groups], known.before_of, now_us)
    earlier = {one.id: one for one in known.before}
    campaigns = [
        _campaign(name, [who[key] for key in group], known.nuisance, earlier.get(name.id))
        for name, group in zip(names, groups, strict=True)
    ]
    gone = {other: name.id for name in names for other in name.took_over}
    campaigns += [
        msgspec.structs.replace(one, merged_into=gone.get(one.id, one.merged_into), numbers=0)
        for one in known.before
        if one.id in gone or one.merged_into
    ]
    of = {key: name.id for name, group in zip(names, groups, strict=True) for key in group}
    return Linked(now_us, tuple(campaigns), _at_rest(of, who, found), _links(of, found))


def _members(
    keys: Sequence[object], who: Mapping[bytes, dict[str, Any]], nuisance: Collection[int], vouched: Collection[int]
) -> list[bytes]:
    """Return the members of a campaign, none where nothing of the group is known for a nuisance."""
    mine = [bytes(key) for key in keys if isinstance(key, bytes) and key in who]
    left = [key for key in mine if who[key]["caller"] not in vouched]
    return left if len(left) > 1 and any(who[key]["caller"] in nuisance for key in left) else []


def _campaign(
    name: lasting.Lasting, rows: list[dict[str, Any]], nuisance: Mapping[int, Standing], earlier: Campaign | None
) -> Campaign:
    told = [nuisance[row["caller"]] for row in rows if row["caller"] in nuisance]
    category = _commonest([one.category for one in told])
    return Campaign(
        id=name.id,
        zh=f"{find(category).zh}团伙",
        en=f"{find(category).en} campaign",
        category=category,
        method=_commonest([one.method for one in told]),
        first_us=min(row["first_us"] for row in rows),
        last_us=max(row["last_us"] for row in rows),
        numbers=len(rows),
        calls=sum(row["n"] for row in rows),
        history=(*(earlier.history if earlier else ()), *name.passages),
    )


def _commonest(names: Sequence[str]) -> str:
    said = Counter(name for name in names if name != "unknown")
    return min(said, key=lambda name: (-said[name], name)) if said else "unknown"


def _at_rest(of: Mapping[bytes, str], who: Mapping[bytes, dict[str, Any]], found: Links) -> pa.Table:
    belongs: dict[bytes, list[float]] = {}
    for one in found.links:
        a, b = one.a, one.b
        if isinstance(a, bytes) and isinstance(b, bytes) and a in of and of[a] == of.get(b):
            belongs.setdefault(a, []).append(one.p_same)
            belongs.setdefault(b, []).append(one.p_same)
    rows = [
        {
            "campaign": of[key],
            "caller_id": key,
            "caller": None if who[key]["sealed"] else who[key]["caller"],
            "caller_sealed": who[key]["sealed"],
            "calls": who[key]["n"],
            "belongs": float(np.mean(sorted(belongs.get(key, [0.0]))[-SUREST:])),
            "first_us": who[key]["first_us"],
            "last_us": who[key]["last_us"],
        }
        for key in of
    ]
    return pa.Table.from_pylist(rows, schema=MEMBERS)


def _links(of: Mapping[bytes, str], found: Links) -> pa.Table:
    rows = [
        {
            "campaign": of[one.a],
            "a_id": one.a,
            "b_id": one.b,
            "p_same": one.p_same,
            "families": msgspec.json.encode(one.families).decode(),
        }
        for one in found.links
        if isinstance(one.a, bytes) and isinstance(one.b, bytes) and one.a in of and of[one.a] == of.get(one.b)
    ]
    return pa.Table.from_pylist(rows, schema=LINKS)
