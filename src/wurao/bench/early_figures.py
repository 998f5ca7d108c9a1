"""Figures of ``wurao bench early``: how well evidence separates, who is caught when, and who is hit wrongly."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

import msgspec
import numpy as np

from wurao.bench.early_world import Flags, Floats, Ints, Scored
from wurao.bench.measure import Figures, student
from wurao.detection.scoring.figures import tpr_at_fpr
from wurao.detection.scoring.learning import library
from wurao.detection.scoring.staged import KS

ACTIONS: Final = ("label", "reject")


class Caught(msgspec.Struct, frozen=True):
    """At which call an action hits each number (0 for never), and how many people it had rung up before."""

    first: Ints
    victims: Ints


class Outcome(msgspec.Struct, frozen=True):
    """One tested world: who called, what the model said, and what each way of catching caught by action."""

    world: Mapping[str, Any]
    """``kinds``, ``bad``, ``lent`` and ``calls`` of the numbers that called."""
    scored: Scored
    caught: dict[str, dict[str, Caught]]


Chosen = Callable[[Outcome], Flags]
"""Which numbers of a world a figure is about."""
Reading = Callable[[Outcome], Floats]
"""The evidence that counts after each stage, [numbers, stages]; NaN for who is not judged there."""


def everybody(one: Outcome) -> Flags:
    """Return all numbers."""
    return np.ones(len(one.world["bad"]), np.bool_)


def not_lent(one: Outcome) -> Flags:
    """Return all numbers but those that persons lent."""
    return np.asarray(~one.world["lent"])


def talkative(one: Outcome) -> Flags:
    """Return the numbers that the last stage judges: the same ones at every stage."""
    return np.asarray(one.world["calls"] >= KS[-1])


def by_then(one: Outcome) -> Floats:
    """Return the evidence of numbers with k calls that were by then what the truth calls them."""
    return np.where(one.scored.by_then, one.scored.evidence, np.nan)


def whenever(one: Outcome) -> Floats:
    """Return the evidence of numbers with k calls, nuisance too where it only becomes so later."""
    return one.scored.evidence


def latest(one: Outcome) -> Floats:
    """Return the evidence after at most k calls: everybody with five calls is judged at each k."""
    evidence = by_then(one).copy()
    for place in range(1, evidence.shape[1]):
        ended = np.isnan(one.scored.evidence[:, place])
        evidence[ended, place] = evidence[ended, place - 1]
    return evidence


def separation(tested: Sequence[Outcome], chosen: Chosen, reading: Reading = by_then) -> Figures:
    """Return by k how well the evidence tells nuisance from the rest: means and intervals over the worlds."""
    figures: Figures = {}
    read = [reading(one) for one in tested]
    for place, k in enumerate(KS[: read[0].shape[1]]):
        rates = [_rates(one, evidence[:, place], chosen(one)) for one, evidence in zip(tested, read, strict=True)]
        figures[f"k{k}"] = {name: student([rate[name] for rate in rates]) for name in rates[0]}
    return figures


def _rates(one: Outcome, evidence: Floats, chosen: Flags) -> dict[str, float]:
    judged = chosen & ~np.isnan(evidence)
    bad, scores = one.world["bad"][judged].astype(np.int64), evidence[judged]
    return {
        "auc": float(library("sklearn.metrics").roc_auc_score(bad, scores)),
        "tpr_at_fpr_0001": tpr_at_fpr(bad, scores, 1e-3),
        "tpr_at_fpr_00001": tpr_at_fpr(bad, scores, 1e-4),
    }


def caught(tested: Sequence[Outcome], name: str, chosen: Chosen) -> Figures:
    """Return by action which share of nuisance numbers is caught, and after how many calls and victims."""
    return {action: _caught_by(tested, name, action, chosen) for action in ACTIONS}


def _caught_by(tested: Sequence[Outcome], name: str, action: str, chosen: Chosen) -> Figures:
    bad = [one.world["bad"] & chosen(one) for one in tested]
    by = [one.caught[name][action] for one in tested]
    first = np.concatenate([one.first[those] for one, those in zip(by, bad, strict=True)])
    victims = np.concatenate([one.victims[those] for one, those in zip(by, bad, strict=True)])
    return {
        "caught": student([float(np.mean(one.first[those] > 0)) for one, those in zip(by, bad, strict=True)]),
        "calls": _middle(np.where(first > 0, first - 1, np.inf)),
        "victims": _middle(np.where(first > 0, victims, np.inf)),
        "false_positives": student(
            [float(np.mean(one.caught[name][action].first[~one.world["bad"]] > 0)) for one in tested]
        ),
    }


def _middle(values: Floats) -> dict[str, float | None]:
    """Return median and 90 % point; None where that is a number never caught."""
    ordered = np.sort(values)
    points = {"median": ordered[int(0.5 * len(ordered))], "p90": ordered[int(0.9 * len(ordered))]}
    return {name: float(value) if np.isfinite(value) else None for name, value in points.items()}


def wanted(tested: Sequence[Outcome], name: str) -> Figures:
    """Return for each wanted kind its numbers in all worlds, how many are hit, and the largest share in one world."""
    kinds = sorted({str(kind) for one in tested for kind in one.world["kinds"][~one.world["bad"]]})
    return {kind: _hit(tested, name, kind) for kind in kinds}


def _hit(tested: Sequence[Outcome], name: str, kind: str) -> Figures:
    those = [(one.world["kinds"] == kind) & ~one.world["bad"] for one in tested]
    figures: Figures = {"numbers": int(sum(chosen.sum() for chosen in those))}
    for action in ACTIONS:
        hits = [one.caught[name][action].first[chosen] > 0 for one, chosen in zip(tested, those, strict=True)]
        figures[action] = int(sum(hit.sum() for hit in hits))
        figures[f"{action}_worst"] = round(max(float(hit.mean()) for hit in hits if len(hit)), 5)
    return figures
