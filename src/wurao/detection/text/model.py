"""A text model at work: labels with probabilities, categories, and nothing where it isn't sure enough."""

import io
from collections.abc import Sequence
from typing import Any, Final

import msgspec
import numpy as np

from wurao.core.errors import VerificationError
from wurao.detection.scoring.models import Whole
from wurao.detection.text.features import BATCH, BITS, counted
from wurao.detection.text.labels import category_of
from wurao.detection.text.linear import Floats, Judging, Linear
from wurao.detection.text.manifest import TextManifest
from wurao.detection.text.scaling import probabilities

UNKNOWN: Final = "unknown"


class Said(msgspec.Struct, frozen=True):
    """What a text is about: ``label`` and ``category`` are empty and ``unknown`` where nothing is said.

    ``probability`` is that of the likeliest label; rules have none and say 0. ``words`` are what rules found.
    """

    label: str = ""
    category: str = UNKNOWN
    probability: float = 0.0
    words: tuple[str, ...] = ()


class TextModel:
    """A version read from its folder. Raises VerificationError where its parts don't fit each other."""

    def __init__(self, stored: Whole[TextManifest]) -> None:
        manifest = stored.manifest
        if manifest.bits != BITS:
            raise VerificationError("counts runs otherwise", where=str(stored.path), mend="train it again")
        try:
            linear = Linear(*(_array(stored.files[f"{name}.npy"]) for name in Linear.__struct_fields__))
            self._judging = Judging(linear)
        except (KeyError, ValueError, IndexError) as error:
            raise VerificationError(f"is no text model ({error})", where=str(stored.path), mend="train it") from None
        self.manifest: Final = manifest

    def probabilities(self, texts: Sequence[str]) -> Floats:
        """Return [texts, labels]."""
        parts = [self._some(texts[start : start + BATCH]) for start in range(0, len(texts), BATCH)]
        return np.concatenate(parts) if parts else np.zeros((0, len(self.manifest.labels)))

    def say(self, texts: Sequence[str]) -> list[Said]:
        """Return what each text is about; an empty text is about nothing."""
        told = self.probabilities(texts)
        best = told.argmax(axis=1)
        sure = told[np.arange(len(texts)), best].tolist()
        return [self._said(*one) for one in zip(texts, best.tolist(), sure, strict=True)]

    def _some(self, texts: Sequence[str]) -> Floats:
        return probabilities(self._judging.margins(counted(texts)))

    def _said(self, text: str, best: int, sure: float) -> Said:
        if sure < self.manifest.least or not text.strip():
            return Said(probability=round(sure, 4))
        label = self.manifest.labels[best]
        return Said(label, category_of(label), round(sure, 4))


def packed(linear: Linear) -> dict[str, bytes]:
    """Return the model's files; weights are rounded to float16, a thousandth of their size."""
    small = msgspec.structs.replace(linear, weights=linear.weights.astype(np.float16))
    return {f"{name}.npy": _bytes(getattr(small, name)) for name in Linear.__struct_fields__}


def _bytes(array: Any) -> bytes:
    file = io.BytesIO()
    np.save(file, array, allow_pickle=False)
    return file.getvalue()


def _array(content: bytes) -> Any:
    array = np.load(io.BytesIO(content), allow_pickle=False)
    return array.astype(np.float32) if array.dtype == np.float16 else array
