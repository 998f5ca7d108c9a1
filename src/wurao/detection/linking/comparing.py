"""Pairs of numbers compared, one column a comparison, by signal family; NaN where the calls say nothing.

Histograms are compared by the log Bayes factor of one source against two (Dirichlet-multinomial), after counts are
scaled down to what a number can be sure of: a habit that differs a little must not speak against a pair the more
calls there are. Sets are compared by what they share beyond what chance would.
"""

from collections.abc import Iterator
from typing import Final

import numpy as np
import numpy.typing as npt
from scipy import sparse
from scipy.special import gammaln

from wurao.core.clock import DAY_US, HOUR_US
from wurao.detection.linking import _pairs
from wurao.detection.linking.profiles import Floats, Ints, Profiles

FAMILIES: Final = {
    "talk": ("talk", "talk_shape", "outcome"),
    "ring": ("ring", "ring_shape"),
    "rhythm": ("gap", "hour", "hour_shape", "rate"),
    "handover": ("handover_h", "apart", "together", "handovers"),
    "callees": ("shared", "shared_rare", "shared_beyond", "regulars", "between"),
    "apart": ("same_day", "same_day_beyond"),
    "block": ("digits", "distance", "block_full", "beside", "beside_apart"),
    "trunk": ("ingress", "ingress_rare", "attested"),
    "agent": ("user_agent", "user_agent_rare"),
    "device": ("imei_tac", "imei_rare", "cells"),
}
"""Family → its comparisons; families are independent of each other, comparisons within one are not."""
CONTEXT: Final = ("n_low", "n_high", "uniq_low", "uniq_high")
"""How much a pair says at all: evidence neither for nor against."""
COLUMNS: Final = (*(name for names in FAMILIES.values() for name in names), *CONTEXT)
CHUNK: Final = 200_000
_SHAPES: Final = ("talk", "ring", "hour")
_RARE: Final = {"ingress": "ingress", "user_agent": "user_agent", "imei": "imei_tac"}
_SURE: Final = 48.0
_PRIOR: Final = 8.0


def compare(profiles: Profiles, a: Ints, b: Ints) -> npt.NDArray[np.float32]:
    """Return the comparisons of the pairs (a, b) of positions in ``profiles`` as [pairs, COLUMNS]."""
    return Comparing(profiles).rows(a, b)


