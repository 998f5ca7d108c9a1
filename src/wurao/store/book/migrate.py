"""The version of the book's tables: made when new, upgraded on request, refused when of another program."""

from importlib.resources import files
from typing import Final

from sqlalchemy import Connection, Engine, inspect, text

from wurao.core.errors import StoreError
from wurao.store.book.engine import WRITES, database

HEAD: Final = "0003"
"""The latest revision in ``migrations/versions``; a test compares the two."""
_LOCK: Final = 0x77757261
"""Advisory lock on Postgres, so that two processes that start at once don't both make the tables."""


def prepare(engine: Engine, *, upgrade: bool) -> None:
    """Make the tables of an empty database; with ``upgrade`` bring older ones up to date.

    Raises StoreError if they are older and ``upgrade`` is not asked for, or newer than this program knows.
    """
    where = engine.url.render_as_string(hide_password=True)
    with database(where), engine.connect() as connection:
        found = revision(connection)
    if found == HEAD:
        return
    if found is not None and found > HEAD:
        raise StoreError(f"the book has version {found}, this program knows {HEAD}", where=where, mend="update wurao")
    if found is not None and not upgrade:
        raise StoreError(
            f"the book has version {found}, this program needs {HEAD}", where=where, mend="run `wurao upgrade`"
        )
    with database(where), engine.connect() as connection:
        _upgrade(connection.execution_options(**{WRITES: True}))


def revision(connection: Connection) -> str | None:
    """Return the revision of the tables, None in an empty database."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    found: str | None = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    return found


def _upgrade(connection: Connection) -> None:
    from alembic import command
    from alembic.config import Config

    with connection.begin():
        if connection.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
        config = Config()
        config.set_main_option("script_location", str(files("wurao.store.book") / "migrations"))
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
