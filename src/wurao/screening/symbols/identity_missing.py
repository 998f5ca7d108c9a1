"""IDENTITY_MISSING: no word that can be checked vouches for the number, over a trunk where that is usual."""

from typing import Final

from wurao.core.payload import CallSymbol
from wurao.screening.symbols.interface import Call

SYMBOL: Final = CallSymbol.IDENTITY_MISSING


def raised(call: Call) -> bool:
    """Tell whether nobody vouches for the number where somebody should."""
    return call.attestation == "missing"
