"""SPOOFED_PUBLIC: 110, 96110, a bank's 955xx … from a line that isn't domestic and trusted.

The same number over a trusted domestic line is guarded and always rings; the police call from no international gateway.
"""

from typing import Final

from wurao.core import numbers_pure
from wurao.core.payload import CallSymbol
from wurao.screening.symbols.interface import Call

SYMBOL: Final = CallSymbol.SPOOFED_PUBLIC


def raised(call: Call) -> bool:
    """Tell whether a public service's number comes over a line that can't carry it."""
    domestic = call.trusted and not call.overseas
    return call.has_number and not call.opaque and not domestic and numbers_pure.is_public_service(call.caller)
