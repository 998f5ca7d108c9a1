"""``/v1/campaigns``: which numbers belong together, why, and what a request to trace them needs."""

from typing import Final

import msgspec
from litestar import get
from litestar.exceptions import NotFoundException
from litestar.params import FromPath

from wurao.access.looking import Eyes
from wurao.access.roles import Right
from wurao.core.campaigns import Campaign, Link, Passage
from wurao.detection.linking.listed import Listed
from wurao.detection.linking.traceback import Traceback
from wurao.edge.http.door import Parts, Who, needs
from wurao.edge.nouns import Vouched


class CampaignAnswer(msgspec.Struct, frozen=True):
    """A campaign that stands: ``in_use`` and ``new`` numbers, calls and people called in the seven days before the run.

    A campaign says that numbers belong together, never who is behind them.
    """

    campaign: str
    zh: str
    en: str
    category: str
    method: str
    first_us: int
    last_us: int
    numbers: int
    in_use: int
    new: int
    calls: int
    people: int


class MemberAnswer(msgspec.Struct, frozen=True):
    """A number of a campaign, masked unless the role may see it; ``vouched`` where somebody answers for it."""

    key: str
    number: str
    first_us: int
    last_us: int
    calls: int
    belongs: float
    vouched: Vouched | None = None


class DescribedAnswer(msgspec.Struct, frozen=True):
    """A campaign with its numbers, the links between them (by key) and what happened to it."""

    campaign: str
    zh: str
    en: str
    category: str
    method: str
    merged_into: str
    history: tuple[Passage, ...]
    members: list[MemberAnswer]
    links: tuple[Link, ...]


@get("/v1/campaigns", guards=[needs(Right.LIVE)], sync_to_thread=True, tags=["campaigns"])
def list_campaigns(services: Parts) -> list[CampaignAnswer]:
    """Return the campaigns of the newest run that stand, the busiest of late first."""
    return [_listed(one) for one in services.campaigns.listed()]


@get("/v1/campaigns/{campaign_id:str}", guards=[needs(Right.LIVE)], sync_to_thread=True, tags=["campaigns"])
def read_campaign(campaign_id: FromPath[str], services: Parts, person: Who) -> DescribedAnswer:
    """Return a campaign; numbers are masked unless the role may see them, and then each is a logged look."""
    described = services.campaigns.described(campaign_id)
    if described is None:
        raise NotFoundException
    numbers = [one.number for one in described.members]
    eyes = Eyes(services.access, services.clock, person, "GET /v1/campaigns")
    eyes.look_over(numbers)
    vouched = services.campaigns.vouched(numbers)
    campaign = described.campaign
    return DescribedAnswer(
        campaign=campaign.id,
        **_names(campaign),
        merged_into=campaign.merged_into,
        history=campaign.history,
        members=[
            MemberAnswer(
                key=one.key,
                number=eyes.show(one.number),
                first_us=one.first_us,
                last_us=one.last_us,
                calls=one.calls,
                belongs=one.belongs,
                vouched=vouched.get(one.number),
            )
            for one in described.members
        ],
        links=described.links,
    )


@get("/v1/campaigns/{campaign_id:str}/traceback", guards=[needs(Right.CLEAR)], sync_to_thread=True, tags=["campaigns"])
def trace_campaign(campaign_id: FromPath[str], services: Parts, person: Who) -> Traceback:
    """Return what ``wurao campaigns export`` writes, numbers in clear; each number is a logged look."""
    return traced(campaign_id, services, person, "GET /v1/campaigns/traceback")


def traced(campaign_id: str, services: Parts, person: Who, purpose: str) -> Traceback:
    """Return what a request to trace a campaign needs, after each number that it names is logged as a look."""
    person.need(Right.LIVE)
    person.need(Right.CLEAR)
    found = services.campaigns.traceback(campaign_id)
    if found is None:
        raise NotFoundException
    named = (number for one in found.numbers for number in (one.number, *(call.callee for call in one.samples)))
    Eyes(services.access, services.clock, person, purpose).look(*named)
    return found


def _listed(one: Listed) -> CampaignAnswer:
    campaign = one.campaign
    return CampaignAnswer(
        campaign=campaign.id,
        **_names(campaign),
        first_us=campaign.first_us,
        last_us=campaign.last_us,
        numbers=campaign.numbers,
        in_use=one.in_use,
        new=one.new,
        calls=one.calls,
        people=one.people,
    )


def _names(campaign: Campaign) -> dict[str, str]:
    return {name: getattr(campaign, name) for name in ("zh", "en", "category", "method")}


ROUTES: Final = (list_campaigns, read_campaign, trace_campaign)
