"""The changes as followers read them, and mass loads that enter as one file with one change."""

import msgspec
from sqlalchemy import BigInteger, Column, String, Table, select

from wurao.core.changes import Change
from wurao.store.book.engine import metadata
from wurao.store.book.transaction import Part, changes, counters

snapshots = Table(
    "snapshots",
    metadata,
    Column("kind", String(16), primary_key=True),
    Column("path", String(512), nullable=False),
    Column("sha256", String(64), nullable=False),
    Column("rows", BigInteger, nullable=False),
    Column("at_us", BigInteger, nullable=False),
)


class Snapshot(msgspec.Struct, frozen=True):
    """The Parquet file that holds the mass of one kind: ``wishes``, above which rows of the book stand, or ``scores``.

    ``sha256`` is that of the file as it was when the book took it.
    """

    kind: str
    path: str
    sha256: str
    rows: int
    at_us: int


class ChangeRows(Part):
    """Reads the numbered changes in order."""

    def changes_after(self, number: int, limit: int = 10_000) -> list[Change]:
        """Return the changes after ``number``, in order and without a gap, at most ``limit``."""
        query = select(changes).where(changes.c.number > number).order_by(changes.c.number).limit(limit)
        with self.reading() as connection:
            return [Change(**row) for row in connection.execute(query).mappings()]

    def last_change(self) -> int:
        """Return the number of the latest change, 0 if there is none."""
        with self.reading() as connection:
            value: int = connection.execute(select(counters.c.value).where(counters.c.name == "change")).scalar_one()
            return value

    def put_snapshot(self, kind: str, path: str, sha256: str, rows: int) -> None:
        """Let a Parquet file be the mass of one kind from now on; one change says so."""
        with self.together() as writing:
            self.name_file(kind, path, sha256, rows)
            writing.note("snapshot", note=kind)

    def name_file(self, kind: str, path: str, sha256: str, rows: int) -> None:
        """Say which Parquet file is in force of a kind that no table is compiled from: no change tells of it."""
        with self.together() as writing:
            writing.connection.execute(snapshots.delete().where(snapshots.c.kind == kind))
            row = {"kind": kind, "path": path, "sha256": sha256, "rows": rows, "at_us": writing.at_us}
            writing.connection.execute(snapshots.insert(), row)

    def snapshot(self, kind: str) -> Snapshot | None:
        """Return the mass of one kind, None if it was never loaded."""
        with self.reading() as connection:
            row = connection.execute(select(snapshots).where(snapshots.c.kind == kind)).mappings().first()
            return None if row is None else Snapshot(**row)
