"""Whom a subscriber's calls would be refused from now: for switches that can't ask when a call comes.

Every number with a level in the tables is judged as a call to this subscriber at this instant, so that wishes, guards,
own lists and SHADOW hold as in the call path. What depends on the single call – ranges, spoofing, a second call – can't
be told in advance and is left out.
"""

from collections.abc import Iterable, Iterator
from typing import Final

import numpy as np
import numpy.typing as npt

from wurao.core.payload import OPAQUE_BASE, PAYLOAD_BITS, DecisionFlag
from wurao.core.verdict import Action
from wurao.screening._decide import Decider
from wurao.store.tables.tableset import TableSet

Numbers = npt.NDArray[np.uint64]
_BATCH: Final = 1 << 20
_LEVEL: Final = 15 << 5
_TELLING: Final = 7 | DecisionFlag.SHADOW << 17
"""The bits of a word that tell the action and whether it only is in SHADOW."""


def rejected(tables: TableSet, decider: Decider, callee: int, at_us: int, own: Iterable[int] = ()) -> Numbers:
    """Return the numbers, ascending, whose calls to ``callee`` would be rejected; ``own`` are looked at besides."""
    found = [_judged(numbers, decider, callee, at_us) for numbers in (np.array(list(own), np.uint64), *_known(tables))]
    return np.unique(np.concatenate(found))


def _known(tables: TableSet) -> Iterator[Numbers]:
    held = [] if tables.generation is None else [tables.generation.tables["risk"]]
    for words in (*held, *([tables.live["risk"]] if tables.live else [])):
        slots = np.frombuffer(words, np.uint64)
        for begin in range(0, len(slots), _BATCH):
            part = slots[begin : begin + _BATCH]
            numbers = part[part & np.uint64(_LEVEL) > 0] >> np.uint64(PAYLOAD_BITS)
            yield numbers[numbers < OPAQUE_BASE]


def _judged(numbers: Numbers, decider: Decider, callee: int, at_us: int) -> Numbers:
    many, words = len(numbers), np.empty(len(numbers), np.uint64)
    callees, instants = np.full(many, callee, np.uint64), np.full(many, at_us, np.int64)
    decider.decide_batch(numbers, callees, np.zeros(many, np.uint16), instants, np.zeros(many, np.uint8), words)
    refused: npt.NDArray[np.bool_] = words & np.uint64(_TELLING) == np.uint64(Action.REJECT)
    return numbers[refused]
