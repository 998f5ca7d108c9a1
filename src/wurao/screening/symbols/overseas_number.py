"""OVERSEAS_NUMBER: a number of another country; mainland China's own and those of 港澳台 are none."""

from typing import Final

from wurao.core.numbering import NumberKind
from wurao.core.payload import CallSymbol
from wurao.screening.symbols.interface import Call

SYMBOL: Final = CallSymbol.OVERSEAS_NUMBER


def raised(call: Call) -> bool:
    """Tell whether the number is of another country."""
    return call.kind == NumberKind.OVERSEAS
