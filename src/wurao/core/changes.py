"""The numbered, append-only record of what changed; the shield follows the numbers in order."""

from typing import Literal

import msgspec

ChangeKind = Literal["standing", "wish", "list", "rule", "appeal", "verified", "assignment", "snapshot"]


class Change(msgspec.Struct, frozen=True):
    """One change: ``subject``/``span`` for numbers, ``subscriber`` for wishes and lists; time in microseconds UTC.

    A change says *what* must be looked at again, never the new value: a follower reads that from the book, so a
    change applied twice does no harm.
    """

    number: int
    at_us: int
    kind: ChangeKind
    subject: int = 0
    span: int = 0
    subscriber: int = 0
    note: str = ""
