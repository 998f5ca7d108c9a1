"""How much of a caller's calls is looked at: the first k, or those of the first hour, day or week.

A window begins with the caller's first call in the table at hand. Whoever wants another beginning (the last day, the
time since a number changed hands) hands in the calls from there on.
"""

from typing import Final

import msgspec

from wurao.core.clock import DAY_US, HOUR_US
from wurao.core.errors import InputError


class Window(msgspec.Struct, frozen=True):
    """The first ``calls`` calls of a caller, or those that begin within ``span_us`` µs of its first; one is given."""

    calls: int | None = None
    span_us: int | None = None

    def __post_init__(self) -> None:
        """Refuse a window without a measure, with two, or an empty one; raises InputError."""
        if (self.calls is None) == (self.span_us is None) or (self.calls or self.span_us or 0) < 1:
            raise InputError("a window is a number of calls or a span of time", mend=f"one of {', '.join(WINDOWS)}")


WINDOWS: Final = {f"k{k}": Window(calls=k) for k in (5, 10, 20, 50, 100)} | {
    "1h": Window(span_us=HOUR_US),
    "24h": Window(span_us=DAY_US),
    "7d": Window(span_us=7 * DAY_US),
}
"""The windows that models are fitted on, by name."""
