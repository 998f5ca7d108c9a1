"""Wiring: the linking over a home's calls, what it keeps, and what it writes into the book."""

from contextlib import closing

from wurao.core.clock import DAY_US, Clock
from wurao.core.errors import InputError
from wurao.core.standing import Standing
from wurao.detection.daily.kept import alone
from wurao.detection.linking import kept, standing
from wurao.detection.linking.linked import Links
from wurao.detection.linking.nightly import Known, of_home
from wurao.detection.linking.pair_model import factory
from wurao.screening.config import load
from wurao.store.book import Book
from wurao.store.home import Home
from wurao.store.identities import Identities
from wurao.store.keys import KeyRing
from wurao.store.lake import Lake

_ACCUSE = ("detection", "reporting")
"""Sources whose rows say of a number itself that it is a nuisance."""


def linked(home: Home, days: int, clock: Clock) -> tuple[Links, tuple[str, ...]]:
    """Link the home's callers, keep the campaigns and write what their numbers inherit; raises InputError, StoreError.

    Runs beside a service: the book is a database, files are replaced whole; never while a number is erased.
    """
    now_us = clock.now_us()
    identities = Identities(KeyRing.open(home))
    with alone(home), closing(Book.at(home.book, clock)) as book:
        known = _known(home, book)
        night = of_home(Lake(home), identities, factory(), known, (now_us - days * DAY_US, now_us), now_us)
        if night is None:
            mend = "bring call records in with wurao import calls FILE, or look further back with --days"
            raise InputError(f"no calls of the last {days} days", where=str(home.path), mend=mend)
        path = kept.write(home, night.linked)
        found = (kept.describe(path, identities, one.id) for one in kept.standing(path))
        rows = [
            row
            for one in found
            if one
            for row in standing.rows(one.campaign, one.members, known.nuisance.keys(), now_us)
        ]
        book.replace_standing(standing.SOURCE, rows)
    return night.links, (str(path),)


def _known(home: Home, book: Book) -> Known:
    path = kept.latest(home)
    symbols = load(home.path / "conf").policy.symbols
    accusing = {name for name, rule in symbols.items() if rule.weight > 0}
    nuisance: dict[int, Standing] = {}
    for source in _ACCUSE:
        for row in book.each_standing(source):
            if not row.span and row.symbol in accusing:
                nuisance.setdefault(row.subject, row)
    return Known(
        nuisance=nuisance,
        vouched={one.subject for one in book.each_entry() if not one.span},
        decisions=book.link_decisions(),
        before=kept.campaigns(path) if path else (),
        before_of={key.hex(): name for key, name in kept.keys_of(path).items()} if path else {},
    )
