"""Call-time symbols, one file each: what the form of the number and the line say when the call comes in.

Symbols of standing are no code here: planes write them, conf weighs them. The compiled path raises the same ones
(``_decide.pyx``, ``raised_by``); the twins' test holds both together.
"""

from typing import Final

from wurao.screening.symbols import (
    anonymous_caller,
    gateway_attested,
    hkmotw_number,
    identity_failed,
    identity_missing,
    invalid_number,
    neighbour_spoof,
    overseas_disguised,
    overseas_number,
    spoofed_public,
)
from wurao.screening.symbols.interface import Call

ALL: Final = (
    anonymous_caller,
    invalid_number,
    spoofed_public,
    overseas_disguised,
    gateway_attested,
    neighbour_spoof,
    overseas_number,
    hkmotw_number,
    identity_failed,
    identity_missing,
)


def mask(call: Call) -> int:
    """Return a bit ``1 << CallSymbol`` for each symbol that the call raises."""
    return sum(1 << module.SYMBOL for module in ALL if module.raised(call))
