"""A model at work: callers scored by their first calls, and at which call they would be labelled or rejected.

A label begins where a bad caller is likelier than not even at the lower end of its probability; a reject where the
evidence exceeds what every kind of wanted caller may reach (``calibration.thresholds``). Seen k calls, an action
begins with call k + 1, and ends where later calls clear the caller: the level is what the last stage says, the first
calls are history. Whether a rule may reject at all is screening's to say, not this plane's.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final

import msgspec
import numpy as np
import numpy.typing as npt
import pyarrow as pa

from wurao.core.errors import Unknown, VerificationError
from wurao.detection.calibration.drift import Drift, drift
from wurao.detection.calibration.thresholds import Threshold, for_any
from wurao.detection.scoring.classes import BAD, CATEGORY_OF, METHOD_OF
from wurao.detection.scoring.labelled import Array
from wurao.detection.scoring.manifest import Granted, StageManifest
from wurao.detection.scoring.models import Stored
from wurao.detection.scoring.onnx_model import Served, sigmoid
from wurao.detection.scoring.staged import Features, Window, window

Floats = npt.NDArray[np.float64]

LABEL_FROM: Final = 0.5
RING, LABEL, REJECT = "ring", "label", "reject"


class Scores(msgspec.Struct):
    """What is known of each caller so far; arrays share their positions."""

    callers: tuple[object, ...]
    calls: npt.NDArray[np.int64]
    """As far as the last stage looks."""
    p: Floats
    evidence: Floats
    kind: list[str | None]
    labels: npt.NDArray[np.bool_]
    """A label or a reject now, after the last stage that there were calls for."""
    rejects: npt.NDArray[np.bool_]
    first_label: npt.NDArray[np.int64]
    """The call from which a label began for the first time, whatever came later; 0 for never."""
    first_reject: npt.NDArray[np.int64]


class Judgement(msgspec.Struct, frozen=True):
    """What callers look like after one stage; arrays share their positions."""

    evidence: Floats
    p: Floats
    kind: list[str]
    labels: npt.NDArray[np.bool_]
    """A label or a reject."""
    rejects: npt.NDArray[np.bool_]


class Model:
    """A stored version with its forests in ONNX Runtime."""

    def __init__(self, stored: Stored) -> None:
        self.stored = stored
        self.manifest = stored.manifest
        self._odds = {stage.k: self._served(f"odds-k{stage.k}.onnx") for stage in self.manifest.stages}
        self._kinds = {stage.k: self._served(f"kinds-k{stage.k}.onnx") for stage in self.manifest.stages}

    def score(self, features: Features) -> Scores:
        """Return the scores of every caller that ``features`` knows; raises InputError where a column is missing."""
        scores = _unjudged(features, self.manifest.stages[-1].k, sigmoid(np.array([self.manifest.prior]))[0])
        place = {caller: i for i, caller in enumerate(scores.callers)}
        for stage, seen, evidence in self.evidence(features):
            self._judge(stage, seen, np.array([place[caller] for caller in seen.callers], np.int64), evidence, scores)
        return scores

    def evidence(self, features: Features) -> Iterator[tuple[StageManifest, Window, Floats]]:
        """Yield for each stage the callers with so many calls and their evidence L_k."""
        for stage in self.manifest.stages:
            seen = window(features, stage.k, self.manifest.columns)
            if not seen.callers:
                break
            yield stage, seen, self.log_odds(stage, seen)

    def drift(self, features: Features) -> dict[str, Drift]:
        """Return how far each feature of the first stage has moved since training."""
        first = self.manifest.stages[0]
        seen = window(features, first.k, self.manifest.columns)
        return {name: drift(first.looked[name], seen.x[:, i].astype(np.float64)) for i, name in enumerate(seen.names)}

    def judge(self, stage: StageManifest, seen: Window, evidence: Floats) -> Judgement:
        """Return what ``evidence`` (L_k) of the callers in ``seen`` comes to after one stage."""
        low, high = stage.calibrated.between(evidence)
        p = high / (1 - low + high)
        above = reject_above(stage)
        rejects = evidence > above.above if isinstance(above, Threshold) else np.zeros(len(evidence), np.bool_)
        rows = self._kinds[stage.k].probabilities(seen.x)
        kind = [self._kind(row, bad=one >= LABEL_FROM) for row, one in zip(rows, p.tolist(), strict=True)]
        return Judgement(evidence, p, kind, rejects | (low >= LABEL_FROM), rejects)

    def log_odds(self, stage: StageManifest, seen: Window) -> Floats:
        """Return the evidence L_k of the callers in ``seen``."""
        return self._odds[stage.k].log_odds(seen.x)

    def _judge(
        self, stage: StageManifest, seen: Window, places: npt.NDArray[np.int64], evidence: Floats, scores: Scores
    ) -> None:
        found = self.judge(stage, seen, evidence)
        scores.evidence[places] = found.evidence
        scores.p[places] = found.p
        scores.labels[places], scores.rejects[places] = found.labels, found.rejects
        for place, kind in zip(places.tolist(), found.kind, strict=True):
            scores.kind[place] = kind
        _begin(scores.first_reject, places[found.rejects], stage.k)
        _begin(scores.first_label, places[found.labels], stage.k)

    def _kind(self, row: Floats, *, bad: bool) -> str:
        """Return the likeliest class among those that the score allows."""
        classes = self.manifest.classes
        fitting = [i for i, name in enumerate(classes) if (name in BAD) == bad]
        return classes[max(fitting, key=lambda i: row[i])]

    def _served(self, name: str) -> Served:
        content = self.stored.files.get(name)
        if content is None:
            raise VerificationError(f"lacks {name}", where=str(self.stored.path), mend="train it again")
        return Served(content, str(self.stored.path / name))


def reject_above(stage: StageManifest) -> Threshold | Unknown:
    """Return from which evidence on a caller of unknown kind may be rejected after ``stage.k`` calls."""
    return for_any(
        {
            kind: one.threshold if isinstance(one, Granted) else Unknown(one.reason)
            for kind, one in stage.by_kind.items()
        }
    )


def table_of(scores: Scores, written: Mapping[Any, str], calls: Mapping[Any, int]) -> pa.Table:
    """Return the scores as FORMATS names them, callers as the input wrote them and with all of their calls."""
    columns: Mapping[str, Array] = {
        "caller": pa.array([written.get(caller, str(caller)) for caller in scores.callers], pa.string()),
        "n_calls": pa.array([calls.get(caller, n) for caller, n in zip(scores.callers, scores.calls, strict=True)]),
    }
    return pa.table({**columns, **judged_columns(scores)})


def judged_columns(scores: Scores) -> dict[str, Array]:
    """Return what is said of each caller, by the column that says it."""
    kinds = scores.kind
    levels = np.where(scores.rejects, REJECT, np.where(scores.labels, LABEL, RING))
    return {
        "p_nuisance": pa.array(scores.p),
        "level": pa.array(levels.tolist(), pa.string()),
        "kind": pa.array(kinds, pa.string()),
        "category": pa.array([CATEGORY_OF[kind] if kind else None for kind in kinds], pa.string()),
        "method": pa.array([METHOD_OF.get(kind, "unknown") if kind else None for kind in kinds], pa.string()),
        "first_label_call": _calls(scores.first_label),
        "first_reject_call": _calls(scores.first_reject),
        "evidence": pa.array(scores.evidence),
    }


class Shadow(msgspec.Struct, frozen=True):
    """What a challenger would have done otherwise than the champion."""

    version: int
    flagged: int
    rejected: int
    also_flagged: int
    """Callers that the challenger flags and the champion doesn't."""
    not_flagged: int
    """Callers that the champion flags and the challenger doesn't."""


