"""From standing and policy to the payloads of the shield tables: one level is one point, floor(points) up to 15.

A number whose LIVE rules come to nothing but whose SHADOW rules don't carries the shadow bit: decided and logged, and
the phone rings. SHADOW rules never change what LIVE ones do.
"""

from collections.abc import Iterator
from typing import Final

import msgspec
import numpy as np
import numpy.typing as npt

from wurao.core.payload import MAX_LEVEL
from wurao.screening.policy import Policy
from wurao.screening.score import Floats, Scored, Scorer
from wurao.screening.standing_rows import StandingRows
from wurao.store.tables import detail

U64 = npt.NDArray[np.uint64]
U16 = npt.NDArray[np.uint16]
U8 = npt.NDArray[np.uint8]
Bools = npt.NDArray[np.bool_]
CHUNK: Final = 1 << 20
"""Numbers scored at once: bounds the memory of a build."""
CAMPAIGN_GROUP: Final = "campaign"
REPORTS_GROUP: Final = "reports"


class Risks(msgspec.Struct, frozen=True):
    """What the risk table gets: numbers ascending, payloads, words of the detail file and the names they index."""

    numbers: U64
    payloads: U16
    details: U64
    names: detail.Names


class Ranges(msgspec.Struct, frozen=True):
    """What the range table gets: blocks (number // 10^span), spans, payloads."""

    blocks: U64
    spans: U8
    payloads: U16


class Levels:
    """Compiles standing under one policy; rows that expired by ``as_of_us`` or that no rule knows don't count."""

    def __init__(self, policy: Policy, as_of_us: int) -> None:
        self._exact = _Table(policy, Scorer(policy, "standing"))
        self._block = _Table(policy, Scorer(policy, "standing", "range"))
        self._as_of_us = as_of_us

    def risks(self, rows: StandingRows) -> Risks:
        """Return exact numbers; those that come to nothing are left out."""
        rows = self._valid(rows, self._exact, rows.span == 0)
        sets = _SymbolSets(self._exact.scorer.names)
        parts = [self._risk_chunk(part, sets) for part in _chunks(rows)]
        numbers, payloads, details = (np.concatenate(column) for column in zip(_NO_RISKS, *parts, strict=True))
        return Risks(numbers, payloads, details, detail.Names(rows.campaigns, sets.names))

    def ranges(self, rows: StandingRows) -> Ranges:
        """Return blocks of numbers; those that come to nothing are left out."""
        rows = self._valid(rows, self._block, rows.span > 0)
        found = [_NO_RANGES]
        for span in np.unique(rows.span):
            blocks, payloads = self._range_span(rows.where(rows.span == span))
            found.append((blocks, np.full(len(blocks), span, np.uint8), payloads))
        return Ranges(*(np.concatenate(column) for column in zip(*found, strict=True)))

    def _valid(self, rows: StandingRows, table: "_Table", spans: Bools) -> StandingRows:
        column = np.array([table.column.get(name, -1) for name in rows.symbols] or [-1], np.int64)
        held = (rows.expires_us == 0) | (rows.expires_us > self._as_of_us)
        return rows.where(spans & held & (column[rows.symbol] >= 0))

    def _risk_chunk(self, rows: StandingRows, sets: "_SymbolSets") -> tuple[U64, U16, U64]:
        seen = self._exact.see(rows)
        payloads = seen.payloads | seen.inherited.astype(np.uint16) << 11 | seen.void.astype(np.uint16) << 12
        payloads |= seen.reported.astype(np.uint16) << 13
        deci = np.clip(seen.scored.all * 10, 0, 65_535).astype(np.uint16)
        campaign = np.zeros(len(seen.numbers), np.uint32)
        np.maximum.at(campaign, seen.row_of, rows.campaign)
        words = detail.pack(deci, seen.method, sets.index(seen.scored.points), campaign)
        said = payloads != 0
        return seen.numbers[said], payloads[said], words[said]

    def _range_span(self, rows: StandingRows) -> tuple[U64, U16]:
        seen = self._block.see(rows)
        said = seen.payloads >> 5 != 0
        return seen.numbers[said], seen.payloads[said]


class _Seen(msgspec.Struct, frozen=True):
    """One chunk of numbers with what was computed for each."""

    numbers: U64
    row_of: npt.NDArray[np.intp]
    scored: Scored
    payloads: U16
    inherited: Bools
    reported: Bools
    void: Bools
    method: U8


