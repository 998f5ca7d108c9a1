"""Speech to text at its seam: an engine of our own in place of faster-whisper, weights that must be the named ones."""

import hashlib
import sys
from pathlib import Path
from types import ModuleType, SimpleNamespace

import numpy as np
import pytest

from wurao.core.errors import ConfigError, VerificationError
from wurao.detection.audio.decoding import RATE
from wurao.detection.audio.transcribing import MOST_CHARACTERS, Transcriber, transcriber


class Engine:
    """Says what it is told to, and remembers what it heard."""

    def __init__(self, *said: tuple[str, float]) -> None:
        self.said = [SimpleNamespace(text=text, no_speech_prob=silent) for text, silent in said]
        self.heard = np.zeros(0, np.float32)

    def transcribe(self, audio, /):
        self.heard = audio
        return iter(self.said), None


@pytest.fixture
def weights(tmp_path: Path) -> tuple[Path, str]:
    (tmp_path / "model.bin").write_bytes(b"weights")
    return tmp_path, hashlib.sha256(b"weights").hexdigest()


def test_what_is_said_is_told_and_silence_is_not() -> None:
    engine = Engine((" 您好", 0.1), ("谢谢观看", 0.9), (" 请按一 ", 0.2))
    assert Transcriber(engine)(np.full(RATE, 16384, np.int16)) == "您好 请按一"
    assert (len(engine.heard), engine.heard.dtype) == (16_000, np.float32)
    assert np.allclose(engine.heard, 0.5)
    assert Transcriber(Engine(("嗯", 0.9)))(np.zeros(RATE, np.int16)) is None
    assert Transcriber(Engine(("x", 0.0)))(np.zeros(0, np.int16)) is None
    assert len(Transcriber(Engine(("x" * 50_000, 0.0)))(np.ones(10, np.int16)) or "") == MOST_CHARACTERS


def test_other_weights_are_refused(weights: tuple[Path, str]) -> None:
    with pytest.raises(VerificationError, match="these weights are"):
        transcriber(weights[0], "0" * 64)
    with pytest.raises(ConfigError, match="can't be read"):
        transcriber(weights[0] / "nowhere", weights[1])


def test_the_engine_is_loaded_offline(weights: tuple[Path, str], monkeypatch: pytest.MonkeyPatch) -> None:
    loaded: list[tuple[str, dict[str, object]]] = []

    def model(path: str, **options: object) -> Engine:
        loaded.append((path, options))
        return Engine(("好", 0.0))

    library = ModuleType("faster_whisper")
    library.WhisperModel = model  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "faster_whisper", library)
    assert transcriber(weights[0], weights[1].upper())(np.ones(10, np.int16)) == "好"
    assert loaded[0][0] == str(weights[0])
    assert loaded[0][1]["local_files_only"] is True


def test_without_the_library_one_line_names_the_extra(
    weights: tuple[Path, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "faster_whisper", None)
    with pytest.raises(ConfigError, match=r"wurao\[asr\]"):
        transcriber(*weights)
