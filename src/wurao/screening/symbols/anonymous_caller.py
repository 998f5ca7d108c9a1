"""ANONYMOUS_CALLER: the number is withheld. People do so too, hence few points."""

from typing import Final

from wurao.core.numbering import ANONYMOUS
from wurao.core.payload import CallSymbol
from wurao.screening.symbols.interface import Call

SYMBOL: Final = CallSymbol.ANONYMOUS_CALLER


def raised(call: Call) -> bool:
    """Tell whether the caller shows no number."""
    return call.caller == ANONYMOUS