class _Table:
    """The scorer of a table with what its rules say beyond points."""

    def __init__(self, policy: Policy, scorer: Scorer) -> None:
        self.scorer = scorer
        self.column = {name: index for index, name in enumerate(scorer.symbols)}
        rules = [scorer.rules[name] for name in scorer.symbols]
        self._vouches = np.array([rule.vouches for rule in rules], bool)
        self._void_from = np.array([rule.voids_answered_from or 9 for rule in rules], np.float32)
        groups = np.array([policy.rules[name].group for name in scorer.names])
        self._inherited, self._reports = groups == CAMPAIGN_GROUP, groups == REPORTS_GROUP

    def see(self, rows: StandingRows) -> _Seen:
        """Score the numbers of some rows; where a symbol stands twice on a number, the stronger counts."""
        numbers, row_of = np.unique(rows.subject, return_inverse=True)
        column = np.array([self.column.get(name, 0) for name in rows.symbols] or [0], np.int64)[rows.symbol]
        strengths = np.zeros((len(numbers), len(self.column)), np.float32)
        np.maximum.at(strengths, (row_of, column), np.clip(rows.strength, 0, 1))
        scored = self.scorer.score(strengths)
        strongest = _strongest(rows, row_of, scored.points[row_of, column])
        return _Seen(
            numbers,
            row_of,
            scored,
            self._payloads(strengths, scored, rows.category[strongest]),
            self._nothing_but(self._inherited, scored),
            self._nothing_but(self._reports, scored),
            np.any(strengths >= self._void_from, axis=1),
            rows.method[strongest],
        )

    def _nothing_but(self, group: Bools, scored: Scored) -> Bools:
        """Mark the numbers with a level that would have none without the group."""
        chosen = np.where(_level(scored.live) > 0, scored.live, scored.all)
        without: Bools = _level(chosen - scored.points[:, group].sum(axis=1)) == 0
        return without & (_level(chosen) > 0)

    def _payloads(self, strengths: Floats, scored: Scored, category: U8) -> U16:
        live, shadowed = _level(scored.live), _level(scored.all)
        shadow = (live == 0) & (shadowed > 0)
        level = np.where(shadow, shadowed, live)
        verified = (strengths[:, self._vouches] > 0).any(axis=1) & (live == 0)
        flags = verified.astype(np.uint16) << 9 | (shadow & ~verified).astype(np.uint16) << 10
        spoken = np.where(verified, 0, level)
        payloads: U16 = np.where(spoken > 0, category, 0) | spoken << 5 | flags
        return payloads


class _SymbolSets:
    """Numbers the distinct sets of symbols that speak, for the detail file (at most 65,535, the rest is "none")."""

    def __init__(self, names: tuple[str, ...]) -> None:
        self._names = names
        self._known: dict[int, int] = {0: 0}
        self._bits = np.uint64(1) << np.arange(len(names), dtype=np.uint64)

    @property
    def names(self) -> tuple[tuple[str, ...], ...]:
        """The sets as names, by index."""
        return tuple(tuple(n for i, n in enumerate(self._names) if bits >> i & 1) for bits in self._known)

    def index(self, points: Floats) -> U16:
        """Return the index of each number's set."""
        sets, of_number = np.unique((points != 0) @ self._bits, return_inverse=True)
        return np.array([self._index(int(bits)) for bits in sets], np.uint16)[of_number]

    def _index(self, bits: int) -> int:
        if bits not in self._known and len(self._known) > _MAX_SETS:
            return 0
        return self._known.setdefault(bits, len(self._known))


_MAX_SETS: Final = 65_535
_NO_RISKS: Final = (np.empty(0, np.uint64), np.empty(0, np.uint16), np.empty(0, np.uint64))
_NO_RANGES: Final = (np.empty(0, np.uint64), np.empty(0, np.uint8), np.empty(0, np.uint16))


def _level(points: Floats) -> U16:
    return np.clip(np.floor(points), 0, MAX_LEVEL).astype(np.uint16)


def _strongest(rows: StandingRows, row_of: npt.NDArray[np.intp], points: Floats) -> npt.NDArray[np.intp]:
    """Return for each number the row with the most points, those with a category first."""
    order = np.lexsort((points, rows.category != 0, points > 0, row_of))
    last = np.append(np.flatnonzero(np.diff(row_of[order])), len(order) - 1)
    strongest: npt.NDArray[np.intp] = order[last]
    return strongest


def _chunks(rows: StandingRows) -> Iterator[StandingRows]:
    """Cut rows between numbers; each part is small enough to score at once."""
    order = np.argsort(rows.subject, kind="stable")
    subjects = rows.subject[order]
    start = 0
    while start < len(order):
        end = min(start + CHUNK, len(order))
        end = int(np.searchsorted(subjects, subjects[end - 1], "right"))
        yield rows.where(order[start:end])
        start = end
