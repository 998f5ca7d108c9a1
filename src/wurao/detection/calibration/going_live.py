"""When a rule may act (METHODS §2): a second family of signals, or a week in SHADOW without a false block.

Simulated numbers say nothing of the network at hand; so a factory model's rule labels until local traffic speaks.
"""

from typing import Final

import msgspec

from wurao.core.clock import DAY_US
from wurao.detection.calibration.claims import upper_bound

SHADOW_US: Final = 7 * DAY_US
LEAST_JUDGED: Final = 3_000
"""Wanted callers judged in SHADOW below which "none was hit" says little: they support one in a thousand."""


class Rehearsal(msgspec.Struct, frozen=True):
    """What a rule would have done on this home's own traffic; instants in microseconds since 1970 UTC."""

    since_us: int
    judged: int
    """Callers known as wanted (answered at length, called back, verified) that the rule judged."""
    false_blocks: int


class Permission(msgspec.Struct, frozen=True):
    """Whether a rule may be LIVE, and why or why not."""

    live: bool
    reason: str


def may_go_live(rehearsal: Rehearsal, now_us: int, *, families: int = 1) -> Permission:
    """Return whether a rule whose verdict rests on ``families`` families of signals may reject."""
    if rehearsal.false_blocks:
        return Permission(live=False, reason=f"{rehearsal.false_blocks} false blocks in SHADOW")
    if families > 1:
        return Permission(live=True, reason="a second family of signals agrees")
    days = max(now_us - rehearsal.since_us, 0) / DAY_US
    if now_us - rehearsal.since_us < SHADOW_US:
        return Permission(live=False, reason=f"{days:.1f} of 7 days in SHADOW")
    if rehearsal.judged < LEAST_JUDGED:
        return Permission(live=False, reason=f"judged {rehearsal.judged:,} wanted callers of {LEAST_JUDGED:,}")
    bound = upper_bound(0, rehearsal.judged)
    return Permission(live=True, reason=f"{days:.0f} days in SHADOW, no false block; at most {bound:.1e} at 95 %")
