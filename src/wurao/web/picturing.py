"""Where things stand in the pictures of a campaign: bars of its numbers by time, and a sample of whom they call.

Only geometry, in units of an SVG: words, masks and colours are the templates'. No inline style is needed for it, which
the pages' Content-Security-Policy forbids.
"""

from collections.abc import Iterable, Sequence
from typing import Final

import msgspec

from wurao.core.campaigns import Member
from wurao.detection.linking.deeds import Edge
from wurao.detection.linking.vests import HandOver

WIDE: Final = 1000
MIDDLE: Final = 18
TALL: Final = 36
_LEAST: Final = 4.0
GRAPH_WIDE: Final = 720
_LEFT: Final = 150
_RIGHT: Final = 570
_STEP: Final = 18
_EDGE: Final = 14
_LEVELS: Final = (2, 5)
Line = tuple[float, float, float, float]


class Bar(msgspec.Struct, frozen=True):
    """One number's row: its bar from ``x`` on, and the pieces of hand-overs that cross the row."""

    x: float
    width: float
    lines: tuple[Line, ...]


def bars(members: Sequence[Member], hand_overs: Iterable[HandOver]) -> list[Bar]:
    """Return a row for each member in their order; a hand-over runs down from the end of the old to the new."""
    if not members:
        return []
    since, until = min(one.first_us for one in members), max(one.last_us for one in members)
    scale = WIDE / max(until - since, 1)
    row_of = {one.key: row for row, one in enumerate(members)}
    begins = [min((one.first_us - since) * scale, WIDE - _LEAST) for one in members]
    ends = [max((one.last_us - since) * scale, begin + _LEAST) for one, begin in zip(members, begins, strict=True)]
    lines: list[list[Line]] = [[] for _ in members]
    for one in hand_overs:
        if one.old in row_of and one.new in row_of:
            old, new = row_of[one.old], row_of[one.new]
            x = round(ends[old], 1)
            upper, lower = min(old, new), max(old, new)
            for row in range(upper, lower + 1):
                lines[row].append((x, MIDDLE if row == upper else 0, x, MIDDLE if row == lower else TALL))
            lines[new].append((x, MIDDLE, round(begins[new], 1), MIDDLE))
    return [Bar(round(x, 1), round(end - x, 1), tuple(its)) for x, end, its in zip(begins, ends, lines, strict=True)]


class Node(msgspec.Struct, frozen=True):
    """A number of the campaign (``name`` its key) or a person called (a number in clear, to be masked)."""

    name: str | int
    x: int
    y: float
    shared: bool = False
    """Whether several numbers of the sample called this person."""


class Tie(msgspec.Struct, frozen=True):
    """Calls of a number to a person; ``level`` 0…2 by how many."""

    x1: int
    y1: float
    x2: int
    y2: float
    level: int
    shared: bool


class Graph(msgspec.Struct, frozen=True):
    """The picture: numbers of the campaign on the left, people on the right beside those who called them."""

    height: int
    callers: tuple[Node, ...]
    called: tuple[Node, ...]
    ties: tuple[Tie, ...]


def graph(edges: Sequence[Edge]) -> Graph | None:
    """Return where a sample of calls is drawn, None without any."""
    if not edges:
        return None
    by_person: dict[int, list[int]] = {}
    keys = list(dict.fromkeys(edge.key for edge in edges))
    place = {key: n for n, key in enumerate(keys)}
    for edge in edges:
        by_person.setdefault(edge.callee, []).append(place[edge.key])
    people = sorted(by_person, key=lambda one: (sum(by_person[one]) / len(by_person[one]), one))
    height = _STEP * max(len(people), len(keys)) + 2 * _EDGE
    ys = _spread(len(keys), height)
    callers = {key: Node(key, _LEFT, y) for key, y in zip(keys, ys, strict=True)}
    spread = zip(people, _spread(len(people), height), strict=True)
    called = {one: Node(one, _RIGHT, y, shared=len(by_person[one]) > 1) for one, y in spread}
    ties = tuple(_tie(callers[edge.key], called[edge.callee], edge.calls) for edge in edges)
    return Graph(height, tuple(callers.values()), tuple(called.values()), ties)


def _tie(caller: Node, person: Node, calls: int) -> Tie:
    level = sum(calls >= least for least in _LEVELS)
    return Tie(caller.x, caller.y, person.x, person.y, level, person.shared)


def _spread(count: int, height: int) -> list[float]:
    """Return ``count`` places over the height, evenly."""
    return [round(_EDGE + (height - 2 * _EDGE) * (n + 0.5) / count, 1) for n in range(count)]
