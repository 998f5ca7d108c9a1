"""NEIGHBOUR_SPOOF: a Chinese mobile in the callee's own 7-digit segment, a robot's way to look familiar.

Relatives buy numbers side by side, so it weighs little and contacts are guarded before it.
"""

from typing import Final

from wurao.core.numbering import NumberKind
from wurao.core.payload import CallSymbol
from wurao.screening.symbols.interface import Call

SYMBOL: Final = CallSymbol.NEIGHBOUR_SPOOF
SEGMENT: Final = 10_000
"""Numbers of a segment."""


def raised(call: Call) -> bool:
    """Tell whether caller and callee share a segment of mobiles."""
    return call.kind == NumberKind.MOBILE and call.caller // SEGMENT == call.callee // SEGMENT
