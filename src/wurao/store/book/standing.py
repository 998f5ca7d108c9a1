"""Standing: what is known of a number or block now, one row a symbol."""

from collections.abc import Iterable, Iterator
from typing import Any, Final

import msgspec
from sqlalchemy import (
    BigInteger,
    Column,
    Float,
    RowMapping,
    SmallInteger,
    String,
    Table,
    Text,
    delete,
    select,
    tuple_,
)

from wurao.core.payload import MAX_SPAN
from wurao.core.standing import Facts, Standing
from wurao.store.book.batches import BATCH, batches
from wurao.store.book.engine import metadata
from wurao.store.book.transaction import Part, Writing, upsert

_KEYS_PER_QUERY: Final = 400

standing = Table(
    "standing",
    metadata,
    Column("subject", BigInteger, primary_key=True, autoincrement=False),
    Column("span", SmallInteger, primary_key=True, autoincrement=False),
    Column("symbol", String(48), primary_key=True),
    Column("strength", Float, nullable=False),
    Column("source", String(16), nullable=False, index=True),
    Column("observed_us", BigInteger, nullable=False),
    Column("category", String(48), nullable=False),
    Column("method", String(16), nullable=False),
    Column("campaign", String(64), nullable=False),
    Column("facts", Text, nullable=False),
    Column("expires_us", BigInteger, nullable=False),
    sqlite_with_rowid=False,
)


class StandingKey(msgspec.Struct, frozen=True, order=True):
    """What to clear: one symbol of a number or block, or with an empty ``symbol`` all of them."""

    subject: int
    span: int = 0
    symbol: str = ""


class StandingRows(Part):
    """Reads and writes standing."""

    def write_standing(self, rows: Iterable[Standing], clear: Iterable[StandingKey] = ()) -> None:
        """Clear and then write rows in one transaction, with one change for each number or block touched."""
        with self.together() as writing:
            touched: dict[tuple[int, int], None] = {}
            for key in sorted(clear):
                if _clear(writing, key):
                    touched[key.subject, key.span] = None
            for batch in batches(rows):
                upsert(writing.connection, standing, [_row(one) for one in batch])
                touched.update(dict.fromkeys((one.subject, one.span) for one in batch))
            for subject, span in touched:
                writing.note("standing", subject=subject, span=span)

    def replace_standing(self, source: str, rows: Iterable[Standing]) -> int:
        """Let ``rows`` be all that one source (plane) knows, as one ``snapshot`` change; return how many."""
        written = 0
        with self.together() as writing:
            writing.connection.execute(delete(standing).where(standing.c.source == source))
            for batch in batches(rows):
                upsert(writing.connection, standing, [_row(one) for one in batch])
                written += len(batch)
            writing.note("snapshot", note=f"standing of {source}")
        return written

    def standing_of(self, subject: int, span: int = 0) -> list[Standing]:
        """Return the rows of exactly one number or block that have not expired."""
        return self._standings(((subject, span),))

    def standings_for(self, number: int) -> list[Standing]:
        """Return all that speaks of a number: its own rows first, then those of the blocks around it, small to wide."""
        return self._standings(tuple((number // 10**span, span) for span in range(MAX_SPAN + 1)))

    def each_standing(self, source: str | None = None) -> Iterator[Standing]:
        """Yield every row that has not expired, or one source's, from one state of the book."""
        query = select(standing).where(self._holds(standing.c.expires_us)).execution_options(yield_per=BATCH)
        if source is not None:
            query = query.where(standing.c.source == source)
        with self.reading() as connection:
            for row in connection.execute(query).mappings():
                yield _standing(row)

    def expire_standing(self) -> int:
        """Delete the rows that have expired, each number with its change; return how many."""
        expired = select(standing).where(~self._holds(standing.c.expires_us)).limit(BATCH)
        with self.together() as writing:
            rows = [_standing(row) for row in writing.connection.execute(expired).mappings()]
            self.write_standing((), clear=[StandingKey(one.subject, one.span, one.symbol) for one in rows])
        return len(rows)

    def _standings(self, keys: tuple[tuple[int, int], ...]) -> list[Standing]:
        query = (
            select(standing)
            .where(tuple_(standing.c.subject, standing.c.span).in_(keys), self._holds(standing.c.expires_us))
            .order_by(standing.c.span, standing.c.symbol)
        )
        with self.reading() as connection:
            return [_standing(row) for row in connection.execute(query).mappings()]


def clear_numbers(writing: Writing, numbers: Iterable[int]) -> None:
    """Delete all standing of exact numbers: they changed hands."""
    for batch in batches(sorted(set(numbers)), _KEYS_PER_QUERY):
        writing.connection.execute(delete(standing).where(standing.c.subject.in_(batch), standing.c.span == 0))


def _clear(writing: Writing, key: StandingKey) -> bool:
    one = delete(standing).where(standing.c.subject == key.subject, standing.c.span == key.span)
    if key.symbol:
        one = one.where(standing.c.symbol == key.symbol)
    return writing.connection.execute(one).rowcount > 0


def _row(one: Standing) -> dict[str, Any]:
    row = {name: getattr(one, name) for name in Standing.__struct_fields__}
    row["facts"] = msgspec.json.encode(one.facts).decode()
    return row


def _standing(row: RowMapping) -> Standing:
    fields = dict(row)
    fields["facts"] = msgspec.json.decode(fields["facts"], type=Facts)
    return Standing(**fields)
