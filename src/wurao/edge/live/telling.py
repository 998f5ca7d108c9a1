"""Telling: the JSON of all decisions with one word, but for the id of the receipt, generation and change."""

from typing import Final

import msgspec

from wurao.edge.http.bodies import decision_body
from wurao.edge.live.naming import Decided, Naming

_RECEIPT: Final = "*"
"""Stands for the id: no name, code or number of a decision has a star."""
_END: Final = b'"generation":0,"change":0}'


class Forms:
    """What a Teller asks how to tell a decision."""

    def __init__(self, naming: Naming) -> None:
        self._naming = naming

    def __call__(self, word: int, caller: int) -> tuple[bytes, ...]:
        """Return the pieces between which the id of the receipt goes; generation and change end the last one."""
        named = self._naming.decision(Decided(_RECEIPT, caller, 0, 0, "", word, 0, 0))
        return tuple(msgspec.json.encode(decision_body(named)).removesuffix(_END).split(_RECEIPT.encode()))
