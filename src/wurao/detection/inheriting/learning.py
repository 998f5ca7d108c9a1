"""First calls to learn from: worlds whose truth is known, each day beside the campaigns of the days before.

Every wanted caller is taken for a new one by its first calls of the day: so couriers and companies are among them,
which a world of some days has from its first day on.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

import msgspec
import numpy as np

from wurao.core.payload import OPAQUE_BASE
from wurao.detection.inheriting.first_calls import FirstCall
from wurao.detection.inheriting.resembling import COLUMNS, Resembling
from wurao.detection.inheriting.signatures import Floats, Ints, Signatures
from wurao.detection.inheriting.vest_model import Bools, Weights, fitted
from wurao.detection.inheriting.watching import FIRST

STRANGERS: Final = 0.02
"""Share of the rows of a number and another's campaign that is learnt from, each for those left out too."""


class Firsts(msgspec.Struct, frozen=True):
    """Comparisons [rows, COLUMNS], after how many calls each is, whether it is of a number and its own campaign."""

    x: Floats
    calls: Ints
    same: Bools


def firsts_of(
    signatures: Signatures, day: Iterable[tuple[int, FirstCall]], campaign: Mapping[int, str], seed: int
) -> Firsts:
    """Return what the first calls of a day look like beside ``signatures``, whose names are the truth's campaigns.

    ``campaign`` of each number of nuisance; such a number is looked at where it never called before.
    """
    resembling, names = Resembling(signatures), np.array(signatures.names)
    rng, met = np.random.default_rng(seed), set(signatures.met.tolist())
    young: dict[int, list[FirstCall]] = {}
    x, after, same = [np.empty((0, len(COLUMNS)))], [np.empty(0, np.int64)], [np.empty(0, np.bool_)]
    for caller, call in day:
        if resembling.member(caller) >= 0:
            resembling.heard(caller, call.at_us)
            continue
        calls = young.setdefault(caller, [])
        if caller >= OPAQUE_BASE or len(calls) >= FIRST or (caller in campaign and caller in met):
            continue
        calls.append(call)
        its = names == campaign.get(caller, "")
        kept = its | (rng.random(len(names)) < STRANGERS)
        if kept.any():
            x.append(resembling.columns(caller, calls)[kept])
            after.append(np.full(int(kept.sum()), len(calls)))
            same.append(its[kept])
    return Firsts(np.concatenate(x), np.concatenate(after), np.concatenate(same))


def learnt(parts: Sequence[Firsts]) -> Weights:
    """Return the weights learnt from all parts."""
    x, calls, same = (np.concatenate([getattr(one, name) for one in parts]) for name in ("x", "calls", "same"))
    weight = np.where(same, 1.0, 1 / STRANGERS)
    each = (calls == k for k in range(1, FIRST + 1))
    return Weights(COLUMNS, tuple(fitted(x[its], same[its], weight[its]) for its in each))
