"""What judges texts in a home: the champion of its text models, else the rules."""

from collections.abc import Callable, Sequence
from pathlib import Path

from wurao.detection.scoring import models
from wurao.detection.text import rules
from wurao.detection.text.manifest import FORMAT, TextManifest
from wurao.detection.text.model import Said, TextModel

Judge = Callable[[Sequence[str]], list[Said]]


def judge_of(folder: Path) -> Judge:
    """Return the judge of a model's folder; without a version there the rules. Raises StoreError, VerificationError."""
    found = models.roles(folder)
    return rules.say if found is None else read(models.path_of(folder, found.champion)).say


def read(path: Path) -> TextModel:
    """Return a version of a text model. Raises StoreError, VerificationError."""
    return TextModel(models.read_as(path, TextManifest, FORMAT))
