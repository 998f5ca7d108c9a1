"""What is known of a number or a range of numbers now; every plane writes rows, only screening reads them all."""

import msgspec

Facts = dict[str, int | float | str]


class Standing(msgspec.Struct, frozen=True):
    """One symbol that a plane raised on a number or block; *how strongly* is the plane's, the weight is screening's.

    ``span`` 0 is an exact number; ``span`` k is the block of 10^k numbers whose ``subject`` is ``number // 10**k``.
    ``strength`` is 0…1, times are microseconds UTC, ``expires_us`` 0 means it doesn't expire by itself.
    """

    subject: int
    symbol: str
    strength: float
    source: str
    """The plane: reporting, detection, linking, verified, appeal or operator."""
    observed_us: int
    span: int = 0
    category: str = "unknown"
    method: str = "unknown"
    campaign: str = ""
    facts: Facts = {}
    expires_us: int = 0
