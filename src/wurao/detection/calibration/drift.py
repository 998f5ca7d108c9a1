"""Drift: whether callers still look like those that a model learnt from (population stability index).

PSI = Σ (now - then) ln(now / then) over ten quantile bins and one for missing values. The customary reading: below .1
stable, from .25 on shifted. With few rows the index is noise of about bins / rows, which is taken off first.
"""

from typing import Final, Literal

import msgspec
import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

BINS: Final = 10
WATCH: Final = 0.1
ALERT: Final = 0.25
State = Literal["stable", "watch", "alert"]


class Reference(msgspec.Struct, frozen=True):
    """A column as it was learnt: inner edges of its bins, the share of each, missing values last."""

    edges: tuple[float, ...]
    shares: tuple[float, ...]
    rows: int


class Drift(msgspec.Struct, frozen=True):
    """How far one column has moved."""

    index: float
    state: State


def reference(values: Floats) -> Reference:
    """Return what to compare later values with; NaN counts as missing."""
    known = values[~np.isnan(values)]
    quantiles = np.quantile(known, np.linspace(0, 1, BINS + 1)[1:-1]) if len(known) else np.empty(0)
    edges = np.unique(quantiles)
    return Reference(tuple(edges.tolist()), tuple(_shares(values, edges).tolist()), len(values))


def drift(then: Reference, values: Floats) -> Drift:
    """Return how far ``values`` lie from the reference."""
    if not len(values) or not then.rows:
        return Drift(0.0, "stable")
    before = _smoothed(np.array(then.shares), then.rows)
    after = _smoothed(_shares(values, np.array(then.edges)), len(values))
    raw = float(np.sum((after - before) * np.log(after / before)))
    noise = (len(before) - 1) * (1 / len(values) + 1 / then.rows)
    index = max(raw - noise, 0.0)
    return Drift(index, "alert" if index >= ALERT else "watch" if index >= WATCH else "stable")


def _smoothed(shares: Floats, rows: int) -> Floats:
    """Return shares as if each bin held half a row more: an empty one has no logarithm."""
    return (shares * rows + 0.5) / (rows + 0.5 * len(shares))


def _shares(values: Floats, edges: Floats) -> Floats:
    missing = np.isnan(values)
    bins = np.searchsorted(edges, values[~missing], side="left")
    counts = np.append(np.bincount(bins, minlength=len(edges) + 1), missing.sum())
    return counts / max(len(values), 1)
