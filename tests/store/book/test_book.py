"""Opening a book: addresses, versions, owners – and what is there after a kill."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine, text

from wurao.core.clock import FixedClock
from wurao.core.errors import ConfigError, StoreError
from wurao.store.book import Book, migrate
from wurao.store.book.engine import metadata, open_engine
from wurao.store.book.imports import ImportRow


def test_the_migrations_make_the_tables_that_the_code_declares(book: Book, url: str) -> None:
    engine = open_engine(url)
    with engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []
    engine.dispose()


def test_the_head_is_the_latest_revision() -> None:
    folder = Path(migrate.__file__).parent / "migrations"
    assert ScriptDirectory(str(folder)).get_current_head() == migrate.HEAD


@pytest.mark.parametrize("address", ["mysql://x/y", "nonsense", "sqlite://", "sqlite:///:memory:"])
def test_a_useless_address_is_an_error_with_a_mend(address: str) -> None:
    with pytest.raises(ConfigError) as caught:
        Book(address)
    assert "sqlite:///PATH" in caught.value.diagnostics()


def test_a_folder_that_is_not_there_is_a_store_error(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="No such file"):
        Book.at(tmp_path / "missing" / "book.db")


def test_a_file_that_is_no_database_is_a_store_error(tmp_path: Path) -> None:
    (tmp_path / "book.db").write_bytes(b"not a database, " * 1000)
    with pytest.raises(StoreError, match="not a database"):
        Book.at(tmp_path / "book.db")


def test_a_database_that_is_down_is_a_store_error_without_the_password(tmp_path: Path) -> None:
    pytest.importorskip("psycopg", reason="pip install 'psycopg[binary]'")
    with pytest.raises(StoreError) as caught:
        Book(f"postgresql://anna:secret@/book?host={tmp_path}")
    assert "secret" not in caught.value.diagnostics()


def test_only_its_owner_may_read_the_file(tmp_path: Path) -> None:
    book = Book.at(tmp_path / "book.db")
    assert {path.stat().st_mode & 0o077 for path in tmp_path.iterdir()} == {0}
    book.close()


@pytest.mark.parametrize(("version", "mend"), [("0000", "wurao upgrade"), ("9999", "update wurao")])
def test_tables_of_another_version_are_refused(tmp_path: Path, version: str, mend: str) -> None:
    path = tmp_path / "book.db"
    Book.at(path).close()
    engine = create_engine(f"sqlite:///{path}")
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = :v"), {"v": version})
    engine.dispose()
    with pytest.raises(StoreError) as caught:
        Book.at(path)
    assert mend in caught.value.diagnostics()


def test_sqlite_is_durable(tmp_path: Path) -> None:
    book = Book.at(tmp_path / "book.db")
    with book.reading() as connection:
        assert connection.execute(text("PRAGMA journal_mode")).scalar() == "wal"
        assert connection.execute(text("PRAGMA synchronous")).scalar() == 2
    book.close()


def test_the_same_file_is_known_again(book: Book, clock: FixedClock) -> None:
    done = ImportRow("ab" * 32, "reports", "ftc.csv", 10, 8, 1, 1, clock.at_us)
    assert book.import_of(done.sha256, "reports") is None
    book.record_import(done)
    assert book.import_of(done.sha256, "reports") == done
    assert book.import_of(done.sha256, "calls") is None
    assert book.imports() == [done]


_WRITER = """
import sys
from wurao.core.standing import Standing
from wurao.store.book import Book
book = Book(sys.argv[1])
for number in range(1, 1_000_000):
    book.write_standing([Standing(number, "REPORTED", 0.5, "reporting", 5)])
    print(number, flush=True)
"""


@pytest.mark.crash
def test_after_kill_9_every_acknowledged_write_is_there(url: str, clock: FixedClock) -> None:
    with subprocess.Popen([sys.executable, "-c", _WRITER, url], stdout=subprocess.PIPE, text=True) as writer:
        assert writer.stdout is not None
        acknowledged = [int(line) for line, _ in zip(writer.stdout, range(50), strict=False)]
        writer.send_signal(signal.SIGKILL)
        acknowledged += [int(line) for line in writer.stdout if line.endswith("\n")]
    book = Book(url, clock)
    kept = {row.subject for row in book.each_standing()}
    assert set(acknowledged) <= kept
    assert [change.number for change in book.changes_after(0)] == list(range(1, len(kept) + 1))
    book.close()
