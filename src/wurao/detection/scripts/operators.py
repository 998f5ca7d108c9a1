"""Scripts joined to operators by what they name.

One call-back number, host or account in two scripts joins them; a brand and an amount join only as a pair. A value
that occurs in too many scripts joins nothing: it is the bank's own hot line, or a number that everybody warns of.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from typing import Final

from wurao.detection.scripts.evidence import REACHED, Evidence

MOST_SCRIPTS: Final = 50
"""Scripts that one value joins at most …"""
MOST_SHARE: Final = 0.1
"""… and the most of all scripts, where there are more than a few."""
FEW: Final = 4


def operators(named: Mapping[int, Sequence[Evidence]]) -> dict[int, int]:
    """Return for each script the smallest script of its operator; ``named`` holds each script's values."""
    most = max(min(MOST_SCRIPTS, int(MOST_SHARE * len(named))), FEW)
    scripts_of: defaultdict[tuple[str, ...], list[int]] = defaultdict(list)
    for script, values in sorted(named.items()):
        for key in set(_keys(values)):
            scripts_of[key].append(script)
    parent = {script: script for script in named}
    for scripts in scripts_of.values():
        if len(scripts) <= most:
            for a, b in pairwise(scripts):
                _join(parent, a, b)
    return {script: _root(parent, script) for script in named}


def _keys(values: Sequence[Evidence]) -> Iterable[tuple[str, ...]]:
    brands = [one.value for one in values if one.kind == "brand"]
    amounts = [one.value for one in values if one.kind == "amount"]
    yield from ((one.kind, one.value) for one in values if one.kind in REACHED)
    yield from (("both", brand, amount) for brand in brands for amount in amounts)


def _root(parent: dict[int, int], script: int) -> int:
    while parent[script] != script:
        parent[script] = parent[parent[script]]
        script = parent[script]
    return script


def _join(parent: dict[int, int], a: int, b: int) -> None:
    a, b = sorted((_root(parent, a), _root(parent, b)))
    parent[b] = a
