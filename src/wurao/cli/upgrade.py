"""``wurao upgrade``: bring a home to the version of this program."""

from pathlib import Path

import click
import msgspec

from wurao.cli.options import answer, home_option, json_option
from wurao.store.book import Book
from wurao.store.home import Home
from wurao.store.upgrade import upgrade as upgrade_home


class Upgraded(msgspec.Struct, frozen=True):
    """The home's version before and after."""

    before: int
    after: int


@click.command(epilog="Example: wurao upgrade --home /var/lib/wurao")
@home_option
@json_option
def upgrade(home: Path, as_json: bool) -> None:  # noqa: FBT001 - click hands options in by name
    """Bring the home's folders and book to the version of this program; a killed upgrade goes on when run again."""
    done = Upgraded(*upgrade_home(home))
    with Home.open(home).lock() as opened:
        opened.make_folders()
        if opened.book.exists():
            Book(f"sqlite:///{opened.book}", upgrade=True).close()
    answer(done, as_json=as_json, text=lambda: _for_people(done))


def _for_people(done: Upgraded) -> str:
    if done.before == done.after:
        return f"the home has version {done.after} already: nothing to do"
    return f"the home is now version {done.after} (was {done.before})"
