"""Opens a home's tables and policy for reading: what is in force, or what would be in force at another instant."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from wurao.core.clock import Clock
from wurao.screening import building, config
from wurao.screening._decide import Decider
from wurao.screening.compiling import compiled
from wurao.screening.knowledge import Knowledge
from wurao.screening.maps import OperatorMaps
from wurao.screening.policy import Policy
from wurao.screening.shield import public_keys
from wurao.store.book import Book
from wurao.store.home import Home
from wurao.store.keys import KeyRing
from wurao.store.tables.switch import Current, read_current, switch
from wurao.store.tables.tableset import TableSet


class Opened(msgspec.Struct, frozen=True):
    """A home as decisions see it."""

    tables: TableSet
    policy: Policy
    decider: Decider
    knowledge: Knowledge


@contextmanager
def opened(home: Home, book: Book, clock: Clock, *, anew: bool = False) -> Iterator[Opened]:
    """Open a home for reading; ``anew``, or before the first build, tables are compiled as of ``clock`` for a while.

    ``book`` has the same clock. Raises ConfigError, StoreError, VerificationError.
    """
    written = config.load(home.path / "conf").policy
    policy = written.with_states({rule.name: rule.state for rule in book.rules()})
    maps = OperatorMaps(policy, home.path / "conf")
    maps.refresh()
    knowledge = Knowledge(book, maps)
    folder = home.folder("tables")
    if not anew and read_current(folder) is not None:
        tables = TableSet.open(folder, public_keys(KeyRing.open(home)))
        yield Opened(tables, policy, Decider(tables, compiled(policy)), knowledge)
        return
    with TemporaryDirectory(prefix="as-of-", dir=home.folder("scratch")) as scratch:
        tables = _compiled_for_now(building.Inputs(book, knowledge, policy, clock), Path(scratch))
        yield Opened(tables, policy, Decider(tables, compiled(policy)), knowledge)


def _compiled_for_now(inputs: building.Inputs, folder: Path) -> TableSet:
    key = Ed25519PrivateKey.generate()
    built = building.build(inputs, folder, key)
    switch(folder, Current(built.name))
    return TableSet.open(folder, [key.public_key()])
