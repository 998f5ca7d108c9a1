"""One new report between two recomputes: O(1) from the number's own row, in the book's transaction.

The row keeps the effective votes of its ``observed_us``; they decay to now and the new vote is added. Whether the
reporter has voted on the number, and how often today, is known from their REPORTED pairs. A stranger's weight is
trust's prior until the next recompute, which also judges ranges, agreement and category anew.
"""

from collections.abc import Mapping
from typing import Any, Final

import msgspec
import numpy as np

from wurao.core.clock import CHINA_OFFSET_US, DAY_US
from wurao.core.payload import OPAQUE_BASE, PairKind
from wurao.core.standing import Standing
from wurao.reporting import belief
from wurao.reporting.belief import Tally
from wurao.reporting.trust import PRIOR
from wurao.reporting.votes import DAILY
from wurao.reporting.weights import REPORTED, SOURCE, WINDOWS_DAYS
from wurao.store.book import Book
from wurao.store.book.lists import Pair

REMEMBERED_US: Final = 365 * DAY_US
"""How long a subscriber's report of a number stands in their list."""

KEPT_US: Final = 30 * DAY_US
"""A row too weak to matter yet is kept this long for the votes to come."""


class Vote(msgspec.Struct, frozen=True):
    """One report to be weighed; ``reporter`` 0 is anonymous and then ``weight`` is its source's."""

    subject: int
    at_us: int
    reporter: int = 0
    category: str = "unknown"
    method: str = "unknown"
    wanted: bool = False
    weight: float = PRIOR


def heed(book: Book, vote: Vote, now_us: int) -> bool:
    """Let one report count and write the number's row, with its change; return whether it counted."""
    if vote.subject >= OPAQUE_BASE:
        return False
    with book.together():
        if vote.reporter and not _may_vote(book, vote, now_us):
            return False
        row = next((one for one in book.standing_of(vote.subject) if one.symbol == REPORTED), None)
        book.write_standing([with_vote(row, vote, now_us)])
        return True


def with_vote(row: Standing | None, vote: Vote, now_us: int) -> Standing:
    """Return the REPORTED row of a number after one more vote; ``row`` is the one before, if there is one."""
    facts = row.facts if row else {}
    left = float(belief.decay(now_us - row.observed_us)) if row else 1.0
    added = vote.weight * float(belief.decay(now_us - vote.at_us))
    vouched = _tally(facts, "votes", "wanted").and_one(added, left, wanted=vote.wanted)
    proven = _tally(facts, "proven", "proven_wanted").and_one(added, left, wanted=vote.wanted)
    told = not vote.wanted
    return Standing(
        subject=vote.subject,
        symbol=REPORTED,
        strength=round(float(belief.believed(vouched, proven)), 4),
        source=SOURCE,
        observed_us=now_us,
        category=_told(row.category if row else "unknown", vote.category if told else "unknown"),
        method=_told(row.method if row else "unknown", vote.method if told else "unknown"),
        facts={
            **facts,
            "reporters": int(facts.get("reporters", 0)) + told,
            "days": facts.get("days", WINDOWS_DAYS[0]),
            **vouched.facts("votes", "wanted"),
            **proven.facts("proven", "proven_wanted"),
            "first_us": min(int(facts.get("first_us", vote.at_us)), vote.at_us),
            "last_us": max(int(facts.get("last_us", vote.at_us)), vote.at_us),
        },
        expires_us=max(int(belief.worthless_at(vouched.nuisance, now_us)), now_us + KEPT_US),
    )


def _tally(facts: Mapping[str, Any], nuisance: str, wanted: str) -> Tally:
    return Tally(*(np.asarray(facts.get(name, 0), np.float64) for name in (nuisance, wanted)))


def _told(known: str, new: str) -> str:
    return new if known == "unknown" else known


def _may_vote(book: Book, vote: Vote, now_us: int) -> bool:
    """Remember the vote; False if this reporter voted on the number before or has used up the day's votes."""
    mine = book.pairs_of(vote.reporter, PairKind.REPORTED)
    if any(pair.subject == vote.subject and not pair.span for pair in mine):
        return False
    midnight_us = (now_us + CHINA_OFFSET_US) // DAY_US * DAY_US - CHINA_OFFSET_US
    today = sum(pair.until_us >= midnight_us + REMEMBERED_US for pair in mine)
    if today >= DAILY:
        return False
    book.put_pairs([Pair(vote.reporter, PairKind.REPORTED, vote.subject, until_us=now_us + REMEMBERED_US)])
    return True
