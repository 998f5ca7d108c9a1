"""One run of the linking over calls: pairs proposed, compared, weighed; changes of number matched; groups made."""

from __future__ import annotations  # pyarrow's types take no [Any] at run time

from collections.abc import Callable, Iterable, Sequence
from types import MappingProxyType
from typing import Any, Final

import ibis
import msgspec
import numpy as np
import pyarrow as pa

from wurao.detection.linking import counted
from wurao.detection.linking.blocking import between, candidates, reachable
from wurao.detection.linking.comparing import FAMILIES, Comparing, parts
from wurao.detection.linking.grouping import groups, named
from wurao.detection.linking.heard import SAID, Alike, ByCaller, calling, shared
from wurao.detection.linking.pair_model import LEAST_FAMILIES, SPEAKS_FROM, PairModel
from wurao.detection.linking.profiles import Floats, Ints, profiles, suspects
from wurao.detection.linking.succession import successions

LISTED_FROM: Final = 0.05
"""Pairs below are not told of."""
LINK_FROM: Final = 0.5
LARGEST: Final = 400
"""Numbers of a group of which every pair is compared."""
NumbersOf = Callable[[Any], Ints]
"""Callers as the calls name them → their numbers in clear; 0 where that is nobody's business."""


class Pair(msgspec.Struct, frozen=True):
    """A link: ``a`` began first; what each family that speaks for it adds to the log-odds."""

    a: object
    b: object
    p_same: float
    families: dict[str, float]


class Links(msgspec.Struct, frozen=True):
    """What a run found among ``numbers`` numbers: links, surest first, and groups of keys, the largest first."""

    numbers: int
    candidates: int
    links: list[Pair]
    groups: list[list[object]]


class Decided(msgspec.Struct, frozen=True):
    """Pairs of keys that analysts decided: to be joined, never to be joined."""

    together: Sequence[tuple[object, object]] = ()
    apart: Sequence[tuple[object, object]] = ()


def link(
    calls: ibis.Table,
    numbers_of: NumbersOf,
    model: PairModel,
    decided: Decided = Decided(),  # noqa: B008 - frozen
    heard: ByCaller = MappingProxyType({}),
) -> Links:
    """Link the callers of ``calls`` (as ``features.rows.calls_of`` returns them), and by what was heard of them."""
    summary = counted.summary(calls)
    heard = calling(heard, summary)
    summary = summary.filter(pa.array(suspects(summary, shared(heard))))
    known = profiles(calls, summary, numbers_of(summary.column("caller")))
    changes = _of_changes(calls)
    alike, compared = _of_habits(Comparing(known), model, Alike(known, heard))
    pairs = _surest([*_unsettled(alike, changes), *changes])
    keys = list(dict.fromkeys([*known.keys.to_pylist(), *(key for one in pairs for key in (one.a, one.b))]))
    return Links(len(keys), compared, pairs, _grouped(keys, pairs, decided))


def weighed(comparing: Comparing, model: PairModel, heard: Alike) -> tuple[Ints, Ints, Floats]:
    """Return the pairs compared (a, b) and p_same: those proposed, and all that they reach."""

    def p_of(a: Ints, b: Ints) -> Floats:
        told = [model.p_same(comparing.rows(a[part], b[part])) for part in parts(len(a))]
        return heard.weighed(np.concatenate([np.empty(0), *told]), a, b)

    n = len(comparing.p.n)
    a, b = candidates(comparing.p, heard.pairs())
    p = p_of(a, b)
    likely = p >= LINK_FROM
    more = between(_near(n, a[likely], b[likely], p[likely]), a * n + b, LARGEST)
    return np.concatenate([a, more[0]]), np.concatenate([b, more[1]]), np.concatenate([p, p_of(*more)])


def _near(n: int, a: Ints, b: Ints, p: Floats) -> Ints:
    """Return of each number those worth comparing with it: all that it reaches, or its group where those are many."""
    reached = reachable(n, a, b)
    many = np.bincount(reached, minlength=n)[reached] > LARGEST
    its = many[a]
    return np.where(many, n + groups(n, a[its], b[its], p[its]), reached)


def _of_habits(comparing: Comparing, model: PairModel, heard: Alike) -> tuple[list[Pair], int]:
    a, b, p = weighed(comparing, model, heard)
    listed = np.flatnonzero(p >= LISTED_FROM)
    known, found = comparing.p, []
    keys = known.keys.to_pylist()
    for told in (listed[part] for part in parts(len(listed))):
        adds = np.hstack([model.families(comparing.rows(a[told], b[told])), heard.adds(a[told], b[told])])
        calls, said = np.split(adds >= SPEAKS_FROM, [len(FAMILIES)], axis=1)
        enough = calls.sum(axis=1) + said.any(axis=1) >= LEAST_FAMILIES  # all that is said was heard in one call
        for at, row in zip(told[enough].tolist(), adds[enough].tolist(), strict=True):
            one, other = sorted((int(a[at]), int(b[at])), key=lambda i: int(known.first_us[i]))
            families = _speaking(zip((*FAMILIES, *SAID), row, strict=True))
            found.append(Pair(keys[one], keys[other], float(p[at]), families))
    return found, len(a)


def _of_changes(calls: ibis.Table) -> list[Pair]:
    told = (Pair(one.old, one.new, one.p, _speaking(one.families.items())) for one in successions(calls))
    return [one for one in told if one.p_same >= LISTED_FROM and len(one.families) >= LEAST_FAMILIES]


def _unsettled(alike: Sequence[Pair], changes: Sequence[Pair]) -> list[Pair]:
    """Return the pairs of habits without whoever is known to have changed number: that says more than likeness."""
    settled = {key for one in changes if one.p_same >= LINK_FROM for key in (one.a, one.b)}
    return [one for one in alike if settled.isdisjoint((one.a, one.b))]


def _speaking(families: Iterable[tuple[str, float]]) -> dict[str, float]:
    """Return the families that speak for a pair, the weightiest first."""
    return {name: round(adds, 2) for name, adds in sorted(families, key=lambda one: -one[1]) if adds >= SPEAKS_FROM}


def _surest(pairs: Sequence[Pair]) -> list[Pair]:
    """Return each pair once, by its surest link, the surest first."""
    best: dict[tuple[object, object], Pair] = {}
    for one in pairs:
        name = (one.a, one.b) if (one.b, one.a) not in best else (one.b, one.a)
        if name not in best or best[name].p_same < one.p_same:
            best[name] = one
    return sorted(best.values(), key=lambda one: -one.p_same)


def _grouped(keys: list[object], pairs: list[Pair], decided: Decided) -> list[list[object]]:
    place = {key: at for at, key in enumerate(keys)}
    a = np.array([place[one.a] for one in pairs], np.int64)
    b = np.array([place[one.b] for one in pairs], np.int64)
    p = np.array([one.p_same for one in pairs])

    def placed(named_pairs: Sequence[tuple[object, object]]) -> list[tuple[int, int]]:
        return [(place[one], place[other]) for one, other in named_pairs if one in place and other in place]

    of = groups(len(keys), a, b, p, placed(decided.together), placed(decided.apart))
    found: dict[int, list[object]] = {}
    for at in np.flatnonzero(named(of)).tolist():
        found.setdefault(int(of[at]), []).append(keys[at])
    return sorted(found.values(), key=len, reverse=True)
