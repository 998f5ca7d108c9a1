"""From what a new number inherits to standing: the row ``VEST_OF``, as a nightly run writes it for older numbers."""

from typing import Final

from wurao.core.campaigns import Campaign
from wurao.core.standing import Facts, Standing
from wurao.detection.inheriting.watching import Inherited
from wurao.detection.linking.standing import BELONGS_FROM, HALF_LIFE_US, KEPT_US, SOURCE, VEST

_CALLS: Final = "calls"
"""The fact that tells with which of its calls a number inherited."""


def row_of(found: Inherited, campaign: Campaign, now_us: int) -> Standing:
    """Return the row of a number."""
    told: Facts = {"campaign": campaign.id, "numbers": campaign.numbers, _CALLS: found.calls, "p": round(found.p, 4)}
    told.update(found.families)
    return Standing(
        subject=found.caller,
        symbol=VEST,
        strength=round(strength_of(found), 4),
        source=SOURCE,
        observed_us=now_us,
        category=campaign.category,
        method=campaign.method,
        campaign=campaign.id,
        facts=told,
        expires_us=now_us + KEPT_US,
    )


def strength_of(found: Inherited) -> float:
    """Return how strongly a number inherits: as a nightly link from its least on, less for the campaign's silence."""
    belongs: float = BELONGS_FROM + (1 - BELONGS_FROM) * found.p
    left: float = 0.5 ** (found.silent_us / HALF_LIFE_US)
    return belongs * left


def at_first_calls(row: Standing) -> bool:
    """Tell whether a row was inherited at a number's first calls, by no nightly run."""
    return row.source == SOURCE and _CALLS in row.facts
