"""A shield in a temporary folder that judges one call a number: everyone strict, or everyone with the default wish."""

from collections.abc import Iterable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final, Self

import msgspec
import numpy as np
import numpy.typing as npt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from wurao.core.clock import FixedClock
from wurao.core.errors import StoreError
from wurao.core.standing import Standing
from wurao.core.verdict import Action
from wurao.core.wishes import default_profile, strict_profile
from wurao.screening import building, config
from wurao.screening._decide import Decider
from wurao.screening.compiling import compiled
from wurao.screening.knowledge import Knowledge
from wurao.screening.maps import OperatorMaps
from wurao.screening.policy import Policy
from wurao.store.book import Book
from wurao.store.book.registry import VerifiedCaller
from wurao.store.tables.generation import Generation
from wurao.store.tables.live import LiveTables
from wurao.store.tables.tableset import TableSet

STRICT: Final = "strict"
DEFAULT: Final = "default"
_CALLEES: Final = {STRICT: 8_613_800_000_001, DEFAULT: 8_613_800_000_002}
_ACTION_BITS: Final = 7


class Said(msgspec.Struct, frozen=True):
    """How many of the calls were rejected and how many labelled."""

    calls: int
    rejected: int
    labelled: int


class Judge:
    """The whole way from standing to decisions at one instant; use it as a context.

    ``abroad`` False takes the callers' country for the callees' own: US complaints came from US telephones.
    """

    def __init__(
        self, rows: Iterable[Standing], now_us: int, verified: Iterable[VerifiedCaller] = (), *, abroad: bool = False
    ) -> None:
        self._folder = TemporaryDirectory(prefix="wurao-bench-")
        self._now_us = now_us
        path, key, clock = Path(self._folder.name), Ed25519PrivateKey.generate(), FixedClock(now_us)
        book = Book.at(path / "book.db", clock)
        book.replace_standing("reporting", rows)
        book.put_verified(verified)
        book.set_wishes({_CALLEES[STRICT]: strict_profile(), _CALLEES[DEFAULT]: default_profile()})
        policy = config.load().policy if abroad else _at_home(config.load().policy)
        inputs = building.Inputs(book, Knowledge(book, OperatorMaps(policy, path)), policy, clock)
        tables = path / "tables"
        tables.mkdir()
        built = building.build(inputs, tables, key)
        live = LiveTables.create(Generation.open(built, [key.public_key()]), slots=8)
        live.publish()
        live.close()
        book.close()
        shield = TableSet(tables, [key.public_key()])
        shield.refresh()
        if shield.generation is None:
            raise StoreError(f"the tables are not in force: {shield.refused}", where=str(tables))
        self._decider = Decider(shield, compiled(policy))

    def say(self, callers: npt.NDArray[np.uint64], wish: str) -> Said:
        """Judge one call from each caller to somebody with that wish."""
        count = len(callers)
        out = np.empty(count, np.uint64)
        callees = np.full(count, _CALLEES[wish], np.uint64)
        at_us, nothing = np.full(count, self._now_us), np.zeros(count, np.uint16)
        self._decider.decide_batch(callers, callees, nothing, at_us, nothing.astype(np.uint8), out)
        actions = out & np.uint64(_ACTION_BITS)
        return Said(count, int((actions == Action.REJECT).sum()), int((actions == Action.LABEL).sum()))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._folder.cleanup()


def _at_home(policy: Policy) -> Policy:
    local = msgspec.structs.replace(policy.settings["default"], weights={"OVERSEAS_NUMBER": 0.0})
    return msgspec.structs.replace(policy, settings=policy.settings | {"default": local})
