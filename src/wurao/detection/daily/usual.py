"""What is usual among callers of a class: the middle four fifths (10–90 %) of each feature, and who lies outside."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final, Literal, NamedTuple

import msgspec
import numpy as np
import numpy.typing as npt

from wurao.detection.scoring.classes import BAD
from wurao.detection.scoring.explaining import Reason

Inputs = npt.NDArray[np.float32]

LEAST: Final = 20
"""Callers of a class, with the feature known, below which nothing is called usual."""
Place = Literal["below", "inside", "above", "unknown"]


class Range(msgspec.Struct, frozen=True, array_like=True):
    """From the first to the ninth decile."""

    low: float
    high: float


Ranges = dict[str, Range]
"""Feature → what is usual."""
Values = Mapping[str, float | None]


class Compared(NamedTuple):
    """One feature of a caller beside what is usual in its own class and in the wanted class that it resembles."""

    name: str
    value: float | None
    own: Range | None
    wanted: Range | None
    place: Place
    """Where the value lies in its own class; among what would clear it, in the wanted one."""


def ranges(kinds: Sequence[str | None], x: Inputs, names: Sequence[str]) -> dict[str, Ranges]:
    """Return what is usual in each class; ``x`` is [callers, names], NaN where nothing is known."""
    of = np.array([kind or "" for kind in kinds])
    return {
        kind: {name: found for at, name in enumerate(names) if (found := _range(x[of == kind, at]))}
        for kind in sorted(set(of.tolist()) - {""})
    }


def nearest_wanted(values: Values, usual: Mapping[str, Ranges]) -> str | None:
    """Return the wanted class among whose usual values most of a caller's lie; None where none is known."""
    shares = {
        kind: inside
        for kind, its in usual.items()
        if kind not in BAD and (inside := _share_inside(values, its)) is not None
    }
    return max(sorted(shares), key=lambda kind: shares[kind], default=None)


def compare(values: Values, own: Ranges, wanted: Ranges) -> list[Compared]:
    """Return every feature of a caller, in order, beside the two classes."""
    return [
        Compared(name, value, own.get(name), wanted.get(name), place_of(value, own.get(name)))
        for name, value in values.items()
    ]


def clearing(reasons: Iterable[Reason], wanted: Ranges) -> list[Compared]:
    """Return the features behind reasons that lie outside what is usual in a wanted class, in the reasons' order."""
    return [
        Compared(name, value, None, usual, place)
        for reason in reasons
        for name, value in reason.features.items()
        if (usual := wanted.get(name)) and (place := place_of(value, usual)) in ("below", "above")
    ]


def place_of(value: float | None, usual: Range | None) -> Place:
    """Return where a value lies against what is usual."""
    if value is None or usual is None:
        return "unknown"
    return "below" if value < usual.low else "above" if value > usual.high else "inside"


def _range(values: Inputs) -> Range | None:
    known = values[~np.isnan(values)]
    if len(known) < LEAST:
        return None
    low, high = np.quantile(known, (0.1, 0.9)).tolist()
    return Range(low, high)


def _share_inside(values: Values, usual: Ranges) -> float | None:
    places = [place for name, value in values.items() if (place := place_of(value, usual.get(name))) != "unknown"]
    return sum(place == "inside" for place in places) / len(places) if places else None
