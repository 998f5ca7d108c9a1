"""A call of a new number, as a decision ring tells it: who calls whom when and by which trunk, and no more.

The keys of habits are those that ``linking.counted`` counts by, the trunk's with the sort of number; a test holds the
two together.
"""

from math import log

import msgspec

from wurao.core.clock import CHINA_OFFSET_US, DAY_US, HOUR_US, SECOND_US
from wurao.core.numbers import kind
from wurao.core.payload import cut
from wurao.detection.linking.steps import GAP_STEPS, PAUSE_H


class FirstCall(msgspec.Struct, frozen=True):
    """``callee`` in clear, ``lead`` the key that stands for it in signatures."""

    at_us: int
    callee: int
    lead: int
    ingress: str | None = None


def way(ingress: str, caller: int) -> str:
    """Return the key of a trunk and a sort of number: a mobile's on a trunk for landlines is a way of its own.

    A trunk is told by as much of its name as a ring holds.
    """
    return f"{cut(ingress)} {kind(caller).text}"


def habits(caller: int, call: FirstCall, before: FirstCall | None) -> dict[str, str]:
    """Return the key of each habit that a caller's call tells of; ``before`` is its call before."""
    found = {"hour": str((call.at_us + CHINA_OFFSET_US) % DAY_US // HOUR_US)}
    # rings are emptied one by one and clocks differ: what came later may have begun before
    if before is not None and 0 <= (gap_us := call.at_us - before.at_us) < PAUSE_H * HOUR_US:
        found["gap"] = str(int(log(gap_us / SECOND_US + 1) * GAP_STEPS))
    return found if call.ingress is None else found | {"ingress": way(call.ingress, caller)}
