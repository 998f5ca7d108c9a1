"""``wurao detect calibrate``: from which evidence on each kind of wanted callers may be rejected.

A rate of 1e-5 takes 300,000 numbers of a kind, far more than a model needs to learn from: so thresholds may come from
other calls, of wanted callers that the model never saw. The forests stay; a new version carries the thresholds.
"""

from collections.abc import Mapping
from pathlib import Path

import msgspec
import numpy as np
import numpy.typing as npt

from wurao.core.errors import InputError, Unknown
from wurao.detection.calibration.thresholds import alpha_of, threshold
from wurao.detection.scoring import models
from wurao.detection.scoring.card import card
from wurao.detection.scoring.judging import Model
from wurao.detection.scoring.manifest import Granted, Refusal, StageManifest
from wurao.detection.scoring.staged import Features, Truth

ByKind = dict[str, Granted | Refusal]


class CalibratedVersion(msgspec.Struct, frozen=True):
    """The new version; ``numbers`` of each kind that have calls enough for the first stage."""

    version: int
    state: str
    numbers: dict[str, int]
    granted: dict[str, tuple[str, ...]]
    """By stage the kinds that may be rejected from some evidence on."""


def calibrate(
    stored: models.Stored, features: Features, truth: Truth, folder: Path, digests: Mapping[str, str], now_us: int
) -> CalibratedVersion:
    """Write a next version below ``folder`` whose thresholds for the kinds in ``truth`` come from these callers.

    Raises InputError if the model learnt from the same files, or if no wanted caller has calls enough.
    """
    if set(digests.values()) & set(stored.manifest.data.values()):
        raise InputError("the model learnt from these calls", mend="calibrate on others: another seed of the world")
    found = _found(Model(stored), features, truth)
    first = found.get(stored.manifest.stages[0].k)
    if not first:
        raise InputError("no wanted caller has enough calls", mend="check that truth and calls write numbers alike")
    stages = tuple(
        msgspec.structs.replace(stage, by_kind={**stage.by_kind, **_stronger(stage, found.get(stage.k, {}))})
        for stage in stored.manifest.stages
    )
    version = models.next_version(folder)
    data = {**stored.manifest.data, **{f"calibration {version}: {name}": one for name, one in digests.items()}}
    manifest = msgspec.structs.replace(
        stored.manifest, version=version, created_us=now_us, name=folder.name, data=data, stages=stages
    )
    models.write(folder, manifest, {**stored.files, "card.md": card(manifest).encode()})
    roles = models.enter(folder, version)
    return CalibratedVersion(
        version=version,
        state="champion" if roles.champion == version else "shadow",
        numbers={kind: len(scores) for kind, scores in sorted(first.items())},
        granted={
            f"k{stage.k}": tuple(kind for kind, one in sorted(stage.by_kind.items()) if isinstance(one, Granted))
            for stage in stages
        },
    )


def by_kind(kinds: npt.NDArray[np.str_], evidence: npt.NDArray[np.float64], bad: npt.NDArray[np.int64]) -> ByKind:
    """Return for each kind of good callers from which evidence on they may be rejected, if at all."""
    wanted = sorted(set(kinds[bad == 0].tolist()))
    return {kind: granted(kind, evidence[(kinds == kind) & (bad == 0)]) for kind in wanted}


def granted(kind: str, evidence: npt.NDArray[np.float64]) -> Granted | Refusal:
    """Return the threshold that the evidence of these callers of a kind supports, or why there is none."""
    one = threshold(evidence, alpha_of(kind))
    return Refusal(one.reason) if isinstance(one, Unknown) else Granted(one)


def _found(model: Model, features: Features, truth: Truth) -> dict[int, dict[str, npt.NDArray[np.float64]]]:
    """Return by k and kind the evidence of wanted callers."""
    found = {}
    bad, kinds = truth.bad, np.array(truth.kind)
    for stage, seen, evidence in model.evidence(features):
        known = [i for i, caller in enumerate(seen.callers) if caller in truth.place]
        places = np.array([truth.place[seen.callers[i]] for i in known], np.int64)
        good = bad[places] == 0
        theirs, scores = kinds[places][good], evidence[known][good]
        found[stage.k] = {str(kind): scores[theirs == kind] for kind in np.unique(theirs)}
    return found


def _stronger(stage: StageManifest, found: Mapping[str, npt.NDArray[np.float64]]) -> ByKind:
    """Return the thresholds from these callers, but no refusal where a kind already has one."""
    new = {kind: granted(kind, scores) for kind, scores in found.items()}
    return {
        kind: one
        for kind, one in new.items()
        if isinstance(one, Granted) or not isinstance(stage.by_kind.get(kind), Granted)
    }
