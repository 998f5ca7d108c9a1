"""Decisions of a replay as JSON Lines, written in whole columns: a line per call without a Python object per call."""

import re
from collections.abc import Callable
from typing import Any, Final

import msgspec
import numpy as np
import numpy.typing as npt
import pyarrow as pa

from wurao.core.categories import CATEGORIES
from wurao.core.payload import CallSymbol, DecisionFlag, DecisionWord
from wurao.intake.columns import Array, pc
from wurao.screening.calls_in import Calls

_ESCAPED: Final = r'["\\\x00-\x1f]'
"""What JSON (RFC 8259 §7) doesn't let stand in a text as it is."""

Behind = Callable[[int], tuple[str, tuple[str, ...]]]
"""Campaign and symbols of a number whose level spoke."""


class Lines:
    """Makes the lines; ``behind`` tells what stands behind a number, asked only where its level spoke."""

    def __init__(self, behind: Behind, *, symbols: bool) -> None:
        self._behind = behind
        self._symbols = symbols
        self._ends: dict[tuple[int, str, tuple[str, ...]], int] = {}
        self._texts: list[str] = []

    def of(self, calls: Calls, words: npt.NDArray[np.uint64]) -> memoryview:
        """Return the lines of some calls as UTF-8 bytes."""
        indices = self._end_indices(calls.callers, words)
        ends = pa.array(self._texts, pa.string()).take(indices)
        joined: Any = pc.binary_join_element_wise(
            '{"call_id":"',
            _quotable(calls.call_id),
            '","caller":"',
            _quotable(calls.caller),
            '","callee":"',
            _quotable(calls.callee),
            ends,
            "",
        )
        offsets = np.frombuffer(joined.buffers()[1], np.int32, len(joined) + 1, 4 * joined.offset)
        return memoryview(joined.buffers()[2] or b"")[int(offsets[0]) : int(offsets[-1])]

    def _end_indices(self, callers: npt.NDArray[np.uint64], words: npt.NDArray[np.uint64]) -> npt.NDArray[np.int32]:
        """Return for each call the index of the text that ends its line; there are few distinct ones."""
        distinct, places = np.unique(words, return_inverse=True)
        plain = np.array([self._end(word, "", ()) for word in distinct.tolist()], np.int32)
        spoke = np.array([_level_spoke(word) for word in distinct.tolist()], np.bool_)
        indices = plain[places]
        rows = np.flatnonzero(spoke[places])
        known: dict[tuple[int, int], int] = {}
        for row, key in zip(rows.tolist(), zip(callers[rows].tolist(), words[rows].tolist(), strict=True), strict=True):
            if key not in known:
                known[key] = self._end(key[1], *self._behind(key[0]))
            indices[row] = known[key]
        return indices

    def _end(self, word: int, campaign: str, symbols: tuple[str, ...]) -> int:
        key = (word, campaign, symbols if self._symbols else ())
        if key not in self._ends:
            self._ends[key] = len(self._texts)
            self._texts.append(_end_text(DecisionWord.unpack(word), campaign, symbols if self._symbols else None))
        return self._ends[key]


def _level_spoke(word: int) -> bool:
    flags = DecisionWord.unpack(word).flags
    return DecisionFlag.RISK in flags


def _end_text(decision: DecisionWord, campaign: str, standing: tuple[str, ...] | None) -> str:
    """Return the rest of a line from the callee's closing quote on; in SHADOW the phone rings."""
    shadow = DecisionFlag.SHADOW in decision.flags
    rest: dict[str, object] = {
        "action": "ring" if shadow else decision.action.text,
        "sip_code": 0 if shadow else decision.code,
        "score": decision.score_deci / 10,
        "category": CATEGORIES[decision.category].name,
        "campaign": campaign,
        "guard": decision.guard.text,
    }
    if shadow:
        rest["would"] = decision.action.text
    if standing is not None:
        near = ("REPORTED_RANGE",) if DecisionFlag.RANGE in decision.flags else ()
        called = (symbol.name for symbol in CallSymbol if decision.symbols >> symbol & 1)
        rest["symbols"] = [*standing, *near, *called]
    return '",' + msgspec.json.encode(rest).decode()[1:] + "\n"


def _quotable(texts: Array) -> Array:
    """Return texts that may stand between quotes; almost none needs work."""
    if not pc.any(pc.match_substring_regex(texts, _ESCAPED)).as_py():
        return texts
    return pa.array([_escaped(text) for text in texts.to_pylist()], pa.string())


def _escaped(text: str) -> str:
    return msgspec.json.encode(text).decode()[1:-1] if re.search(_ESCAPED, text) else text
