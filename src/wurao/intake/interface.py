"""What every input format gives: batches of rows whose columns carry a fact's names, all still text.

A format knows how its bytes fall into rows and what its columns mean. It doesn't judge values: that is
``validation``'s part, the same for all formats. Nothing that can be read is dropped: what is no row of the fact at
all (a BYE beside its INVITE) is counted in ``left_out``, what should be one and isn't becomes a ``Fault``.
"""

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import msgspec
import numpy as np
import numpy.typing as npt
import pyarrow as pa

if TYPE_CHECKING:
    from wurao.intake.opening import Source

Lines = npt.NDArray[np.int64]

MAX_COLUMNS = 2000
"""A header with more columns is refused."""


class Fault(msgspec.Struct, frozen=True):
    """One row that can't go in: its line (row in Parquet, from 1), the column at fault ("" = the row) and why."""

    line: int
    column: str
    reason: str
    row: str | bytes | dict[str, str | None]
    """The row as it was read: text, bytes that are no text, or its columns."""


class Batch(msgspec.Struct, frozen=True):
    """Some rows of one file: ``table`` holds text columns named as the fact's, ``lines`` tells where each row began."""

    table: pa.Table
    lines: Lines
    faults: tuple[Fault, ...] = ()
    left_out: int = 0


class Reading(msgspec.Struct, frozen=True):
    """How to understand what the file doesn't say: the fact it holds, the zone of times without offset."""

    fact: str
    zone: ZoneInfo
    subscriber: str = ""
    """Whose address book a vCard file is."""


class Format(msgspec.Struct, frozen=True):
    """One input format; ``batches`` raises InputError when the file as a whole is unusable."""

    name: str
    batches: Callable[["Source", Reading], Iterator[Batch]]
    facts: tuple[str, ...] = ()
    """The facts it can give; none named = any."""
    zone: str | None = None
    """The zone in which its times are always told, whatever --tz says."""
    suffixes: tuple[str, ...] = ()
    remark: str = ""
    """What was assumed that the file doesn't say; told in the summary."""


class Checked(msgspec.Struct, frozen=True):
    """Rows that hold: typed columns (numbers uint64 with 0 = anonymous, times int64 µs UTC), and the others' faults."""

    table: pa.Table
    lines: Lines
    faults: tuple[Fault, ...]
