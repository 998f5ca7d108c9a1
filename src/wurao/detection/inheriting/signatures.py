"""Signatures: what of each campaign a single call of a new number can be matched with.

A campaign's calls as shares of each habit, beside everybody's; its numbers with their last calls; how full of them the
blocks around are; whom they called. All campaigns share their arrays, so that a caller is compared with all at once.
"""

from typing import Final

import msgspec
import numpy as np
import numpy.typing as npt

from wurao.core.clock import DAY_US

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

HABITS: Final = ("ingress", "hour", "gap")
"""What a decision ring tells of a call and ``linking.counted`` counts; ``ingress`` with the sort of number."""
SPANS: Final = (2, 3, 4)
"""Blocks of 100, 1,000 and 10,000 numbers."""
LATELY_US: Final = 3 * DAY_US
"""A lead called within so long is fresh; births are counted over as long."""


class Shares(msgspec.Struct):
    """One habit: ``keys`` in order, calls [campaigns, keys] and of everybody [keys], each number's scaled."""

    keys: tuple[str, ...]
    calls: Floats
    everybody: Floats


class Leads(msgspec.Struct):
    """Whom the campaigns called, by callee, then campaign; ``called_by`` how many callers, of ``pairs`` in all."""

    callee: Ints
    campaign: Ints
    last_us: Ints
    called_by: Ints
    pairs: int


class Signatures(msgspec.Struct):
    """``names`` of campaigns; members in order of their numbers; blocks ``populated`` by span: block → callers seen."""

    at_us: int
    names: tuple[str, ...]
    numbers: Ints
    of: Ints
    first_us: Ints
    last_us: Ints
    calls: Ints
    habits: dict[str, Shares]
    beside: Floats
    """Share of each campaign's calls into the caller's own 10,000 numbers; the last is everybody's."""
    populated: dict[int, dict[int, int]]
    leads: Leads
    met: Ints
    """Keys of all callers, in order: who is not among them is new."""

    @property
    def callers(self) -> int:
        """Return how many callers there are."""
        return len(self.met)
