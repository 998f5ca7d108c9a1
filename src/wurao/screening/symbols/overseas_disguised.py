"""OVERSEAS_DISGUISED: a Chinese landline or service number from an international gateway. Mobiles roam and may."""

from typing import Final

from wurao.core.numbering import NumberKind
from wurao.core.payload import CallSymbol
from wurao.screening.symbols.interface import Call

SYMBOL: Final = CallSymbol.OVERSEAS_DISGUISED
AT_HOME_ONLY: Final = frozenset(
    {NumberKind.FIXED, NumberKind.N95, NumberKind.N96, NumberKind.N400, NumberKind.N106, NumberKind.SHORT}
)


def raised(call: Call) -> bool:
    """Tell whether a number that never travels comes from abroad."""
    return call.overseas and call.kind in AT_HOME_ONLY and not call.opaque
