"""Which reports count: one vote per reporter and number (the latest), at most 20 a day.

Anonymous reports (a complaint centre's files name nobody) are one vote each. 700-numbers of couriers and rides belong
to one order and are never learnt from.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from wurao.core.clock import CHINA_OFFSET_US, DAY_US
from wurao.core.payload import OPAQUE_BASE

DAILY: Final = 20
"""Votes of one reporter that count a day (China time), in the order of the calls."""
ANONYMOUS: Final = -1

Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Votes:
    """Counted votes as columns of equal length.

    ``subject`` and ``voter`` are positions in ``subjects`` and in the reporters seen (-1 anonymous), ``weight`` is
    the anonymous vote's by its source, ``at_us`` the call's time, ``category``/``method`` positions in the names.
    """

    subjects: NDArray[np.uint64]
    voters: int
    subject: Ints
    voter: Ints
    at_us: Ints
    nuisance: NDArray[np.bool_]
    weight: NDArray[np.float64]
    category: Ints
    method: Ints
    categories: list[str]
    methods: list[str]

    def take(self, rows: NDArray[np.generic]) -> "Votes":
        """Return the votes of these rows (positions or a mask)."""
        columns = ("subject", "voter", "at_us", "nuisance", "weight", "category", "method")
        return replace(self, **{name: getattr(self, name)[rows] for name in columns})

    def since(self, resets: Mapping[int, int]) -> NDArray[np.bool_]:
        """Mark the votes that are later than the reset (microseconds UTC) of their number."""
        begin = np.full(len(self.subjects), np.iinfo(np.int64).min)
        for place, number in enumerate(self.subjects.tolist() if resets else ()):
            begin[place] = resets.get(number, begin[place])
        result: NDArray[np.bool_] = self.at_us > begin[self.subject]
        return result


def counted(reports: pa.Table, now_us: int) -> Votes:
    """Return the votes that count among reports up to ``now_us``.

    ``reports`` has reporter (binary, null = anonymous), subject (uint64), occurred_us, category, method, wanted
    (bool) and weight (float64, of an anonymous vote).
    """
    votes = _read(reports)
    learnable = votes.subjects < OPAQUE_BASE
    votes = votes.take(learnable[votes.subject] & (votes.at_us <= now_us))
    return _within_a_day(_latest(votes))


def _read(reports: pa.Table) -> Votes:
    subjects, subject = np.unique(reports["subject"].to_numpy(), return_inverse=True)
    voter, voters = _codes(reports["reporter"])
    category, categories = _codes(reports["category"], "unknown")
    method, methods = _codes(reports["method"], "unknown")
    return Votes(
        subjects=subjects.astype(np.uint64),
        voters=len(voters),
        subject=subject.astype(np.int64),
        voter=voter,
        at_us=reports["occurred_us"].to_numpy().astype(np.int64),
        nuisance=~reports["wanted"].to_numpy(zero_copy_only=False).astype(np.bool_),
        weight=reports["weight"].to_numpy().astype(np.float64),
        category=category,
        method=method,
        categories=categories,
        methods=methods,
    )


def _codes(column: "pa.ChunkedArray[Any]", missing: str | None = None) -> tuple[Ints, list[Any]]:
    """Return each value's position among the distinct ones, and these; null counts as ``missing`` or ANONYMOUS."""
    coded: Any = (column if missing is None else column.fill_null(pa.scalar(missing))).dictionary_encode()
    coded = coded.unify_dictionaries()
    codes = [chunk.indices.fill_null(ANONYMOUS).to_numpy() for chunk in coded.chunks]
    distinct = coded.chunk(0).dictionary.to_pylist() if codes else []
    return np.concatenate([np.zeros(0, np.int64), *codes]).astype(np.int64), distinct


def _latest(votes: Votes) -> Votes:
    """Keep the last vote of each reporter on each number, and every anonymous one."""
    pair = votes.voter * len(votes.subjects) + votes.subject
    order = np.lexsort((votes.at_us, pair))
    last = np.append(pair[order][1:] != pair[order][:-1], True)[: len(order)]
    return votes.take(np.sort(order[last | (votes.voter[order] == ANONYMOUS)]))


def _within_a_day(votes: Votes) -> Votes:
    day = (votes.at_us + CHINA_OFFSET_US) // DAY_US
    order = np.lexsort((votes.at_us, day, votes.voter))
    starts = np.append(True, (np.diff(votes.voter[order]) != 0) | (np.diff(day[order]) != 0))[: len(order)]
    place = np.arange(len(order)) - np.flatnonzero(starts)[np.cumsum(starts) - 1]
    return votes.take(np.sort(order[(place < DAILY) | (votes.voter[order] == ANONYMOUS)]))
