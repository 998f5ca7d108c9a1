"""The full recompute: all reports → standing of numbers (REPORTED) and of the blocks around them (REPORTED_RANGE).

METHODS §1. Pure over columns, cost linear in reports (but for the sorting). One new report between two recomputes goes
through ``live``. What strength is worth in points is screening's business.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from wurao.core.categories import CATEGORIES, find
from wurao.core.clock import DAY_US
from wurao.core.standing import Standing
from wurao.reporting import belief, ranges, trust
from wurao.reporting.belief import Tally
from wurao.reporting.ranges import Ranges
from wurao.reporting.votes import Votes, counted

SOURCE: Final = "reporting"
REPORTED: Final = "REPORTED"
REPORTED_RANGE: Final = "REPORTED_RANGE"
WINDOWS_DAYS: Final = (30, 90, 365, 3650)
"""``reporters`` are counted within the first of these that holds the latest report."""

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Background:
    """What weighing needs beside the reports, by number.

    ``resets``: since when (microseconds UTC) the number is someone else's or redressed, so that earlier reports don't
    count; ``verdicts``: whether it truly is a nuisance (canaries True, upheld appeals False); ``answered``: calls of
    it that were answered, where call records exist.
    """

    resets: Mapping[int, int] = field(default_factory=dict)
    verdicts: Mapping[int, bool] = field(default_factory=dict)
    answered: Mapping[int, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Weighed:
    """What the reports amount to at ``now_us``: one row a reported number, and the ranges.

    ``vouched`` and ``proven`` are effective votes (``trust``), ``ranking`` the vouched with the two-week half-life,
    ``reporters`` whole votes within ``days``; times are microseconds UTC.
    """

    now_us: int
    number: NDArray[np.uint64]
    strength: Floats
    vouched: Tally
    proven: Tally
    ranking: Floats
    reporters: Ints
    days: Ints
    first_us: Ints
    last_us: Ints
    category: list[str]
    method: list[str]
    ranges: Ranges

    def standing(self) -> Iterator[Standing]:
        """Yield the rows for the book: numbers that mean something, then ranges."""
        expires = belief.worthless_at(self.vouched.nuisance, self.now_us)
        for row in np.flatnonzero(self.strength >= belief.LEAST).tolist():
            yield Standing(
                subject=int(self.number[row]),
                symbol=REPORTED,
                strength=round(float(self.strength[row]), 4),
                source=SOURCE,
                observed_us=self.now_us,
                category=self.category[row],
                method=self.method[row],
                facts=self._facts(row),
                expires_us=int(expires[row]),
            )
        yield from _range_rows(self.ranges, self.now_us)

    def _facts(self, row: int) -> dict[str, int | float | str]:
        return {
            "reporters": int(self.reporters[row]),
            "days": int(self.days[row]),
            **self.vouched.at(row).facts("votes", "wanted"),
            **self.proven.at(row).facts("proven", "proven_wanted"),
            "ranking": round(float(self.ranking[row]), 4),
            "first_us": int(self.first_us[row]),
            "last_us": int(self.last_us[row]),
        }


def weigh(reports: pa.Table, now_us: int, background: Background | None = None) -> Weighed:
    """Return what all ``reports`` (columns as in ``votes.counted``) amount to at ``now_us``.

    A number redressed by ``verdicts`` keeps its earlier reports for judging the reporters, not for itself.
    """
    known = background or Background()
    witnesses = counted(reports, now_us)
    weights = trust.weights(witnesses, known.verdicts)
    kept = witnesses.since(known.resets)
    weights = trust.Weights(weights.vouched[kept], weights.proven[kept])
    return _weighed(witnesses.take(kept), weights, now_us, known.answered)


def _weighed(votes: Votes, weights: trust.Weights, now_us: int, answered: Mapping[int, int]) -> Weighed:
    numbers, row = np.unique(votes.subject, return_inverse=True)
    number, size = votes.subjects[numbers], len(numbers)
    age = now_us - votes.at_us
    effective = weights.vouched * belief.decay(age)
    vouched = _tally(votes, row, effective, size)
    proven = _tally(votes, row, weights.proven * belief.decay(age), size)
    recent = weights.vouched * belief.decay(age, belief.RANKING_HALF_LIFE_US)
    first_us, last_us = np.full(size, np.iinfo(np.int64).max), np.zeros(size, np.int64)
    np.minimum.at(first_us, row, votes.at_us)
    np.maximum.at(last_us, row, votes.at_us)
    reporters, days = _reporters(row[votes.nuisance], age[votes.nuisance], size)
    believed = np.minimum(np.bincount(row, weights.proven * votes.nuisance, size), 1.0)
    category = _majority(votes.category, votes.categories, row, effective * votes.nuisance)
    codes = np.array([find(name).code for name in category], np.int64)
    return Weighed(
        now_us=now_us,
        number=number,
        strength=belief.believed(vouched, proven, _answered(number, answered)),
        vouched=vouched,
        proven=proven,
        ranking=np.bincount(row, recent * votes.nuisance, size).astype(np.float64),
        reporters=reporters,
        days=days,
        first_us=first_us,
        last_us=last_us,
        category=category,
        method=_majority(votes.method, votes.methods, row, effective * votes.nuisance),
        ranges=ranges.learn(number, first_us, believed, codes, now_us),
    )


def _tally(votes: Votes, row: NDArray[np.intp], effective: Floats, size: int) -> Tally:
    """Sum the votes for and against of each number."""
    sums = (np.bincount(row[side], effective[side], size) for side in (votes.nuisance, ~votes.nuisance))
    return Tally(*(column.astype(np.float64) for column in sums))


def _answered(number: NDArray[np.uint64], answered: Mapping[int, int]) -> Floats:
    calls = np.full(len(number), -1.0)
    for place, one in enumerate(number.tolist() if answered else ()):
        calls[place] = answered.get(one, -1)
    return calls


def _reporters(row: NDArray[np.intp], age_us: Ints, size: int) -> tuple[Ints, Ints]:
    """Count whole votes within the first window that holds any; 0 reporters keep the widest window."""
    reporters, days = np.zeros(size, np.int64), np.full(size, WINDOWS_DAYS[-1], np.int64)
    for window in reversed(WINDOWS_DAYS):
        within = np.bincount(row[age_us <= window * DAY_US], minlength=size)
        reporters, days = np.where(within > 0, within, reporters), np.where(within > 0, window, days)
    return reporters, days


def _majority(codes: Ints, names: list[str], row: NDArray[np.intp], weight: Floats) -> list[str]:
    """Return the name with most weight per number; ``unknown`` only where nobody says more."""
    told = np.array([name != "unknown" for name in names], np.bool_)
    width = len(names)
    key = row * width + codes
    pairs, place = np.unique(key, return_inverse=True)
    sums = np.bincount(place, weight, len(pairs))
    sums = np.where(told[pairs % width], sums, -1.0 + sums * 1e-12)
    order = np.lexsort((sums, pairs // width))
    last = np.append(np.diff((pairs // width)[order]) != 0, [True])[: len(order)]
    best = (pairs % width)[order[last]]
    return [names[code] for code in best.tolist()]


def _range_rows(known: Ranges, now_us: int) -> Iterator[Standing]:
    for row in range(len(known.span)):
        span = int(known.span[row])
        yield Standing(
            subject=int(known.subject[row]),
            symbol=REPORTED_RANGE,
            strength=round(float(known.strength[row]), 4),
            source=SOURCE,
            observed_us=now_us,
            span=span,
            category=CATEGORIES[int(known.category[row])].name,
            facts={"block": 10**span, "reported": int(known.reported[row])},
            expires_us=now_us + 2 * known.half_life_us,
        )
