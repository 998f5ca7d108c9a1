"""What is written beside a model: all it takes to trust it, to repeat it and to refuse it."""

from typing import Final

import msgspec

from wurao.detection.calibration.drift import Reference
from wurao.detection.calibration.probabilities import Calibrated
from wurao.detection.calibration.thresholds import Threshold
from wurao.detection.scoring.trees import Recipe

FORMAT: Final = 3
"""1 stored its trees unpacked, the stages of 2 added up."""


class Refusal(msgspec.Struct, frozen=True, tag="refused"):
    """Why callers of a kind are never rejected by this model."""

    reason: str


class Granted(msgspec.Struct, frozen=True, tag="granted"):
    """From which evidence on callers of a kind may be rejected."""

    threshold: Threshold


class StageFigures(msgspec.Struct, frozen=True):
    """How well the evidence after k calls tells bad from good, by members that left the caller's campaign out."""

    bad: int
    good: int
    auc: float
    tpr_at_fpr_0001: float
    tpr_at_fpr_00001: float
    kind_accuracy: float


class StageManifest(msgspec.Struct, frozen=True):
    """One stage: the files of its forests, its figures and its calibration."""

    k: int
    figures: StageFigures
    calibrated: Calibrated
    by_kind: dict[str, Granted | Refusal]
    looked: dict[str, Reference]
    """Each feature as it was learnt, to see drift against."""


class Manifest(msgspec.Struct, frozen=True):
    """A model's birth certificate; instants in microseconds since 1970 UTC."""

    format: int
    name: str
    version: int
    created_us: int
    wurao: str
    """The version of the program that trained it."""
    libraries: dict[str, str]
    recipe: Recipe
    """With the seed."""
    data: dict[str, str]
    """SHA-256 of each file that was learnt from."""
    simulated: bool
    callers: int
    columns: tuple[str, ...]
    classes: tuple[str, ...]
    prior: float
    """Log-odds of bad callers at the first stage."""
    stages: tuple[StageManifest, ...]
    files: dict[str, str]
    """SHA-256 of each file of the model, unpacked."""
