"""From campaigns to standing: what a number inherits from the campaign whose vest it looks like.

``CAMPAIGN_MEMBER`` stands on numbers that are known for a nuisance themselves; ``VEST_OF`` on those that are not yet,
weaker the longer the campaign is silent. Both are of the group ``campaign``, whose cap labels and never rejects: a
reject takes the number's own evidence beside it.
"""

from collections.abc import Collection, Iterable
from typing import Final

from wurao.core.campaigns import Campaign, Member
from wurao.core.clock import DAY_US
from wurao.core.standing import Standing

SOURCE: Final = "linking"
MEMBER, VEST = "CAMPAIGN_MEMBER", "VEST_OF"
SYMBOLS: Final = (MEMBER, VEST)
BELONGS_FROM: Final = 0.8
"""How much a number must belong to inherit anything."""
HALF_LIFE_US: Final = 14 * DAY_US
KEPT_US: Final = 30 * DAY_US


def rows(campaign: Campaign, members: Iterable[Member], nuisance: Collection[int], now_us: int) -> list[Standing]:
    """Return the rows of a campaign's numbers at ``now_us`` (microseconds UTC), none for those that hardly belong."""
    decay = 0.5 ** (max(now_us - campaign.last_us, 0) / HALF_LIFE_US)
    return [
        Standing(
            subject=one.number,
            symbol=MEMBER if one.number in nuisance else VEST,
            strength=round(one.belongs * decay, 4),
            source=SOURCE,
            observed_us=now_us,
            category=campaign.category,
            method=campaign.method,
            campaign=campaign.id,
            facts={"campaign": campaign.id, "numbers": campaign.numbers, "belongs": round(one.belongs, 4)},
            expires_us=now_us + KEPT_US,
        )
        for one in members
        if one.belongs >= BELONGS_FROM
    ]
