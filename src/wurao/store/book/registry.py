"""The registry: verified callers with their declared purpose, and numbers that changed hands."""

from collections.abc import Iterable, Iterator
from typing import Final

import msgspec
from sqlalchemy import BigInteger, Column, SmallInteger, String, Table, and_, delete, func, select, tuple_

from wurao.core.payload import MAX_SPAN
from wurao.store.book.batches import BATCH, batches
from wurao.store.book.engine import metadata
from wurao.store.book.standing import clear_numbers
from wurao.store.book.transaction import Part, insert_new, upsert

NEW_HANDS: Final = frozenset({"released", "assigned"})
"""Events after which a number is someone else's; the others keep the holder and so the standing."""

verified = Table(
    "verified",
    metadata,
    Column("subject", BigInteger, primary_key=True, autoincrement=False),
    Column("span", SmallInteger, primary_key=True, autoincrement=False),
    Column("organisation", String(256), nullable=False),
    Column("purpose", String(256), nullable=False),
    Column("proof", String(256), nullable=False),
    Column("until_us", BigInteger, nullable=False),
    sqlite_with_rowid=False,
)
assignments = Table(
    "assignments",
    metadata,
    Column("number", BigInteger, primary_key=True, autoincrement=False),
    Column("at_us", BigInteger, primary_key=True, autoincrement=False),
    Column("event", String(12), primary_key=True),
    sqlite_with_rowid=False,
)


class VerifiedCaller(msgspec.Struct, frozen=True):
    """An organisation answers for a number (span 0) or a block of 10^span numbers, for one purpose."""

    subject: int
    organisation: str
    purpose: str
    span: int = 0
    proof: str = ""
    until_us: int = 0


class AssignmentEvent(msgspec.Struct, frozen=True):
    """What happened to a number at ``at_us``: released, assigned, ported, suspended or restored."""

    number: int
    event: str
    at_us: int


class RegistryRows(Part):
    """Reads and writes verified callers and assignments."""

    def put_verified(self, rows: Iterable[VerifiedCaller]) -> None:
        """Write verified callers, each over an earlier one of the same number or block."""
        with self.together() as writing:
            for batch in batches(rows):
                upsert(writing.connection, verified, [msgspec.structs.asdict(row) for row in batch])
                for row in batch:
                    writing.note("verified", subject=row.subject, span=row.span)

    def end_verified(self, subject: int, span: int = 0, note: str = "") -> None:
        """Take a number or block off the registry; ``note`` says by whom."""
        with self.together() as writing:
            writing.connection.execute(delete(verified).where(verified.c.subject == subject, verified.c.span == span))
            writing.note("verified", subject=subject, span=span, note=note)

    def verified_for(self, number: int) -> list[VerifiedCaller]:
        """Return who answers for a number, its own entry first, then blocks from small to wide."""
        keys = [(number // 10**span, span) for span in range(MAX_SPAN + 1)]
        query = select(verified).where(
            tuple_(verified.c.subject, verified.c.span).in_(keys), self._holds(verified.c.until_us)
        )
        with self.reading() as connection:
            return [VerifiedCaller(**row) for row in connection.execute(query.order_by(verified.c.span)).mappings()]

    def each_verified(self) -> Iterator[VerifiedCaller]:
        """Yield every entry of the registry that still holds."""
        query = select(verified).where(self._holds(verified.c.until_us)).execution_options(yield_per=BATCH)
        with self.reading() as connection:
            for row in connection.execute(query).mappings():
                yield VerifiedCaller(**row)

    def each_entry(self) -> Iterator[VerifiedCaller]:
        """Yield every entry of the registry, those that no longer hold too."""
        with self.reading() as connection:
            for row in connection.execute(select(verified).execution_options(yield_per=BATCH)).mappings():
                yield VerifiedCaller(**row)

    def record_assignments(self, events: Iterable[AssignmentEvent]) -> int:
        """Write events and return how many are new; a number in new hands loses standing and registry entry at once.

        An event that is already there does nothing, so that importing it again can't clear what was learnt since.
        """
        new = 0
        with self.together() as writing:
            for event in dict.fromkeys(events):
                if not insert_new(writing.connection, assignments, msgspec.structs.asdict(event)):
                    continue
                new += 1
                if event.event in NEW_HANDS:
                    clear_numbers(writing, (event.number,))
                    writing.connection.execute(
                        delete(verified).where(verified.c.subject == event.number, verified.c.span == 0)
                    )
                writing.note("assignment", subject=event.number, note=event.event)
        return new

    def new_hands(self) -> dict[int, int]:
        """Return for each number that ever changed hands when it last did, in microseconds UTC."""
        query = (
            select(assignments.c.number, func.max(assignments.c.at_us))
            .where(assignments.c.event.in_(sorted(NEW_HANDS)))
            .group_by(assignments.c.number)
        )
        with self.reading() as connection:
            return {number: int(at_us) for number, at_us in connection.execute(query)}

    def in_hands_since(self, number: int) -> int:
        """Return when a number last changed hands, in microseconds UTC, 0 if that is not known."""
        mine = and_(assignments.c.number == number, assignments.c.event.in_(sorted(NEW_HANDS)))
        with self.reading() as connection:
            return int(connection.execute(select(func.max(assignments.c.at_us)).where(mine)).scalar() or 0)
