from wurao.edge._ring import Slots
from wurao.screening._decide import Decider, Decision

BUDGET_US: int
"""A decision that comes later lets the phone ring: Kamailio's worker must go on to the next call."""

KEY_BYTES: int

class Screened(Decision):
    at_us: int
    @property
    def receipt(self) -> str: ...

class Screener:
    def __init__(self, decider: Decider, slots: Slots | None, key: bytes = b"", speaks_sip: bool = False) -> None: ...
    def stand_on(self, generation: int, change: int) -> None: ...
    def screen(
        self,
        caller: int | str,
        callee: int | str,
        ingress: str,
        at_us: int,
        began_us: int,
        attestation: str = "",
        call: str = "",
    ) -> Screened: ...
