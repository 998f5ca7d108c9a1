"""What analysts decided about two numbers: the same campaign or not. The next linking heeds it."""

from typing import Final

from sqlalchemy import BigInteger, Boolean, Column, String, Table, delete, or_, select

from wurao.core.campaigns import LinkDecision
from wurao.core.errors import InputError
from wurao.store.book.engine import metadata
from wurao.store.book.transaction import MAX_NOTE, Part, upsert

_MAX_WHO: Final = 64

link_decisions = Table(
    "link_decisions",
    metadata,
    Column("a", BigInteger, primary_key=True, autoincrement=False),
    Column("b", BigInteger, primary_key=True, autoincrement=False),
    Column("same", Boolean, nullable=False),
    Column("who", String(_MAX_WHO), nullable=False),
    Column("at_us", BigInteger, nullable=False),
    Column("note", String(MAX_NOTE), nullable=False),
)


class LinkDecisionRows(Part):
    """Reads and writes decisions about links."""

    def decide_link(self, one: int, other: int, *, same: bool, who: str, note: str = "") -> LinkDecision:
        """Write what ``who`` decided about two numbers, over an earlier decision. Raises InputError for one number."""
        if one == other:
            raise InputError("a link is between two numbers", mend="name two")
        a, b = sorted((one, other))
        with self.together() as writing:
            decided = LinkDecision(a, b, same, who[:_MAX_WHO], writing.at_us, note[:MAX_NOTE])
            row = {name: getattr(decided, name) for name in LinkDecision.__struct_fields__}
            upsert(writing.connection, link_decisions, [row])
        return decided

    def link_decisions(self) -> list[LinkDecision]:
        """Return every decision, oldest first."""
        query = select(link_decisions).order_by(link_decisions.c.at_us, link_decisions.c.a, link_decisions.c.b)
        with self.reading() as connection:
            return [LinkDecision(**row) for row in connection.execute(query).mappings()]

    def take_back_link(self, one: int, other: int) -> None:
        """Delete what was decided about two numbers."""
        a, b = sorted((one, other))
        with self.together() as writing:
            its = (link_decisions.c.a == a, link_decisions.c.b == b)
            writing.connection.execute(delete(link_decisions).where(*its))

    def forget_link_decisions(self, number: int) -> int:
        """Delete the decisions about a number and return how many."""
        its = or_(link_decisions.c.a == number, link_decisions.c.b == number)
        with self.together() as writing:
            return writing.connection.execute(delete(link_decisions).where(its)).rowcount
