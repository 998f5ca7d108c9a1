"""INVALID_NUMBER: what stands for the caller can be no number by any numbering plan."""

from typing import Final

from wurao.core.payload import INVALID_CALLER, CallSymbol
from wurao.screening.symbols.interface import Call

SYMBOL: Final = CallSymbol.INVALID_NUMBER


def raised(call: Call) -> bool:
    """Tell whether the caller's text was no number at all."""
    return call.caller == INVALID_CALLER
