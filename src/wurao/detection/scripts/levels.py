"""Three levels of what is said: recording < script < operator.

A recording is said word by word, numbers included. A script is the same text with other names, numbers or voices: what
survives a new recording. An operator is whoever is reached by what several scripts name. Each level nests in the next.
"""

import hashlib
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from typing import Final

import msgspec

from wurao.detection.scripts.evidence import Evidence, evidence_in
from wurao.detection.scripts.grouping import grouped
from wurao.detection.scripts.operators import operators
from wurao.detection.scripts.shingles import Shingles, shingles

SCRIPT: Final = 0.4
"""Containment from which two texts are one script: a transcriber that mishears one word in seven leaves as much of the
shingles, and ``wurao bench scripts`` finds recall and largest group flat from .3 to .7."""
RECORDING: Final = 0.8
"""The same for recordings, digits included; below 1 because a transcriber mishears."""
_ID_BYTES: Final = 6


class Levels(msgspec.Struct, frozen=True):
    """What one text belongs to; ids depend on the leading texts only, so they stay as long as those are there."""

    recording: str
    script: str
    operator: str


class Said(msgspec.Struct, frozen=True):
    """Every text's levels, in the order of the texts, and what each operator's texts name most often, first."""

    levels: list[Levels]
    named: dict[str, list[Evidence]]


def levels_of(texts: Sequence[str], likeness: float = SCRIPT) -> Said:
    """Group texts into recordings, scripts and operators."""
    scripts = grouped([shingles(text, masked=True) for text in texts], likeness)
    recordings = _recordings(texts, scripts)
    values = [evidence_in(text) for text in texts]
    operator_of = operators(_by(scripts, values))
    found = [
        Levels(_id("r", texts[recording]), _id("s", texts[script]), _id("o", texts[operator_of[script]]))
        for recording, script in zip(recordings, scripts, strict=True)
    ]
    told: defaultdict[str, Counter[Evidence]] = defaultdict(Counter)
    for levels, named in zip(found, values, strict=True):
        told[levels.operator].update(named)
    return Said(found, {operator: [one for one, _ in counts.most_common()] for operator, counts in told.items()})


def _recordings(texts: Sequence[str], scripts: Sequence[int]) -> list[int]:
    members: defaultdict[int, list[int]] = defaultdict(list)
    for at, script in enumerate(scripts):
        members[script].append(at)
    found = [-1] * len(texts)
    for ats in members.values():
        sets: list[Shingles] = [shingles(texts[at], masked=False) for at in ats]
        for at, leader in zip(ats, grouped(sets, RECORDING), strict=True):
            found[at] = ats[leader]
    return found


def _by(scripts: Sequence[int], values: Iterable[list[Evidence]]) -> dict[int, list[Evidence]]:
    named: defaultdict[int, dict[Evidence, None]] = defaultdict(dict)
    for script, ours in zip(scripts, values, strict=True):
        named[script].update(dict.fromkeys(ours))
    return {script: list(ours) for script, ours in named.items()}


def _id(level: str, leader: str) -> str:
    return f"{level}-{hashlib.blake2b(leader.encode(), digest_size=_ID_BYTES).hexdigest()}"
