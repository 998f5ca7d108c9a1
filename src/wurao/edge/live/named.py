"""From records of a ring to a batch of decisions: each word is named once, each standing caller once."""

from collections.abc import Iterable
from typing import Final

import numpy as np
import numpy.typing as npt

from wurao.core.payload import INVALID_CALLER, cut
from wurao.edge._receipts import Receipts
from wurao.edge.live.batch import ROW, Batch, Outcome
from wurao.edge.live.naming import Naming, stands
from wurao.edge.ring import Records

_MAX_CHANGE: Final = 2**63 - 1
_LAST_US: Final = 253_402_214_400_000_000
"""The end of the year 9999, a day before: a receipt has a year of four digits."""
_TAKEN: Final = ("caller", "callee", "at_us", "generation", "change")
_NOTHING: Final = -1
"""The outcome of a word that means nothing."""
Places = npt.NDArray[np.int64]


def named(records: Records, naming: Naming, receipts: Receipts, trunks: Iterable[str]) -> Batch:
    """Return what records tell, without those that mean nothing; names that a record cut are whole in ``trunks``."""
    sound = records[_sound(records)]
    outcomes, of = _outcomes(sound, naming, trunks)
    meant = of != _NOTHING
    sound, of = sound[meant], of[meant]
    rows = np.zeros(len(sound), ROW)
    for name in _TAKEN:
        rows[name] = sound[name]
    rows["outcome"] = of
    at_us, secrets = np.ascontiguousarray(sound["at_us"]), sound["receipt"].tobytes()
    rows["receipt"] = np.frombuffer(receipts.ids_of(at_us, secrets), ROW["receipt"])
    return Batch(rows, outcomes)


def ingresses(records: Records, trunks: Iterable[str]) -> tuple[list[str], Places]:
    """Return the names of the trunks among the records, whole where they are in ``trunks``, and each record's place."""
    whole = {cut(name): name for name in trunks}
    held, place = np.unique(records["ingress"], return_inverse=True)
    names = [name.decode(errors="ignore") for name in held.tolist()]
    return [whole.get(name, name) for name in names], place


def _sound(records: Records) -> npt.NDArray[np.bool_]:
    at_us, most = records["at_us"], np.maximum(records["caller"], records["callee"])
    sound: npt.NDArray[np.bool_] = (
        (most <= INVALID_CALLER) & (records["change"] <= _MAX_CHANGE) & (at_us >= 0) & (at_us < _LAST_US)
    )
    return sound


def _outcomes(records: Records, naming: Naming, trunks: Iterable[str]) -> tuple[list[Outcome], Places]:
    """Return the outcomes among the records and each record's place in them."""
    names, trunk = ingresses(records, trunks)
    words, word = np.unique(records["word"], return_inverse=True)
    kinds, first, kind = np.unique(word * max(len(names), 1) + trunk, return_index=True, return_inverse=True)
    callers = records["caller"]
    found: dict[Outcome, int] = {}
    places = np.full(len(kinds), _NOTHING, np.int64)
    standing = []
    for at, row in enumerate(first.tolist()):
        told, ingress = int(words[word[row]]), names[trunk[row]]
        try:
            places[at] = found.setdefault(naming.outcome(told, ingress, int(callers[row])), len(found))
            if stands(told):
                standing.append((at, told, ingress))
        except (ValueError, IndexError, OverflowError):
            continue
    of = places[kind]
    for at, told, ingress in standing:  # what stands on a number is told of it alone
        rows = np.flatnonzero(kind == at)
        each, back = np.unique(callers[rows], return_inverse=True)
        told_of = [naming.outcome(told, ingress, caller) for caller in each.tolist()]
        of[rows] = np.array([found.setdefault(one, len(found)) for one in told_of], np.int64)[back]
    return list(found), of
