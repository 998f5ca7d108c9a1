"""A limit on how often one source may do something: token buckets in bounded memory, the clock handed in."""

from collections import OrderedDict
from typing import Final

from wurao.core.clock import Clock

_SOURCES: Final = 50_000
"""Buckets kept; the longest unused goes first, so that a flood of sources costs no memory."""


class Throttle:
    """Allow ``burst`` at once and then one every ``every_us`` microseconds, for each source."""

    def __init__(self, clock: Clock, burst: int, every_us: int) -> None:
        self._clock = clock
        self._burst = burst
        self._every_us = every_us
        self._full_at: OrderedDict[str, int] = OrderedDict()

    def wait_us(self, source: str) -> int:
        """Take one token and return 0, or take none and return the microseconds until there is one."""
        now = self._clock.now_us()
        full_at = max(self._full_at.pop(source, now), now)
        wait = full_at - now - (self._burst - 1) * self._every_us
        self._full_at[source] = full_at if wait > 0 else full_at + self._every_us
        if len(self._full_at) > _SOURCES:
            self._full_at.popitem(last=False)
        return max(wait, 0)
