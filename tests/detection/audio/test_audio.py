"""Recordings decoded within bounds, fingerprinted, compared and found again."""

import random
import subprocess
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wurao.bench.recordings import Line, lacking, said, sent, text_by
from wurao.core.errors import ConfigError, InputError
from wurao.detection.audio.decoding import RATE, Limits, decoded
from wurao.detection.audio.fingerprint import Fingerprint, fingerprint
from wurao.detection.audio.matching import NOWHERE, SAME, at_offset, best
from wurao.detection.audio.search import Recordings
from wurao.detection.audio.speech import spoken_s

LENGTHS = st.integers(1, 120)


def random_fingerprint(seed: int, length: int) -> Fingerprint:
    rng = np.random.default_rng(seed)
    return Fingerprint(rng.integers(0, 1 << 32, length, dtype=np.uint32), rng.random(length) < 0.9)


def through_a_line(one: Fingerprint, seed: int, cut: int, flipped: float = 0.12) -> Fingerprint:
    rng = np.random.default_rng(seed)
    flips = (rng.random((len(one.words), 32)) < flipped) @ (1 << np.arange(32, dtype=np.uint64))
    return Fingerprint((one.words ^ flips.astype(np.uint32))[cut:], one.heard[cut:])


@pytest.fixture(scope="module")
def _programs() -> None:
    if packages := lacking():
        pytest.skip(f"apt-get install -y --no-install-recommends {packages}")


@pytest.fixture(scope="module")
def voices(_programs, tmp_path_factory):
    """Three recordings, as spoken and as they arrive by another line."""
    folder, draw = tmp_path_factory.mktemp("voices"), random.Random(7)  # noqa: S311 - seeded on purpose
    lines = [Line(codec, 1.5, 0.2, 0.1, 15, -6) for codec in ("alaw", "gsm", "gsm")]
    found = []
    for seed, line in enumerate(lines):
        language = "zh" if seed < 2 else "en"
        whole = said(text_by(draw, language, 5), folder, language, f"+m{seed + 1}")
        found.append((fingerprint(whole), fingerprint(sent(whole, line, folder, seed))))
    return found


def test_a_recording_is_known_again_through_alaw_and_gsm_and_no_other_is(voices) -> None:
    whole, arrived = zip(*voices, strict=True)
    for i, one in enumerate(whole):
        assert [best(one, other).similarity >= SAME for other in arrived] == [i == j for j in range(len(arrived))]
    index = Recordings(whole)
    assert [[one.recording for one in index.same(asked)] for asked in arrived] == [[n] for n in range(len(whole))]


@settings(max_examples=40, deadline=None)
@given(LENGTHS, LENGTHS, st.integers(0, 1000))
def test_the_best_offset_is_the_best_of_all(first: int, second: int, seed: int) -> None:
    a, b = random_fingerprint(seed, first), random_fingerprint(seed + 1, second)
    each = [at_offset(a, b, offset) for offset in range(-second, first + 1)]
    assert best(a, b).similarity == pytest.approx(max(each).similarity)
    assert best(b, a).similarity == pytest.approx(best(a, b).similarity)


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 1000), st.integers(0, 60))
def test_the_search_finds_what_comparing_all_finds(seed: int, cut: int) -> None:
    among = [random_fingerprint(seed * 100 + n, 150) for n in range(30)]
    asked = through_a_line(among[seed % 30], seed, cut)
    found = Recordings(among).same(asked)
    assert [one.recording for one in found] == [n for n, one in enumerate(among) if best(one, asked).similarity >= SAME]
    assert found[0].alignment == best(among[seed % 30], asked)
    assert found[0].alignment.offset == cut


def test_silence_is_like_nothing() -> None:
    silent = Fingerprint(np.full(200, 0xD1D1D1D1, np.uint32), np.zeros(200, np.bool_))
    assert best(silent, silent) == NOWHERE
    assert Recordings([silent] * 3).same(silent) == []
    assert Recordings([]).same(random_fingerprint(1, 50)) == []
    assert best(random_fingerprint(1, 10), Fingerprint(np.zeros(0, np.uint32), np.zeros(0, np.bool_))) == NOWHERE


def test_a_few_words_are_not_enough() -> None:
    one = random_fingerprint(1, 200)
    assert best(one, Fingerprint(one.words[:20], one.heard[:20])) == NOWHERE


def test_speech_is_told_from_silence_and_hiss() -> None:
    rng, second = np.random.default_rng(1), RATE
    hiss, voice = rng.normal(0, 40, 3 * second), rng.normal(0, 4000, 2 * second)
    assert spoken_s(np.zeros(3 * second, np.int16)) == 0
    assert spoken_s(np.concatenate([hiss, voice, hiss]).astype(np.int16)) == pytest.approx(2, abs=0.1)
    assert spoken_s(np.zeros(0, np.int16)) == 0


@pytest.mark.usefixtures("_programs")
def test_formats_of_recordings_are_read(tmp_path: Path) -> None:
    bare = {"al": ["-f", "alaw"], "ul": ["-f", "mulaw"]}
    files = {suffix: tmp_path / f"sound.{suffix}" for suffix in ("wav", "mp3", "ogg", "gsm", "al", "ul", "flac")}
    sine = ["-f", "lavfi", "-i", "sine=frequency=440:duration=2:sample_rate=8000"]
    outs = [part for suffix, file in files.items() for part in ("-ar", "8000", *bare.get(suffix, []), str(file))]
    subprocess.run(["ffmpeg", "-v", "error", *sine, *outs], check=True)
    for file in files.values():
        samples = decoded(file)
        assert len(samples) / RATE == pytest.approx(2, abs=0.15), file
        assert 1000 < np.abs(samples.astype(int)).max() < 8000
    assert len(decoded(files["wav"], Limits(sound_s=1))) == RATE


@pytest.mark.usefixtures("_programs")
def test_what_is_no_recording_is_one_line(tmp_path: Path) -> None:
    secret = tmp_path / "secret.wav"
    secret.write_bytes(b"RIFF")
    lists = {
        "list.m3u8": f"#EXTM3U\n#EXTINF:1,\nfile://{secret}\n",
        "list.ffconcat": f"ffconcat version 1.0\nfile {secret}\n",
        "page.wav": "<html>",
        "empty.wav": "",
    }
    for name, content in lists.items():
        (tmp_path / name).write_text(content)
        with pytest.raises(InputError) as refused:
            decoded(tmp_path / name)
        assert "\n" not in refused.value.diagnostics()
    with pytest.raises(InputError, match="at most 3 bytes"):
        decoded(secret, Limits(file_bytes=3))
    with pytest.raises(InputError, match="can't be read"):
        decoded(tmp_path / "nowhere.wav")
    with pytest.raises(InputError, match="no recording of at most"):
        decoded(tmp_path)


@pytest.mark.usefixtures("_programs")
def test_a_decoder_is_held_to_memory_and_time(tmp_path: Path) -> None:
    file = tmp_path / "sound.wav"
    sine = ["-f", "lavfi", "-i", "sine=frequency=440:duration=5:sample_rate=8000"]
    subprocess.run(["ffmpeg", "-v", "error", *sine, str(file)], check=True)
    with pytest.raises(InputError):
        decoded(file, Limits(memory_bytes=1 << 20))
    with pytest.raises(InputError, match="within 0"):
        decoded(file, Limits(wait_s=0))


def test_without_the_programs_one_line_names_the_package(monkeypatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    (tmp_path / "a.wav").write_bytes(b"RIFF")
    with pytest.raises(ConfigError, match="apt-get install"):
        decoded(tmp_path / "a.wav")
