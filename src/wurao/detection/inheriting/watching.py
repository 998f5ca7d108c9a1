"""The campaign watch: hears calls in the order of time and says which new number is a known campaign's.

A number is matched at each of its first ``FIRST`` calls until it is held for some campaign's; at least two families
must speak. Whether a number is new and whether anybody vouches for it is for the caller of this module to say.
"""

from typing import Final

import msgspec
import numpy as np

from wurao.detection.inheriting.first_calls import FirstCall
from wurao.detection.inheriting.resembling import FAMILIES, Resembling
from wurao.detection.inheriting.signatures import Signatures
from wurao.detection.inheriting.vest_model import VestModel

FIRST: Final = 5
"""Calls of a new number that are matched."""
YOUNG: Final = 100_000
"""New numbers kept in mind; beyond that the oldest make room."""
INHERITS_FROM: Final = (0.02, 0.05, 0.1, 0.1, 0.1)
"""Probability of some campaign from which a number inherits with each of its calls.

Of a network where every caller might be new; of those who never called before far more are campaigns'. Chosen so that
in worlds left out of learning at most one wanted caller in a thousand inherits: more calls are more occasions to err.
"""
SPEAKS_FROM: Final = 0.3
"""Log-odds from which a family speaks."""
LEAST_FAMILIES: Final = 2
SAME_FOR_ALL: Final = "handover"
"""That a campaign's numbers have fallen silent is as true of any caller: it makes no second family."""
LOOK_ALIKES: Final = 16
"""Campaigns at most whose probabilities are put together: many small ones would make anybody suspect."""
_TELLING: Final = [at for at, name in enumerate(FAMILIES) if name != SAME_FOR_ALL]


class Inherited(msgspec.Struct, frozen=True):
    """A new number held for a campaign's after ``calls`` calls, with what each family that speaks adds."""

    caller: int
    campaign: str
    calls: int
    p: float
    families: dict[str, float]
    silent_us: int
    """How long the campaign had been silent."""


class CampaignWatch:
    """Watches over the campaigns of one night; for one thread."""

    def __init__(self, signatures: Signatures, model: VestModel) -> None:
        self._names = signatures.names
        self._resembling = Resembling(signatures)
        self._model = model
        self._young: dict[int, list[FirstCall]] = {}

    @property
    def campaigns(self) -> int:
        """Return how many campaigns are watched."""
        return len(self._names)

    def is_member(self, number: int) -> bool:
        """Tell whether a number is a campaign's already."""
        return self._resembling.member(number) >= 0

    def hear_member(self, number: int, at_us: int) -> None:
        """Note that a campaign's number called."""
        self._resembling.heard(number, at_us)

    def hear(self, caller: int, call: FirstCall) -> Inherited | None:
        """Take a call of a new number and return what it inherits with it, None for nothing yet."""
        if not self._names:
            return None
        calls = self._young.setdefault(caller, [])
        if len(calls) >= FIRST:
            return None
        calls.append(call)
        if len(self._young) > YOUNG:
            del self._young[next(iter(self._young))]
        found = self._matched(caller, calls)
        if found is not None:
            calls.extend([call] * (FIRST - len(calls)))  # matched: no further call is looked at
        return found

    def _matched(self, caller: int, calls: list[FirstCall]) -> Inherited | None:
        x = self._resembling.columns(caller, calls)
        adds = self._model.families(x, len(calls))
        enough = (adds[:, _TELLING] >= SPEAKS_FROM).sum(axis=1) >= LEAST_FAMILIES
        p = np.where(enough, self._model.p_same(x, len(calls)), 0.0)
        # campaigns on one trunk look alike: that it is one of them is surer than which
        some = 1 - float(np.prod(1 - np.sort(p)[-LOOK_ALIKES:]))
        if some < INHERITS_FROM[len(calls) - 1]:
            return None
        best = int(p.argmax())
        told = zip(FAMILIES, adds[best].tolist(), strict=True)
        spoken = {name: round(add, 2) for name, add in told if add >= SPEAKS_FROM}
        silent_us = self._resembling.silent_us(best, calls[-1].at_us)
        return Inherited(caller, self._names[best], len(calls), some, spoken, silent_us)
