"""HKMOTW_NUMBER: a number of Hong Kong (+852), Macao (+853) or Taiwan (+886), a segment of its own in a wish."""

from typing import Final

from wurao.core.numbering import NumberKind
from wurao.core.payload import CallSymbol
from wurao.screening.symbols.interface import Call

SYMBOL: Final = CallSymbol.HKMOTW_NUMBER


def raised(call: Call) -> bool:
    """Tell whether the number is of Hong Kong, Macao or Taiwan."""
    return call.kind == NumberKind.HKMOTW
