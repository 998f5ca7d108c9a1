"""``wurao erase``: forget a number."""

from pathlib import Path

import click
import msgspec

from wurao.cli.options import answer, home_option, json_option
from wurao.core.numbers import read
from wurao.detection.audio.kept import Recordings
from wurao.detection.audio.played import SYMBOL as PLAYED
from wurao.detection.daily import kept
from wurao.detection.inheriting import kept as signatures
from wurao.detection.inheriting.keyed import lead_key
from wurao.detection.linking import kept as campaigns
from wurao.detection.linking import standing as linking
from wurao.detection.live import evidence
from wurao.detection.live.lasting import LastingCallers
from wurao.detection.live.sealing import Sealing
from wurao.detection.scoring.standing import keys_of
from wurao.edge.honeypot.filing import number_of
from wurao.edge.honeypot.spool import Spool
from wurao.edge.live.watching import CALLERS
from wurao.store.book import Book
from wurao.store.book.standing import StandingKey
from wurao.store.home import Home
from wurao.store.identities import Identities
from wurao.store.journal import Journal
from wurao.store.keys import KeyRing
from wurao.store.lake import Lake
from wurao.store.rewriting import erase as erase_rows


class Erased(msgspec.Struct, frozen=True):
    """Rows deleted from the lake, entries of the number's own lists deleted from the book, its record as a caller.

    ``scores`` counts what the daily runs had found of it, ``campaigns`` the runs that held it for a campaign's,
    ``recordings`` what it left on honeypot lines.
    """

    rows: int
    list_entries: int
    watched: bool
    scores: int
    campaigns: int
    recordings: int


@click.command(epilog="Example: wurao erase 13800138000")
@click.argument("number")
@home_option
@json_option
def erase(number: str, home: Path, as_json: bool) -> None:  # noqa: FBT001 - click hands options in by name
    """Delete every fact in which NUMBER stands, its wish, lists, record, scores and campaigns as a caller (PIPL 47).

    What other people keep in their own lists, and the log of who looked at the number, stays.
    A killed erasure finishes when run again.
    """
    found = read(number)
    with Home.open(home).lock() as opened, kept.alone(opened):
        lake = Lake(opened)
        keys = KeyRing.open(opened)
        identities = Identities(keys)
        with Journal(opened) as journal:
            journal.fold(lake)
        with LastingCallers(opened, keys, CALLERS) as callers:
            watched = callers.erase(found)
        watched |= evidence.erase(opened.folder("callers"), Sealing(keys), found)
        its_id = identities.id_of(found)
        scores = kept.erase(opened, its_id)
        linked = campaigns.erase(opened, its_id)
        signatures.erase(opened, found, lead_key(its_id))
        recordings = Recordings(opened, Sealing(keys)).erase(its_id)
        recordings += Spool(opened.folder("recordings") / "spool").erase(lambda caller: number_of(caller) == found)
        rows = erase_rows(lake, its_id)
        done = Erased(rows, _from_book(opened, found), watched, scores, linked, recordings)
    answer(done, as_json=as_json, text=lambda: f"{done.rows} facts and {done.list_entries} list entries erased")


def _from_book(home: Home, number: int) -> int:
    if not home.book.exists():
        return 0
    book = Book.at(home.book)
    try:
        with book.together():
            book.end_wish(number)
            book.forget_link_decisions(number)
            others = [StandingKey(number, 0, symbol) for symbol in (*linking.SYMBOLS, PLAYED)]
            book.write_standing((), clear=[*keys_of([number]), *others])
            return sum(book.end_pair(pair) for pair in book.pairs_of(number))
    finally:
        book.close()
