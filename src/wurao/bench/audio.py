"""``wurao bench audio``: the same recording known again through other telephone lines, and found among 100,000.

Speech by espeak-ng (``wurao.bench.recordings``), each recording another text and voice; a line cuts up to a third of
it, adds silence and noise, and sends it through A-law or GSM. Recall: pairs of a recording and what arrived of it whose
likeness reaches ``SAME``. False: pairs of different recordings that reach it. The search looks for half of what arrived
among the recordings and fillers, put together from pieces of 3 s of the other half, so that nothing of what is asked
for is in them; its baseline compares all of a thousand at every offset. Medians of runs on this machine.
"""

import random
import tempfile
import time
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Final

import click
import msgspec
import numpy as np

from wurao.bench.measure import Figures, machine, median, peak_gb, seconds
from wurao.bench.recordings import CODECS, Line, line_by, sent, spoken_by
from wurao.detection.audio.fingerprint import Fingerprint, fingerprint
from wurao.detection.audio.matching import SAME, best
from wurao.detection.audio.search import Recordings

SIZES: Final = (30, 330)
"""Recordings: 330 with what arrived of each are 108,570 pairs of different ones."""
FIRST: Final = 10_000
"""Seed of the first: likenesses were looked at on those from 0 on."""
FILLED: Final = ((1000, 10_000), (1000, 10_000, 100_000))
_PIECE: Final = 25
_FILLER: Final = 150
_ALL_COMPARED: Final = 1000


class Spoken(msgspec.Struct, frozen=True):
    """One recording: its fingerprint, the line it went through, the fingerprint of what arrived."""

    whole: Fingerprint
    line: Line
    arrived: Fingerprint


def run(long: bool) -> Figures:  # noqa: FBT001 - every benchmark's signature
    """Speak, compare and search, and return the figures."""
    with tempfile.TemporaryDirectory() as folder:
        took: list[float] = []
        spoken = [_spoken(Path(folder), FIRST + number, took) for number in range(SIZES[long])]
    asked, others = spoken[::2], spoken[1::2]
    return {
        "bench": "audio",
        "machine": machine(),
        "recordings": len(spoken),
        "likeness": SAME,
        "fingerprint_ms": round(sorted(took)[len(took) // 2] * 1000, 1),
        **_pairs(spoken),
        "baseline": f"every offset of {_ALL_COMPARED:,} recordings compared",
        "search": [_search(asked, others, count) for count in FILLED[long]],
        "peak_gb": peak_gb(),
    }


def _spoken(folder: Path, number: int, took: list[float]) -> Spoken:
    draw = random.Random(number)  # noqa: S311 - seeded on purpose
    samples, line = spoken_by(draw, folder), line_by(draw)
    heard = sent(samples, line, folder, number)
    begun = time.perf_counter()
    arrived = fingerprint(heard)
    took.append(time.perf_counter() - begun)
    if number % 10 == 0:
        click.echo(f"{number} recordings spoken", err=True)
    return Spoken(fingerprint(samples), line, arrived)


def _pairs(spoken: Sequence[Spoken]) -> Figures:
    same = np.array([best(one.whole, one.arrived).similarity for one in spoken])
    different = [
        best(a.whole, b.arrived).similarity for i, a in enumerate(spoken) for j, b in enumerate(spoken) if i != j
    ]
    codecs = np.array([one.line.codec for one in spoken])
    return {
        "same_pairs": len(same),
        "recall": round(float((same >= SAME).mean()), 4),
        "recall_by_codec": {codec: round(float((same[codecs == codec] >= SAME).mean()), 4) for codec in CODECS},
        "least_likeness_of_same": round(float(same.min()), 4),
        "different_pairs": len(different),
        "false": int((np.array(different) >= SAME).sum()),
        "greatest_likeness_of_different": round(float(np.max(different)), 4),
    }


def _search(asked: Sequence[Spoken], others: Sequence[Spoken], count: int) -> Figures:
    rng = np.random.default_rng(count)
    known = [one.whole for one in asked]
    among = known + [_filler(rng, others) for _ in range(count - len(known))]
    built = seconds(lambda: Recordings(among))
    index = Recordings(among)
    found = [index.same(one.arrived) for one in asked]
    each = [median([partial(index.same, one.arrived)] * 3) for one in asked]
    compared = seconds(lambda: [best(one, asked[0].arrived) for one in among[:_ALL_COMPARED]])
    of_all = compared * count / min(count, _ALL_COMPARED)
    return {
        "recordings": count,
        "asked": len(asked),
        "recall": round(
            float(np.mean([number in {one.recording for one in many} for number, many in enumerate(found)])), 4
        ),
        "false": sum(one.recording != number for number, many in enumerate(found) for one in many),
        "build_s": round(built, 2),
        "search_ms_median": round(float(np.median(each)) * 1000, 2),
        "search_ms_p99": round(float(np.quantile(each, 0.99)) * 1000, 2),
        "baseline_ms": round(of_all * 1000),
        "ratio": round(of_all / float(np.median(each))),
    }


def _filler(rng: np.random.Generator, others: Sequence[Spoken]) -> Fingerprint:
    """Return a recording put together from pieces of 3 s, a bit in fifty flipped."""
    words, heard = [], []
    for _ in range(_FILLER // _PIECE):
        one = others[int(rng.integers(len(others)))].whole
        begin = int(rng.integers(max(len(one.words) - _PIECE, 1)))
        flips = (rng.random((len(one.words[begin : begin + _PIECE]), 32)) < 0.02) @ (
            1 << np.arange(32, dtype=np.uint64)
        )
        words.append(one.words[begin : begin + _PIECE] ^ flips.astype(np.uint32))
        heard.append(one.heard[begin : begin + _PIECE])
    return Fingerprint(np.concatenate(words), np.concatenate(heard))
