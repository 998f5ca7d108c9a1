"""IDENTITY_FAILED: by verstat the number's check failed (3GPP TS 24.229), or its PASSporT isn't genuine (RFC 8224).

Not that somebody lies: signatures also break by a fault of the networks between.
"""

from typing import Final

from wurao.core.payload import CallSymbol
from wurao.screening.symbols.interface import Call

SYMBOL: Final = CallSymbol.IDENTITY_FAILED


def raised(call: Call) -> bool:
    """Tell whether the number was checked and found wrong."""
    return call.attestation == "failed"