class Comparing:
    """Numbers ready to be compared, pair by pair: what is computed once for all pairs."""

    def __init__(self, p: Profiles) -> None:
        self.p = p
        self.habits = {name: _Habit(counts) for name, counts in p.habits.items() if counts.shape[1]}
        self.shape = {
            f"{name}_shape": np.sqrt(_smoothed(p.habits[name], self.habits[name].prior))
            for name in _SHAPES
            if name in self.habits
        }
        self.rare = {f"{name}_rare": _Rare(p.habits[of]) for name, of in _RARE.items() if of in self.habits}
        self.met, self.repeated, self.daily = _Rows(p.contacts), _Rows(p.repeated), _Rows(p.daily)
        popular = np.bincount(self.met.columns)
        self.weight = np.log((1 + len(p.n)) / (1 + popular)).clip(0)[self.met.columns]
        self.begins = np.sort(p.first_us)
        _, place, full = np.unique(p.numbers // 1000, return_inverse=True, return_counts=True)
        self.block_full = full[place]
        self.rate = np.log(p.n / np.maximum((p.last_us - p.first_us) / DAY_US, 0.25))

    def rows(self, a: Ints, b: Ints) -> npt.NDArray[np.float32]:
        """Return the comparisons of the pairs (a, b) of positions as [pairs, COLUMNS]."""
        out = np.full((len(a), len(COLUMNS)), np.nan, np.float32)
        for part in parts(len(a)):
            for name, values in _compared(self, a[part], b[part]).items():
                out[part, COLUMNS.index(name)] = values
        return out


def parts(pairs: int) -> Iterator[slice]:
    """Yield ``pairs`` in parts whose comparisons are held at once."""
    yield from (slice(low, low + CHUNK) for low in range(0, pairs, CHUNK))


class _Habit:
    """A histogram of all numbers, by which two of them are one source or two."""

    def __init__(self, counts: Floats) -> None:
        self._counts = np.ascontiguousarray(_scaled(counts))
        self.prior = _prior(self._counts)
        self._n = self._counts.sum(axis=1)
        self._alone = gammaln(self._counts + self.prior) - gammaln(self.prior) / 2
        self._sum = gammaln(self._n + self.prior.sum())

    def evidence(self, a: Ints, b: Ints) -> Floats:
        """Return the log Bayes factor of each pair, NaN where one of both says nothing: ``evidence_of``, faster."""
        whole = self.prior.sum()
        out = self._sum[a] + self._sum[b] - gammaln(self._n[a] + self._n[b] + whole) - gammaln(whole)
        _pairs.evidence(self._counts, self._alone, self.prior, a, b, out)
        return np.where((self._n[a] > 0) & (self._n[b] > 0), out, np.nan)


class _Rare:
    """A text of all numbers: what two of them share of its values, each weighed by how few numbers have it."""

    def __init__(self, counts: Floats) -> None:
        n = counts.sum(axis=1, keepdims=True)
        weight = -np.log((1 + (counts > 0).sum(axis=0)) / (1 + len(counts)))
        self._told = n[:, 0] > 0
        self._rows = np.ascontiguousarray(counts / np.maximum(n, 1) * weight)

    def shared(self, a: Ints, b: Ints) -> Floats:
        """Return it for each pair, NaN where one of both has no value."""
        out = np.empty(len(a))
        _pairs.least(self._rows, a, b, out)
        return np.where(self._told[a] & self._told[b], out, np.nan)


class _Rows:
    """The sets that a sparse table's rows are, and by how much chance two of them share."""

    def __init__(self, table: sparse.csr_matrix) -> None:
        rows = table.tocsr().sorted_indices()
        self.columns, self._starts = rows.indices.astype(np.int64), rows.indptr.astype(np.int64)
        self.size = np.diff(self._starts).astype(np.float64)
        popular = np.unique(self.columns, return_counts=True)[1].astype(np.float64)
        self._chance = float((popular**2).sum() / max(popular.sum(), 1.0) ** 2)

    def shared(self, a: Ints, b: Ints, weight: Floats | None = None) -> Floats:
        """Return how much the rows of each pair share, each cell counted or weighed."""
        out = np.empty(len(a))
        values = np.ones(len(self.columns)) if weight is None else weight
        _pairs.sparse_dots(self._starts, self.columns, values, a, b, out)
        return out

    def beyond(self, shared: Floats, a: Ints, b: Ints) -> Floats:
        """Return the log of what is shared over what chance would share."""
        return np.asarray(np.log((shared + 0.5) / (self.size[a] * self.size[b] * self._chance + 0.5)))


def _compared(w: Comparing, a: Ints, b: Ints) -> dict[str, Floats]:
    p = w.p
    found = {name: habit.evidence(a, b) for name, habit in w.habits.items()}
    found |= {name: _dots(rows, a, b) for name, rows in w.shape.items()}
    found |= {name: rare.shared(a, b) for name, rare in w.rare.items()}
    found |= _callees(w, a, b) | _times(w, a, b) | _digits(w, a, b)
    found["rate"] = np.abs(w.rate[a] - w.rate[b])
    for name, of in (("n", p.n), ("uniq", p.uniq)):
        found[f"{name}_low"], found[f"{name}_high"] = np.minimum(of[a], of[b]), np.maximum(of[a], of[b])
    return found


def _dots(rows: Floats, a: Ints, b: Ints) -> Floats:
    out = np.empty(len(a))
    _pairs.dots(rows, a, b, out)
    return out


def _callees(w: Comparing, a: Ints, b: Ints) -> dict[str, Floats]:
    shared, same_day, direct = w.met.shared(a, b), w.daily.shared(a, b), w.p.direct
    return {
        "shared": shared / np.maximum(np.minimum(w.met.size[a], w.met.size[b]), 1),
        "shared_rare": w.met.shared(a, b, w.weight),
        "shared_beyond": w.met.beyond(shared, a, b),
        "regulars": w.repeated.shared(a, b),
        "between": np.asarray(direct[a, b]).ravel() + np.asarray(direct[b, a]).ravel(),
        "same_day": same_day,
        "same_day_beyond": w.daily.beyond(same_day, a, b),
    }


def _times(w: Comparing, a: Ints, b: Ints) -> dict[str, Floats]:
    """Compare when numbers are in use: one begins as another ends, or both work side by side."""
    p = w.p
    first = np.where(p.first_us[a] <= p.first_us[b], a, b)
    second = np.where(first == a, b, a)
    gap = p.first_us[second] - p.last_us[first]
    overlap = np.minimum(p.last_us[a], p.last_us[b]) - np.maximum(p.first_us[a], p.first_us[b])
    shorter = np.maximum(np.minimum(p.last_us[a] - p.first_us[a], p.last_us[b] - p.first_us[b]), HOUR_US)
    low, high = p.last_us[first] - np.abs(gap), p.last_us[first] + np.abs(gap)
    others = np.searchsorted(w.begins, high, side="right") - np.searchsorted(w.begins, low)
    return {
        "handover_h": np.arcsinh(gap / HOUR_US),
        "apart": np.abs(p.first_us[a] - p.first_us[b]) / DAY_US,
        "together": np.clip(overlap / shorter, -3, 1),
        "handovers": np.log1p(others),
    }


def _digits(w: Comparing, a: Ints, b: Ints) -> dict[str, Floats]:
    p = w.p
    distance = np.abs(p.numbers[a] - p.numbers[b])
    same = sum((p.numbers[a] // 10**k == p.numbers[b] // 10**k).astype(np.float64) for k in range(1, 9))
    return {
        "digits": np.asarray(same),
        "distance": np.log10(1 + distance.astype(np.float64)),
        "block_full": np.log(np.minimum(w.block_full[a], w.block_full[b])),
        "beside": np.minimum(p.beside[a], p.beside[b]),
        "beside_apart": np.abs(p.beside[a] - p.beside[b]),
    }


def _scaled(counts: Floats) -> Floats:
    n = counts.sum(axis=1, keepdims=True)
    return np.asarray(counts * np.minimum(1, _SURE / np.maximum(n, 1)))


def _prior(scaled: Floats) -> Floats:
    share = (scaled.sum(axis=0) + 0.5) / (scaled.sum() + 0.5 * scaled.shape[1])
    return np.asarray(_PRIOR * share)


def evidence_of(counts: Floats, a: Ints, b: Ints) -> Floats:
    """Return the log Bayes factor of one source against two for rows ``a``, ``b`` of counts, 0 where one is empty."""
    scaled = _scaled(counts)
    prior, told = _prior(scaled), scaled.sum(axis=1) > 0
    alone = _evidence(scaled, prior)
    factor = _evidence(scaled[a] + scaled[b], prior) - alone[a] - alone[b]
    return np.where(told[a] & told[b], factor, 0.0)


def _evidence(counts: Floats, prior: Floats) -> Floats:
    """Return log P(counts) of one Dirichlet-multinomial source; the multinomial coefficient cancels in a factor."""
    n = counts.sum(axis=-1)
    whole = gammaln(prior.sum()) - gammaln(n + prior.sum())
    return np.asarray(whole + (gammaln(counts + prior) - gammaln(prior)).sum(axis=-1))


def _smoothed(counts: Floats, prior: Floats) -> Floats:
    told = counts + prior / _PRIOR * 2
    return np.asarray(told / told.sum(axis=1, keepdims=True))
