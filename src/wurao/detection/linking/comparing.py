"""Pairs of numbers compared, one column a comparison, by signal family; NaN where the calls say nothing.

Histograms are compared by the log Bayes factor of one source against two (Dirichlet-multinomial), after counts are
scaled down to what a number can be sure of: a habit that differs a little must not speak against a pair the more
calls there are. Sets are compared by what they share beyond what chance would.
"""

from typing import Final

import numpy as np
import numpy.typing as npt
from scipy import sparse
from scipy.special import gammaln

from wurao.core.clock import DAY_US, HOUR_US
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
_SURE: Final = 48.0
_PRIOR: Final = 8.0


def compare(profiles: Profiles, a: Ints, b: Ints) -> npt.NDArray[np.float32]:
    """Return the comparisons of the pairs (a, b) of positions in ``profiles`` as [pairs, COLUMNS]."""
    whole = _Whole(profiles)
    out = np.full((len(a), len(COLUMNS)), np.nan, np.float32)
    for low in range(0, len(a), CHUNK):
        part = slice(low, low + CHUNK)
        for name, values in _compared(whole, a[part], b[part]).items():
            out[part, COLUMNS.index(name)] = values
    return out


class _Whole:
    """What is computed once for all pairs."""

    def __init__(self, p: Profiles) -> None:
        self.p = p
        self.scaled = {name: _scaled(counts) for name, counts in p.habits.items() if counts.shape[1]}
        self.prior = {name: _prior(counts) for name, counts in self.scaled.items()}
        self.alone = {name: _evidence(counts, self.prior[name]) for name, counts in self.scaled.items()}
        self.shape = {name: _smoothed(p.habits[name], self.prior[name]) for name in self.scaled}
        popular = np.asarray((p.contacts > 0).sum(axis=0)).ravel().astype(np.float64)
        self.set = (p.contacts > 0).astype(np.float32).tocsr()
        self.rare = self.set @ sparse.diags(np.log((1 + len(p.n)) / (1 + popular)).clip(0).astype(np.float32))
        self.size = np.asarray(self.set.sum(axis=1)).ravel()
        total = max(popular.sum(), 1.0)
        self.chance = float((popular**2).sum() / total**2)
        per_day = np.asarray(p.daily.sum(axis=0)).ravel()
        self.daily_size = np.asarray(p.daily.sum(axis=1)).ravel()
        self.daily_chance = float((per_day**2).sum() / max(per_day.sum(), 1.0) ** 2)
        self.begins = np.sort(p.first_us)
        blocks, place, full = np.unique(p.numbers // 1000, return_inverse=True, return_counts=True)
        del blocks
        self.block_full = full[place]


def _compared(w: _Whole, a: Ints, b: Ints) -> dict[str, Floats]:
    p = w.p
    found: dict[str, Floats] = {}
    for name, counts in w.scaled.items():
        factor = _evidence(counts[a] + counts[b], w.prior[name]) - w.alone[name][a] - w.alone[name][b]
        told = (counts[a].sum(axis=1) > 0) & (counts[b].sum(axis=1) > 0)
        found[name] = np.where(told, factor, np.nan)
    for name in ("talk", "ring", "hour"):
        if name in w.shape:
            found[f"{name}_shape"] = np.sqrt(w.shape[name][a] * w.shape[name][b]).sum(axis=1)
    for name, column in (("ingress", "ingress_rare"), ("user_agent", "user_agent_rare"), ("imei_tac", "imei_rare")):
        if name in w.scaled:
            found[column] = _rare(p.habits[name], a, b)
    found |= _callees(w, a, b) | _times(w, a, b) | _digits(w, a, b)
    days = np.maximum((p.last_us - p.first_us) / DAY_US, 0.25)
    rate = np.log(p.n / days)
    found["rate"] = np.abs(rate[a] - rate[b])
    for name, of in (("n", p.n), ("uniq", p.uniq)):
        found[f"{name}_low"], found[f"{name}_high"] = np.minimum(of[a], of[b]), np.maximum(of[a], of[b])
    return found


def _callees(w: _Whole, a: Ints, b: Ints) -> dict[str, Floats]:
    p = w.p
    shared = _inner(w.set, w.set, a, b)
    expected = w.size[a] * w.size[b] * w.chance
    same_day = _inner(p.daily, p.daily, a, b)
    daily_expected = w.daily_size[a] * w.daily_size[b] * w.daily_chance
    between = np.asarray(p.direct[a, b]).ravel() + np.asarray(p.direct[b, a]).ravel()
    return {
        "shared": shared / np.maximum(np.minimum(w.size[a], w.size[b]), 1),
        "shared_rare": _inner(w.rare, w.set, a, b),
        "shared_beyond": np.log((shared + 0.5) / (expected + 0.5)),
        "regulars": _inner(p.repeated, p.repeated, a, b),
        "between": between,
        "same_day": same_day,
        "same_day_beyond": np.log((same_day + 0.5) / (daily_expected + 0.5)),
    }


def _times(w: _Whole, a: Ints, b: Ints) -> dict[str, Floats]:
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


def _digits(w: _Whole, a: Ints, b: Ints) -> dict[str, Floats]:
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


def _rare(counts: Floats, a: Ints, b: Ints) -> Floats:
    """Return what two numbers share of a text's values, each weighed by how few numbers have it; NaN without any."""
    n = counts.sum(axis=1, keepdims=True)
    share = counts / np.maximum(n, 1)
    weight = -np.log((1 + (counts > 0).sum(axis=0)) / (1 + len(counts)))
    told = (n[a, 0] > 0) & (n[b, 0] > 0)
    return np.asarray(np.where(told, np.minimum(share[a], share[b]) @ weight, np.nan))


def _inner(left: sparse.csr_matrix, right: sparse.csr_matrix, a: Ints, b: Ints) -> Floats:
    return np.asarray(left[a].multiply(right[b]).sum(axis=1), np.float64).ravel()


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
