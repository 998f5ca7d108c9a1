"""Joins one import with a home: its keys, its lake or book, its quarantine."""

from collections.abc import Callable, Sequence
from pathlib import Path

from wurao.core.clock import Clock, iso
from wurao.intake.book_rows import FACTS_OF_THE_BOOK, writer
from wurao.intake.deriving import RowIds
from wurao.intake.enrolment import enrolled_in
from wurao.intake.importing import Import, Summary
from wurao.intake.interface import Format, Reading
from wurao.intake.landing import BookLanding, LakeLanding, Landing
from wurao.intake.quarantine import Quarantine
from wurao.intake.wish_rows import WishLanding
from wurao.store.book import Book
from wurao.store.home import Home
from wurao.store.identities import Identities
from wurao.store.keys import KeyRing
from wurao.store.lake import Lake


def run_import(
    home: Home,
    reading: Reading,
    files: Sequence[tuple[Path, Format]],
    clock: Clock,
    on_progress: Callable[[Path, int], None],
) -> Summary:
    """Import files into a locked home and account for every row; raises InputError, StoreError."""
    book = Book.at(home.book, clock)
    identities = Identities(KeyRing.open(home))
    name = f"{iso(clock.now_us()).replace(':', '')}-{reading.fact}"
    landing: Landing
    if reading.fact == "wishes":
        landing, row_ids = WishLanding(home, book), None
    elif reading.fact in FACTS_OF_THE_BOOK:
        landing, row_ids = BookLanding(writer(reading.fact, book)), None
    else:
        landing = LakeLanding(reading.fact, Lake(home), identities, enrolled_in(book))
        row_ids = RowIds(reading.fact, identities.row_id)
    try:
        with Quarantine(home.folder("quarantine"), name) as quarantine:
            return Import(reading, landing, row_ids, quarantine).run(files, book, clock.now_us, on_progress)
    finally:
        book.close()