class Run(msgspec.Struct, frozen=True):
    """What a run over calls found."""

    callers: int
    flagged: int
    """Labelled or rejected now; who was labelled earlier and cleared by later calls isn't."""
    rejected: int
    version: int
    drifted: tuple[str, ...]
    """Features whose callers no longer look like those learnt from (alert)."""
    shadow: Shadow | None
    seconds: float


def told(model: Model, features: Features, scores: Scores, challenger: Model | None, seconds: float) -> Run:
    """Return what the champion's scores flag, what has drifted, and what a challenger would have done."""
    return Run(
        callers=len(scores.callers),
        flagged=int(scores.labels.sum()),
        rejected=int(scores.rejects.sum()),
        version=model.manifest.version,
        drifted=tuple(sorted(name for name, one in model.drift(features).items() if one.state == "alert")),
        shadow=shadow(scores, challenger.score(features), challenger.manifest.version) if challenger else None,
        seconds=round(seconds, 3),
    )


def shadow(champion: Scores, challenger: Scores, version: int) -> Shadow:
    """Return how a challenger's scores of the same callers differ."""
    place = {caller: i for i, caller in enumerate(challenger.callers)}
    theirs = challenger.labels[[place[caller] for caller in champion.callers]]
    ours = champion.labels
    return Shadow(
        version=version,
        flagged=int(theirs.sum()),
        rejected=int(challenger.rejects.sum()),
        also_flagged=int((theirs & ~ours).sum()),
        not_flagged=int((ours & ~theirs).sum()),
    )


def _unjudged(features: Features, most: int, p: float) -> Scores:
    seen = window(features, most, ("n",), least=1)
    n = len(seen.callers)
    nobody: list[str | None] = [None] * n
    return Scores(
        callers=seen.callers,
        calls=seen.x[:, 0].astype(np.int64),
        p=np.full(n, p),
        evidence=np.zeros(n),
        kind=nobody,
        labels=np.zeros(n, np.bool_),
        rejects=np.zeros(n, np.bool_),
        first_label=np.zeros(n, np.int64),
        first_reject=np.zeros(n, np.int64),
    )


def _begin(first: npt.NDArray[np.int64], places: npt.NDArray[np.int64], k: int) -> None:
    new = places[first[places] == 0]
    first[new] = k + 1


def _calls(first: npt.NDArray[np.int64]) -> Array:
    return pa.array(first, pa.int64(), mask=first == 0)
