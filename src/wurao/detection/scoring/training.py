"""``wurao detect train``: stages learnt, calibrated on callers they never saw, converted, written as a new version."""

import hashlib
import importlib.metadata
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import msgspec
import numpy as np
import numpy.typing as npt

from wurao import __version__
from wurao.detection.calibration.drift import reference
from wurao.detection.calibration.probabilities import calibrate
from wurao.detection.scoring import models
from wurao.detection.scoring.calibrating import by_kind
from wurao.detection.scoring.card import card
from wurao.detection.scoring.classes import CLASSES
from wurao.detection.scoring.figures import tpr_at_fpr
from wurao.detection.scoring.learning import library
from wurao.detection.scoring.manifest import FORMAT, Granted, Manifest, Refusal, StageFigures, StageManifest
from wurao.detection.scoring.onnx_model import to_onnx
from wurao.detection.scoring.staged import Features, Stage, Truth, learn, prior, window
from wurao.detection.scoring.trees import Recipe

Floats = npt.NDArray[np.float64]

ROBOTS: Final = Recipe(rounds=150, learning_rate=0.07, leaves=15, columns=0.5, least_rows=20)
"""For callers: as large as some hundred campaigns bear (ADR 0020)."""
_LIBRARIES: Final = ("lightgbm", "onnx", "onnxmltools", "onnxruntime", "numpy")


class Trained(msgspec.Struct, frozen=True):
    """What training gave: the version, whether it acts or runs in SHADOW, and its figures by k."""

    name: str
    version: int
    path: str
    state: str
    callers: int
    figures: dict[str, StageFigures]


class Sources(msgspec.Struct, frozen=True):
    """Where callers and truth came from, and when; ``digests`` are SHA-256 of the files."""

    digests: Mapping[str, str]
    simulated: bool
    now_us: int


def train(features: Features, truth: Truth, folder: Path, sources: Sources, recipe: Recipe = ROBOTS) -> Trained:
    """Learn from features and truth and write a new version below ``folder``, which then enters.

    Raises InputError where callers are too few, ConfigError where a library is missing.
    """
    library("lightgbm"), library("onnxmltools"), library("onnxruntime")
    stages = learn(features, truth, recipe)
    version = models.next_version(folder)
    files = {name: content for stage in stages for name, content in _files(stage).items()}
    manifest = Manifest(
        format=FORMAT,
        name=folder.name,
        version=version,
        created_us=sources.now_us,
        wurao=__version__,
        libraries={name: importlib.metadata.version(name) for name in _LIBRARIES},
        recipe=recipe,
        data=dict(sources.digests),
        simulated=sources.simulated,
        callers=len(stages[0].places),
        columns=stages[0].odds.names,
        classes=CLASSES,
        prior=prior(truth.bad[stages[0].places]),
        stages=tuple(_told(stage, truth, features) for stage in stages),
        files={name: hashlib.sha256(content).hexdigest() for name, content in files.items()},
    )
    files["card.md"] = card(manifest).encode()
    path = models.write(folder, manifest, files)
    roles = models.enter(folder, version)
    return Trained(
        name=folder.name,
        version=version,
        path=str(path),
        state="champion" if roles.champion == version else "shadow",
        callers=manifest.callers,
        figures={f"k{stage.k}": stage.figures for stage in manifest.stages},
    )


def sha256_of(path: Path) -> str:
    """Return the SHA-256 of a file, read piece by piece."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _files(stage: Stage) -> dict[str, bytes]:
    return {
        f"odds-k{stage.k}.onnx": to_onnx(stage.odds),
        f"kinds-k{stage.k}.onnx": to_onnx(stage.kinds),
        f"odds-k{stage.k}.txt": stage.odds.text.encode(),
    }


def _told(stage: Stage, truth: Truth, features: Features) -> StageManifest:
    seen = window(features, stage.k, stage.odds.names)
    bad = truth.bad[stage.places]
    return StageManifest(
        k=stage.k,
        figures=_figures(stage, truth, bad),
        calibrated=calibrate(stage.evidence, bad),
        by_kind=_by_kind(stage, truth, bad),
        looked={name: reference(seen.x[:, i].astype(np.float64)) for i, name in enumerate(seen.names)},
    )


def _figures(stage: Stage, truth: Truth, bad: npt.NDArray[np.int64]) -> StageFigures:
    said = np.argmax(stage.kinds.raw, axis=1)
    return StageFigures(
        bad=int(bad.sum()),
        good=int(len(bad) - bad.sum()),
        auc=float(library("sklearn.metrics").roc_auc_score(bad, stage.evidence)),
        tpr_at_fpr_0001=tpr_at_fpr(bad, stage.evidence, 1e-3),
        tpr_at_fpr_00001=tpr_at_fpr(bad, stage.evidence, 1e-4),
        kind_accuracy=float(np.mean(said == truth.of_class[stage.places])),
    )


def _by_kind(stage: Stage, truth: Truth, bad: npt.NDArray[np.int64]) -> dict[str, Granted | Refusal]:
    return by_kind(np.array(truth.kind)[stage.places], stage.evidence, bad)
