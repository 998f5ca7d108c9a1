"""Speech to text, where the operator brings the weights: faster-whisper (extra ``asr``), checked and kept offline.

Nothing is downloaded: ``model`` names a folder in CTranslate2's layout, and ``sha256`` what its ``model.bin`` must be.
What the engine doubts – more silence than speech – is no text.
"""

import hashlib
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final, Protocol

import numpy as np
import numpy.typing as npt

from wurao.core.errors import ConfigError, VerificationError
from wurao.detection.audio.decoding import RATE, Samples

_WEIGHTS: Final = "model.bin"
_ENGINE_RATE: Final = 16_000
_MOST_SILENT: Final = 0.6
MOST_CHARACTERS: Final = 20_000


class Segment(Protocol):
    """A piece of what was said, and how likely nothing was."""

    text: str
    no_speech_prob: float


class Engine(Protocol):
    """What a transcriber asks of an engine; faster-whisper's model is one."""

    def transcribe(self, audio: npt.NDArray[np.float32], /) -> tuple[Iterable[Segment], Any]:
        """Return segments of speech in samples of 16 kHz, −1…1, and what else it knows."""


class Transcriber:
    """Turns recordings into text by an engine."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def __call__(self, samples: Samples) -> str | None:
        """Return what is said, at most ``MOST_CHARACTERS``, None where nothing is."""
        if not len(samples):
            return None
        places = np.arange(0, len(samples), RATE / _ENGINE_RATE)
        sound = np.interp(places, np.arange(len(samples)), samples / 32768).astype(np.float32)
        segments, _ = self._engine.transcribe(sound)
        said = " ".join(one.text.strip() for one in segments if one.no_speech_prob < _MOST_SILENT)
        return said.strip()[:MOST_CHARACTERS] or None


def transcriber(model: Path, sha256: str) -> Transcriber:
    """Return a transcriber over checked weights; raises ConfigError, VerificationError if they are others."""
    weights = model / _WEIGHTS
    try:
        with weights.open("rb") as file:
            found = hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise ConfigError(f"can't be read: {error.strerror}", where=str(weights), mend="honeypot.asr_model") from None
    if found != sha256.lower():
        raise VerificationError(f"these weights are {found}", where=str(weights), mend="check honeypot.asr_sha256")
    return Transcriber(_engine(model))


def _engine(model: Path) -> Engine:
    try:
        from faster_whisper import WhisperModel
    except ImportError:
        raise ConfigError("faster-whisper is not installed", mend="pip install 'wurao[asr]'") from None
    engine: Engine = WhisperModel(str(model), device="cpu", compute_type="int8", cpu_threads=1, local_files_only=True)
    return engine
