"""Why a caller scored so: the model's own contributions (TreeSHAP, S. Lundberg et al. 2020), summed by symbol.

A symbol stands for a family of features; ``conf/symbols.d/detection.toml`` holds its texts. Contributions are exact:
with the base they add up to the evidence after the most calls. Only what speaks for a robot becomes a symbol; what
speaks against it is told beside, as that is what would clear the caller.
"""

from collections.abc import Sequence
from typing import Final

import msgspec
import numpy as np
import numpy.typing as npt

from wurao.core.errors import VerificationError
from wurao.detection.scoring.models import Stored
from wurao.detection.scoring.staged import Features, window
from wurao.detection.scoring.trees import Inputs, booster

Floats = npt.NDArray[np.float64]

SYMBOL_OF: Final = {
    "uniq": "FANOUT",
    "new": "FANOUT",
    "segment_entropy": "FANOUT",
    "answered": "SELDOM_ANSWERED",
    "short": "SHORT_TALK",
    "talk_q10": "SHORT_TALK",
    "talk_median": "SHORT_TALK",
    "talk_q90": "SHORT_TALK",
    "talk_cv": "SCRIPTED_TALK",
    "talk_peak": "SCRIPTED_TALK",
    "released": "RELEASED_BY_CALLEE",
    "gap_q10": "ROBOT_PACING",
    "gap_median": "ROBOT_PACING",
    "gap_q90": "ROBOT_PACING",
    "gap_mad": "ROBOT_PACING",
    "gap_mid": "ROBOT_PACING",
    "gap_dev": "ROBOT_PACING",
    "gap_mean": "ROBOT_PACING",
    "gap_sd": "ROBOT_PACING",
    "ring_median": "DIALLER_TIMEOUT",
    "ring_mad": "DIALLER_TIMEOUT",
    "cancel_ring": "DIALLER_TIMEOUT",
    "called_back": "NEVER_CALLED_BACK",
    "reciprocal": "NEVER_CALLED_BACK",
    "sequential": "SEQUENTIAL",
    "concurrent": "CONCURRENT",
    "cells": "NEVER_MOVES",
    "imeis": "MANY_DEVICES",
    "trunks": "MANY_LINES",
    "agents": "MANY_LINES",
    "attested": "SELDOM_SIGNED",
    "hour_entropy": "OFFICE_RHYTHM",
    "lunch": "OFFICE_RHYTHM",
    "first_call": "OFFICE_RHYTHM",
}
"""Feature → the symbol that it speaks for. One without a symbol (``n``) is told by its own name."""
LEAST: Final = 0.1
"""Contributions below this (log-odds) are no reason."""


class Reason(msgspec.Struct, frozen=True):
    """One symbol with what it adds to the evidence (log-odds) and the features behind it, the weightiest first."""

    symbol: str
    adds: float
    features: dict[str, float | None]
    """The values as seen after the most calls; None where nothing is known."""


class Explanation(msgspec.Struct, frozen=True):
    """What speaks for a robot and against it; ``base`` is what is known before any feature."""

    calls: int
    evidence: float
    base: float
    speaks_for: tuple[Reason, ...]
    speaks_against: tuple[Reason, ...]


def explain(stored: Stored, features: Features, caller: object) -> Explanation | None:
    """Return why ``caller`` scores as it does; None if it has too few calls to be judged."""
    return explain_all(stored, features, [caller]).get(caller)


def explain_all(stored: Stored, features: Features, callers: Sequence[object]) -> dict[object, Explanation]:
    """Return why each of ``callers`` scores as it does; who has too few calls to be judged is left out."""
    names, contributions = stored.manifest.columns, Contributions(stored)
    place = {caller: at for at, caller in enumerate(callers)}
    total, base = np.zeros((len(callers), len(names))), np.zeros(len(callers))
    values, calls = np.zeros((len(callers), len(names)), np.float32), np.zeros(len(callers), np.int64)
    for stage in stored.manifest.stages:
        seen = window(features, stage.k, names)
        rows = [row for row, caller in enumerate(seen.callers) if caller in place]
        if not rows:
            break
        at = np.array([place[seen.callers[row]] for row in rows])
        told = contributions.of(stage.k, seen.x[rows])
        total[at], base[at] = told[:, :-1], told[:, -1]
        values[at], calls[at] = seen.x[rows], stage.k
    return {
        callers[at]: _explanation(int(calls[at]), float(base[at]), total[at], by_symbol(names, total[at], values[at]))
        for at in np.flatnonzero(calls).tolist()
    }


def _explanation(calls: int, base: float, total: Floats, reasons: list[Reason]) -> Explanation:
    return Explanation(
        calls=calls,
        evidence=base + float(total.sum()),
        base=base,
        speaks_for=tuple(one for one in reasons if one.adds >= LEAST),
        speaks_against=tuple(one for one in reversed(reasons) if one.adds <= -LEAST),
    )


def by_symbol(names: Sequence[str], contributions: Floats, values: Inputs) -> list[Reason]:
    """Return the contributions summed by symbol, the largest first."""
    found: dict[str, list[int]] = {}
    for place, name in enumerate(names):
        found.setdefault(SYMBOL_OF.get(name, name), []).append(place)
    reasons = []
    for symbol, places in found.items():
        weighty = sorted(places, key=lambda place: -abs(contributions[place]))
        shown = {names[place]: None if np.isnan(values[place]) else float(values[place]) for place in weighty}
        reasons.append(Reason(symbol, float(contributions[places].sum()), shown))
    return sorted(reasons, key=lambda reason: -reason.adds)


class Contributions:
    """The trees of a model, read once and ready to be asked what each feature adds.

    Raises VerificationError where the model lacks them.
    """

    def __init__(self, stored: Stored) -> None:
        self._trees = {stage.k: booster(_text(stored, stage.k)) for stage in stored.manifest.stages}

    def of(self, k: int, rows: Inputs) -> Floats:
        """Return [rows, features + 1]: what each feature adds after ``k`` calls, the base last."""
        told: Floats = self._trees[k].predict(rows, pred_contrib=True, num_threads=1)
        return told


def _text(stored: Stored, k: int) -> str:
    content = stored.files.get(f"odds-k{k}.txt")
    if content is None:
        raise VerificationError(f"lacks odds-k{k}.txt", where=str(stored.path), mend="train it again")
    return content.decode()
