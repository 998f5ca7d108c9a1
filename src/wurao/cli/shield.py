"""``wurao shield``: the compiled tables."""

from pathlib import Path

import click
import msgspec

from wurao.cli.books import learn_in
from wurao.cli.options import answer, as_of_option, home_option, json_option
from wurao.core.clock import Clock, iso
from wurao.core.errors import StoreError
from wurao.screening.shield import Shield, public_keys
from wurao.store.book import Book
from wurao.store.home import Home
from wurao.store.keys import KeyRing
from wurao.store.tables.generation import Generation
from wurao.store.tables.switch import read_current


class Inspected(msgspec.Struct, frozen=True):
    """What a generation holds; times in microseconds UTC, ``bytes`` of all its files."""

    generation: int
    change: int
    numbers: int
    ranges: int
    pairs: int
    subscribers: int
    profiles: int
    bytes: int
    as_of_us: int
    created_us: int
    overlay: str


@click.group()
def shield() -> None:
    """Compile and inspect the tables that calls are decided over."""


@shield.command(epilog="Example: wurao shield build --json")
@as_of_option
@home_option
@json_option
def build(clock: Clock, home: Path, as_json: bool) -> None:  # noqa: FBT001 - click hands options in by name
    """Weigh all reports, compile a generation from the book and put it in force."""
    with Home.create(home).lock() as opened:
        book = Book.at(opened.book, clock)
        learn_in(opened, book, clock)
        with Shield(opened, book, clock) as writer:
            generation = writer.renew()
        book.close()
    found = _inspected(generation, "")
    answer(found, as_json=as_json, text=lambda: _for_people(found))


@shield.command(epilog="Example: wurao shield inspect")
@home_option
@json_option
def inspect(home: Path, as_json: bool) -> None:  # noqa: FBT001 - click hands options in by name
    """Verify the generation in force and say what it holds."""
    opened = Home.open(home)
    tables = opened.folder("tables")
    current = read_current(tables)
    if current is None:
        raise StoreError("no generation is in force", where=str(tables), mend="run: wurao shield build")
    generation = Generation.open(tables / current.generation, public_keys(KeyRing.open(opened)))
    found = _inspected(generation, current.overlay)
    answer(found, as_json=as_json, text=lambda: _for_people(found))


def _inspected(generation: Generation, overlay: str) -> Inspected:
    manifest = generation.manifest
    counts = manifest.counts
    return Inspected(
        generation=manifest.generation,
        change=manifest.change,
        numbers=counts.get("risk", 0),
        ranges=counts.get("range", 0),
        pairs=counts.get("pair", 0),
        subscribers=counts.get("subscribers", 0),
        profiles=counts.get("profiles", 0),
        bytes=sum(entry.bytes for entry in manifest.files.values()),
        as_of_us=manifest.as_of_us,
        created_us=manifest.created_us,
        overlay=overlay,
    )


def _for_people(found: Inspected) -> str:
    return "\n".join(
        (
            f"generation {found.generation} up to change {found.change}, as of {iso(found.as_of_us)}",
            f"  {found.numbers:,} numbers · {found.ranges:,} ranges · {found.pairs:,} list entries",
            f"  {found.subscribers:,} subscribers with {found.profiles:,} wishes · {found.bytes:,} bytes",
        )
    )
