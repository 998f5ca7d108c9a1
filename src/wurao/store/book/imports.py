"""Which files were imported, so that the same file a second time changes nothing."""

import msgspec
from sqlalchemy import BigInteger, Column, String, Table, select

from wurao.store.book.engine import metadata
from wurao.store.book.transaction import Part, insert_new

imports = Table(
    "imports",
    metadata,
    Column("sha256", String(64), primary_key=True),
    Column("fact", String(16), primary_key=True),
    Column("name", String(256), nullable=False),
    Column("read", BigInteger, nullable=False),
    Column("stored", BigInteger, nullable=False),
    Column("duplicate", BigInteger, nullable=False),
    Column("quarantined", BigInteger, nullable=False),
    Column("at_us", BigInteger, nullable=False),
)


class ImportRow(msgspec.Struct, frozen=True):
    """One imported file: the hash of its bytes, the fact it held and how its rows were counted."""

    sha256: str
    fact: str
    name: str
    read: int
    stored: int
    duplicate: int
    quarantined: int
    at_us: int


class ImportRows(Part):
    """Reads and writes the imports."""

    def import_of(self, sha256: str, fact: str) -> ImportRow | None:
        """Return the import of a file as that fact, None if it was never finished."""
        query = select(imports).where(imports.c.sha256 == sha256, imports.c.fact == fact)
        with self.reading() as connection:
            row = connection.execute(query).mappings().first()
            return None if row is None else ImportRow(**row)

    def record_import(self, done: ImportRow) -> None:
        """Write a finished import; the first one of a file stays."""
        with self.together() as writing:
            insert_new(writing.connection, imports, msgspec.structs.asdict(done))

    def imports(self, limit: int = 100) -> list[ImportRow]:
        """Return the latest imports, newest first."""
        query = select(imports).order_by(imports.c.at_us.desc(), imports.c.name).limit(limit)
        with self.reading() as connection:
            return [ImportRow(**row) for row in connection.execute(query).mappings()]
