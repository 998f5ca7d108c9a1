"""Verified callers that behave like robots, and proofs that have run out: told to people, who alone may act on it."""

from collections.abc import Iterable, Mapping
from typing import Final

import msgspec

from wurao.detection.daily.scored import Score
from wurao.store.book.registry import VerifiedCaller

SHOWN_EXPIRED: Final = 50


class Audited(msgspec.Struct, frozen=True):
    """An entry of the registry, and the flagged caller that calls under it; ``score`` is None where none does."""

    entry: VerifiedCaller
    expired: bool
    score: Score | None = None

    @property
    def alarm(self) -> bool:
        """Whether a shield that holds covers a caller that looks like a robot."""
        return self.score is not None and not self.expired


def audit(flagged: Iterable[Score], entries: Iterable[VerifiedCaller], now_us: int) -> list[Audited]:
    """Return alarms first, then flagged callers whose proof has run out, then other entries that have."""
    by_span: dict[int, dict[int, VerifiedCaller]] = {}
    for one in entries:
        by_span.setdefault(one.span, {})[one.subject] = one
    over = [one for its in by_span.values() for one in its.values() if _expired(one, now_us)]
    found = [
        Audited(entry, _expired(entry, now_us), score)
        for score in flagged
        if (entry := _entry_of(score.number, by_span, now_us))
    ]
    told = {(audited.entry.subject, audited.entry.span) for audited in found}
    silent = [Audited(one, expired=True) for one in over if (one.subject, one.span) not in told]
    return sorted(found, key=lambda audited: audited.expired) + silent[:SHOWN_EXPIRED]


def _entry_of(number: int, by_span: Mapping[int, Mapping[int, VerifiedCaller]], now_us: int) -> VerifiedCaller | None:
    """Return the entry that answers for a number, one that holds before one that has run out."""
    found = [entry for span in sorted(by_span) if (entry := by_span[span].get(number // 10**span))]
    return min(found, key=lambda entry: _expired(entry, now_us), default=None)


def _expired(entry: VerifiedCaller, now_us: int) -> bool:
    return 0 < entry.until_us <= now_us
