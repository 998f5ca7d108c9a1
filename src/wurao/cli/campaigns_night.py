"""Wiring: the linking over a home's calls, what it keeps, and what it writes into the book."""

import logging
from collections.abc import Iterator, Mapping
from contextlib import closing
from typing import Final

from wurao.core.campaigns import Campaign
from wurao.core.clock import DAY_US, Clock
from wurao.core.errors import InputError, StoreError
from wurao.core.standing import Standing
from wurao.detection.audio.kept import Recordings
from wurao.detection.daily.kept import alone
from wurao.detection.inheriting import kept as signatures
from wurao.detection.inheriting.standing import at_first_calls
from wurao.detection.linking import kept, standing
from wurao.detection.linking.heard import Heard
from wurao.detection.linking.hearing import heard_by
from wurao.detection.linking.linked import Links
from wurao.detection.linking.nightly import Known, of_home
from wurao.detection.linking.pair_model import factory
from wurao.edge.live.vouched import Vouches
from wurao.screening.config import load
from wurao.screening.policy import Policy
from wurao.store.book import Book
from wurao.store.home import Home
from wurao.store.identities import Identities
from wurao.store.keys import KeyRing
from wurao.store.lake import Lake

_log: Final = logging.getLogger(__name__)
_ACCUSE: Final = ("detection", "reporting")
"""Sources whose rows say of a number itself that it is a nuisance."""
_BY_HABITS: Final = "behaviour"
"""The group of what was told by how a number calls: linking looks at the same calls."""


def linked(home: Home, days: int, clock: Clock) -> tuple[Links, tuple[str, ...]]:
    """Link the home's callers, keep the campaigns and write what their numbers inherit; raises InputError, StoreError.

    Runs beside a service: the book is a database, files are replaced whole; never while a number is erased.
    """
    now_us = clock.now_us()
    keys = KeyRing.open(home)
    identities = Identities(keys)
    with alone(home), closing(Book.at(home.book, clock)) as book:
        policy, span = load(home.path / "conf").policy, (now_us - days * DAY_US, now_us)
        hands = book.new_hands()
        began = {identities.id_of(number): at_us for number, at_us in hands.items()}
        since = {key: at_us for key, at_us in began.items() if at_us > span[0]}
        heard = heard_by(Recordings.readable(home), began, now_us)
        known = _known(home, book, policy, heard, now_us)
        night = of_home(Lake(home), identities, factory(), known, span, since)
        if night is None:
            mend = "bring call records in with wurao import calls FILE, or look further back with --days"
            raise InputError(f"no calls of the last {days} days", where=str(home.path), mend=mend)
        path = kept.write(home, night.linked)
        signatures.write(home, night.signatures)
        inherited_from = [kept.describe(path, identities, name) for name in night.signatures.names]
        rows = [
            row
            for one in inherited_from
            if one is not None
            for row in standing.rows(one.campaign, one.members, known.nuisance.keys(), now_us)
        ]
        with book.together():
            # who inherited while this ran is as young as those of before
            young = [
                row
                for row in _young(book)
                if row.campaign in night.signatures.names
                and (row.subject in night.unjudged or row.subject not in known.young)
            ]
            then = book.new_hands()
            unmoved = {row.subject: row for row in rows if then.get(row.subject) == hands.get(row.subject)}
            book.replace_standing(standing.SOURCE, ({row.subject: row for row in young} | unmoved).values())
    return night.links, (str(path),)


def _known(home: Home, book: Book, policy: Policy, heard: Mapping[bytes, Heard], now_us: int) -> Known:
    before, before_of = _before(home)
    nuisance: dict[int, Standing] = {}
    for row in _accusations(book, policy):
        nuisance.setdefault(row.subject, row)
    return Known(
        nuisance=nuisance,
        vouched=Vouches(book, now_us).of,
        decisions=book.link_decisions(),
        before=before,
        before_of=before_of,
        heard=heard,
        accused={row.subject for row in _accusations(book, policy) if policy.symbols[row.symbol].group != _BY_HABITS},
        young={row.subject for row in _young(book)},
    )


def _young(book: Book) -> list[Standing]:
    """Return what numbers inherited at their first calls."""
    return [row for row in book.each_standing(standing.SOURCE) if at_first_calls(row)]


def _accusations(book: Book, policy: Policy) -> Iterator[Standing]:
    """Yield the rows of LIVE rules that would label a number by themselves."""
    labels = policy.thresholds["2"].label or 0.0
    for source in _ACCUSE:
        for row in book.each_standing(source):
            rule = policy.symbols.get(row.symbol)
            if rule and not row.span and rule.state == "live" and rule.weight * row.strength >= max(labels, 1.0):
                yield row


def _before(home: Home) -> tuple[tuple[Campaign, ...], dict[str, str]]:
    """Return the campaigns of the last run and who was in them; none where its file is damaged: ids begin anew."""
    path = kept.latest(home)
    if path is None:
        return (), {}
    try:
        return kept.campaigns(path), {key.hex(): name for key, name in kept.keys_of(path).items()}
    except StoreError as error:
        _log.warning("campaigns get new ids: %s", error.diagnostics())
        return (), {}
