"""A book on SQLite and on a Postgres of its own, started for the session and reached by Unix socket only."""

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from wurao.core.clock import DAY_US, FixedClock
from wurao.store.book import Book

NOON_US = 20_000 * DAY_US + DAY_US // 2
_INSTALL = "no Postgres server here: apt-get install postgresql (and pip install 'psycopg[binary]')"


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(NOON_US)


@pytest.fixture(scope="session")
def postgres() -> Iterator[Callable[[], str]]:
    """Makes a new empty database at each call and returns its URL."""
    programs = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    psycopg = pytest.importorskip("psycopg", reason=_INSTALL)
    if not programs:
        pytest.skip(_INSTALL)
    with _cluster(programs[-1].parent) as (socket, user):
        made = iter(range(10_000))

        def new_database() -> str:
            name = f"book{next(made)}"
            with psycopg.connect(f"host={socket} user={user} dbname=postgres", autocommit=True) as connection:
                connection.execute(f"CREATE DATABASE {name}")
            return f"postgresql://{user}@/{name}?host={socket}"

        yield new_database


@contextmanager
def _cluster(programs: Path) -> Iterator[tuple[Path, str]]:
    # Postgres refuses to run as root, and pytest's own folders are closed to other users: hence a folder beside them.
    user = _server_user()
    folder = Path(tempfile.mkdtemp(prefix="book-pg-"))
    shutil.chown(folder, user)
    become = ["runuser", "-u", user, "--"] if os.geteuid() == 0 else []

    def run(program: str, *args: str) -> None:
        subprocess.run([*become, str(programs / program), *args], check=True, cwd=folder, stdout=subprocess.DEVNULL)

    data = str(folder / "data")
    run("initdb", "-D", data, "-A", "trust", "-U", user, "-E", "UTF8", "--locale=C", "-N")
    settings = f"-c listen_addresses='' -c unix_socket_directories='{folder}'"
    run("pg_ctl", "-D", data, "-w", "-l", str(folder / "log"), "-o", settings, "start")
    try:
        yield folder, user
    finally:
        run("pg_ctl", "-D", data, "-w", "-m", "immediate", "stop")
        shutil.rmtree(folder)


def _server_user() -> str:
    if os.geteuid() != 0:
        return pwd.getpwuid(os.geteuid()).pw_name
    known = {entry.pw_name for entry in pwd.getpwall()}
    return "postgres" if "postgres" in known else "nobody"


@pytest.fixture(params=["sqlite", "postgres"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of a new empty database of each kind."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'book.db'}"
    new_database: Callable[[], str] = request.getfixturevalue("postgres")
    return new_database()


@pytest.fixture
def book(url: str, clock: FixedClock) -> Iterator[Book]:
    opened = Book(url, clock)
    yield opened
    opened.close()
