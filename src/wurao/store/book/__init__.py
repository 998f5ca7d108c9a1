"""The book: what changes row by row and must last – standing, wishes, lists, rules, appeals, people.

SQLite by default, Postgres by URL. Every write of standing, wish, list, registry, rule or appeal adds numbered
changes in its own transaction, which the shield follows. Mass facts live in the lake, not here.
"""

from pathlib import Path

from wurao.core.clock import Clock, SystemClock
from wurao.core.errors import Error
from wurao.store.book.appeals import AppealRows
from wurao.store.book.change_rows import ChangeRows
from wurao.store.book.codes import CodeRows
from wurao.store.book.engine import open_engine
from wurao.store.book.imports import ImportRows
from wurao.store.book.link_decisions import LinkDecisionRows
from wurao.store.book.lists import ListRows
from wurao.store.book.migrate import prepare
from wurao.store.book.people import PeopleRows
from wurao.store.book.registry import RegistryRows
from wurao.store.book.rules import RuleRows
from wurao.store.book.standing import StandingRows
from wurao.store.book.wishes import WishRows


class Book(
    StandingRows,
    ChangeRows,
    WishRows,
    ListRows,
    RegistryRows,
    RuleRows,
    AppealRows,
    PeopleRows,
    CodeRows,
    ImportRows,
    LinkDecisionRows,
):
    """One book; safe to use from several threads. Methods raise StoreError when the database fails.

    ``with book.together():`` makes one transaction of several writes.
    """

    def __init__(self, url: str, clock: Clock | None = None, *, upgrade: bool = False) -> None:
        super().__init__(open_engine(url), clock or SystemClock())
        try:
            prepare(self._engine, upgrade=upgrade)
        except Error:
            self._engine.dispose()
            raise

    @classmethod
    def at(cls, path: Path, clock: Clock | None = None) -> "Book":
        """Open the SQLite book in a file, made if it isn't there."""
        return cls(f"sqlite:///{path}", clock)

    def close(self) -> None:
        """Close every connection."""
        self._engine.dispose()


__all__ = ["Book"]
