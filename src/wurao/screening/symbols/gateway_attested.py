"""GATEWAY_ATTESTED: attestation C (ATIS-1000074): the carrier only vouches for the gateway, not for the number."""

from typing import Final

from wurao.core.payload import CallSymbol
from wurao.screening.symbols.interface import Call

SYMBOL: Final = CallSymbol.GATEWAY_ATTESTED


def raised(call: Call) -> bool:
    """Tell whether nobody vouches for the number itself."""
    return call.attestation == "C"
