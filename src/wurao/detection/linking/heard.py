"""What was heard of numbers on honeypot lines – recordings, scripts, ways to call back – as evidence for pairs of them.

No trees learn it, for no simulated caller says anything. To say the same adds fixed log-odds, ln(again / by chance):
how often the same is found again where it is the same, over how often strangers share it. The latter is more for what
many numbers say: a tune that a third of all play tells nobody from another (Winkler's frequencies). All three are heard
in one call, so they count as one family and a pair gets the most telling of them, never their sum
(docs/adr/0019-what-is-said-adds-fixed-odds.md).
"""

from __future__ import annotations  # pyarrow's types take no [Any] at run time

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any, Final, NamedTuple

import msgspec
import numpy as np
import pyarrow as pa
from scipy import sparse
from scipy.special import expit, logit

from wurao.detection.linking.profiles import Floats, Ints, Profiles, barely


class Rates(NamedTuple):
    """How often something is found again where it is the same, and how often two strangers share it."""

    again: float
    by_chance: float


SAID: Final = {"recording": Rates(1.0, 0.01), "script": Rates(0.98, 0.034), "callback": Rates(0.82, 0.055)}
"""Family → its rates, the most telling first. Strangers' scripts and call-back numbers are measured, and too many: one
caller's other recordings are among them. That they share a recording, bought or borrowed, is assumed: no pair of other
recordings was ever taken for the same."""
_AS_IF_OF: Final = 100
"""Numbers from which the strangers' rate would be known: to hear few says little of how usual something is."""
MOST_NUMBERS: Final = 400
"""What more numbers say is the network's own, or is spread wider than groups are compared."""
NEXT_HEARD: Final = 24
"""Each number is paired with so many that say the same and began next."""


class Heard(msgspec.Struct, frozen=True):
    """What one number said: groups of recordings, groups of scripts, numbers and addresses to reach it by."""

    recording: frozenset[str] = frozenset()
    script: frozenset[str] = frozenset()
    callback: frozenset[str] = frozenset()


ByCaller = Mapping[Any, Heard]
"""Callers as the calls name them → what was heard of each."""


def calling(told: ByCaller, summary: pa.Table) -> ByCaller:
    """Return what was heard of those who are among the callers of a ``counted.summary``."""
    if not told:
        return told
    return {key: told[key] for key in summary.column("caller").to_pylist() if key in told}


def shared(told: ByCaller) -> ByCaller:
    """Return those of whom something was heard that others say too, and not everybody."""
    telling = {family: _telling(told, family) for family in SAID}
    return {
        key: one
        for key, one in told.items()
        if any(not telling[name].keys().isdisjoint(getattr(one, name)) for name in SAID)
    }


def _telling(told: ByCaller, family: str) -> dict[str, int]:
    """Return the values that tell something of a pair, and how many numbers said each."""
    counts = Counter(value for one in told.values() for value in getattr(one, family))
    return {value: count for value, count in sorted(counts.items()) if 1 < count <= MOST_NUMBERS}


class Alike:
    """Which of the numbers ``known`` say the same, by their positions; of others too it was ``told`` what they say."""

    def __init__(self, known: Profiles, told: ByCaller) -> None:
        self._first_us = known.first_us
        self._barely = barely(known.n, known.uniq)
        place = {key: at for at, key in enumerate(known.keys.to_pylist()) if key in told} if told else {}
        self._heard = np.isin(np.arange(len(known.n)), list(place.values()))
        self._said = [_Said(place, told, family) for family in SAID]

    def pairs(self) -> Iterator[tuple[Ints, Ints]]:
        """Yield pairs a < b that say the same, each number with a bounded number of those that began next."""
        for said in self._said:
            yield from said.pairs(self._first_us)

    def weighed(self, p: Floats, a: Ints, b: Ints) -> Floats:
        """Return p_same of the pairs, given what their calls say (``p``) and with what was heard.

        Numbers of hardly a call are compared only with those that say the same: 0 for all else.
        """
        if not self._heard.any():
            return p
        told = np.where(self._barely[a] | self._barely[b], 0.0, p)
        both = np.flatnonzero(self._heard[a] & self._heard[b])
        adds = self.adds(a[both], b[both]).sum(axis=1)
        told[both] = np.where(adds > 0, expit(logit(p[both]) + adds), told[both])
        return told

    def adds(self, a: Ints, b: Ints) -> Floats:
        """Return what each family of ``SAID`` adds to the log-odds of the pairs, beyond those before it."""
        both = self._heard[a] & self._heard[b]
        each = np.zeros((len(a), len(SAID)))
        for column, said in enumerate(self._said):
            each[both, column] = said.weight(a[both], b[both])
        return np.diff(np.maximum.accumulate(each, axis=1), axis=1, prepend=0)


class _Said:
    """One family: which numbers said which values, and how much a value says."""

    def __init__(self, place: Mapping[Any, int], told: ByCaller, family: str) -> None:
        telling = _telling(told, family)
        numbers = sum(bool(getattr(one, family)) for one in told.values())
        code = {value: column for column, value in enumerate(telling)}
        rows = [(at, code[value]) for key, at in place.items() for value in getattr(told[key], family) if value in code]
        self._at, self._value = np.array(sorted(rows), np.int64).reshape(-1, 2).T
        shape = (max(place.values(), default=-1) + 1, len(telling))
        self._table = sparse.csr_matrix((np.ones(len(rows)), (self._at, self._value)), shape)
        counts = np.array(list(telling.values()), np.int64)
        self._weighted = self._table @ sparse.diags(_weight(counts, numbers, SAID[family]), shape=(len(telling),) * 2)

    def pairs(self, first_us: Ints) -> Iterator[tuple[Ints, Ints]]:
        order = np.lexsort((first_us[self._at], self._value))
        value, at = self._value[order], self._at[order]
        for step in range(1, NEXT_HEARD + 1):
            same = value[step:] == value[:-step]
            one, other = at[:-step][same], at[step:][same]
            yield np.minimum(one, other), np.maximum(one, other)

    def weight(self, a: Ints, b: Ints) -> Floats:
        """Return how much the most telling value says that both said, 0 where there is none."""
        if not len(a) or not self._table.shape[1]:
            return np.zeros(len(a))
        return np.asarray(self._table[a].multiply(self._weighted[b]).max(axis=1).todense()).ravel()


def _weight(count: Ints, numbers: int, rates: Rates) -> Floats:
    """Return ln(again / by chance) of values that ``count`` of ``numbers`` said: by a third's chance to say it too."""
    others = (count - 2 + rates.by_chance * _AS_IF_OF) / (numbers - 2 + _AS_IF_OF)
    return np.asarray(np.log(rates.again / np.clip(others, rates.by_chance, rates.again)))
