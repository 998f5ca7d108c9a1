"""Campaigns: numbers that belong together, told and drawn; what is done with them is in ``linking``.

A page says that numbers belong together, never who is behind them.
"""

import re
import unicodedata
from collections.abc import Callable, Mapping
from typing import Any, Final

from litestar import get
from litestar.exceptions import NotFoundException
from litestar.params import FromPath

from wurao.access.looking import Eyes
from wurao.access.roles import Person, Right
from wurao.core.campaigns import Described, Link, LinkDecision, Member
from wurao.detection.linking.deeds import Deeds
from wurao.detection.linking.listed import Listed
from wurao.detection.linking.vests import hand_overs
from wurao.edge.http.door import Parts, Who, needs
from wurao.edge.http.language import language_of
from wurao.edge.services import Services
from wurao.web import kinship, picturing
from wurao.web.language import Translate, translator
from wurao.web.pages import Asking, Page, page
from wurao.web.receipts import local

LISTED: Final = 200
VESTS: Final = 60
"""Numbers on a page, those that began last."""
LINKS: Final = 20
PURPOSE: Final = "/console/campaigns"
_DIGIT: Final = re.compile(r"\d")
_SPELT: Final = re.compile("[〇零一二三四五六七八九壹贰叁肆伍陆柒捌玖幺]{3,}")
"""Numbers in characters; one or two of them are words."""
_ORDER: Final[dict[str, Callable[[Listed], int]]] = {
    "calls": lambda one: one.calls,
    "people": lambda one: one.people,
    "new": lambda one: one.new,
    "numbers": lambda one: one.campaign.numbers,
    "last": lambda one: one.campaign.last_us,
}


@get("/console/campaigns", guards=[needs(Right.LIVE)], sync_to_thread=True, include_in_schema=False)
def campaigns(request: Asking, services: Parts) -> Page:
    """Show the campaigns that stand, and how to link numbers where nobody did."""
    asked = request.query_params.get("sort", "")
    sort = asked if asked in _ORDER else "calls"
    rows = sorted(services.campaigns.listed(), key=_ORDER[sort], reverse=True)
    return page(
        request,
        "campaigns.html",
        at_us=services.campaigns.at_us(),
        rows=rows[:LISTED],
        sums={
            "campaigns": len(rows),
            "in_use": sum(one.in_use for one in rows),
            "new": sum(one.new for one in rows),
            "calls": sum(one.calls for one in rows),
        },
        vouched=services.campaigns.vouched_campaigns(),
        sort=sort,
        kinship=kinship,
    )


@get("/console/campaigns/{campaign_id:str}", guards=[needs(Right.LIVE)], sync_to_thread=True, include_in_schema=False)
def campaign(request: Asking, campaign_id: FromPath[str], services: Parts, person: Who) -> Page:
    """Show one campaign: its numbers by time, links with what speaks for them, whom it called, what was decided."""
    described = known(services, campaign_id)
    eyes = Eyes(services.access, services.clock, person, PURPOSE)
    say = translator(language_of(request))
    members = sorted(described.members, key=lambda one: (one.first_us, one.key))[-VESTS:]
    deeds = services.campaigns.deeds(described)
    doubtful = request.query_params.get("links") == "doubtful"
    links = sorted(described.links, key=lambda link: link.p_same if doubtful else -link.p_same)[:LINKS]
    told = {one.key for one in members} | {key for link in links for key in (link.a, link.b)}
    told |= {one.key for one in deeds.graph} | {one.key for one in deeds.quotes}
    drawn = {one.key: one.number for one in described.members if one.key in told}
    decided = _decided(services, described)
    eyes.look_over(sorted({*drawn.values(), *(number for one in decided for number in (one.a, one.b))}))
    decisions = _decisions(services, decided, eyes)
    shown = {key: eyes.show(number) for key, number in drawn.items()}
    return page(
        request,
        "campaign.html",
        campaign=described.campaign,
        vests=_vests(members, described, shown, services, say),
        axis=_axis(members),
        vouched=len(services.campaigns.vouched(one.number for one in described.members)),
        links=_links(links, shown, decisions),
        held=len(described.links),
        doubtful=doubtful,
        deeds=deeds,
        quotes=[(one, shown.get(one.key, "–"), _quoted(one.text, person)) for one in deeds.quotes],
        graph=picturing.graph(deeds.graph),
        called=_called(deeds, shown, eyes),
        shown=shown,
        mask=eyes.mask,
        decisions=decisions,
        others=[one.campaign for one in services.campaigns.listed() if one.campaign.id != campaign_id][:LISTED],
        run_us=services.campaigns.at_us() or 0,
        kinship=kinship,
    )


def known(services: Services, campaign_id: str) -> Described:
    """Return a campaign; raises NotFoundException."""
    described = services.campaigns.described(campaign_id)
    if described is None:
        raise NotFoundException
    return described


def _vests(
    members: list[Member], described: Described, shown: Mapping[str, str], services: Services, say: Translate
) -> list[dict[str, Any]]:
    """Return a row for each number: its bar, since when, and whom it took over from."""
    taken_over = hand_overs(members, described.links)
    from_whom = {one.new: one for one in taken_over}
    vouched = services.campaigns.vouched(one.number for one in members)
    return [
        {
            "member": one,
            "shown": shown[one.key],
            "bar": bar,
            "old": shown[from_whom[one.key].old] if one.key in from_whom else "",
            "gap": kinship.gap(from_whom[one.key], say) if one.key in from_whom else "",
            "vouched": vouched.get(one.number),
        }
        for one, bar in zip(members, picturing.bars(members, taken_over), strict=True)
    ]


def _axis(members: list[Member]) -> list[str]:
    """Return the days at the left end, in the middle and at the right end of the bars."""
    if not members:
        return []
    since, until = min(one.first_us for one in members), max(one.last_us for one in members)
    return [local(at_us).strftime("%m-%d") for at_us in (since, (since + until) // 2, until)]


def _links(links: list[Link], shown: Mapping[str, str], decisions: list[dict[str, Any]]) -> list[dict[str, Any]]:
    decided = {frozenset((one["a"], one["b"])): one["row"] for one in decisions}
    return [
        {
            "link": link,
            "a": shown.get(link.a, "–"),
            "b": shown.get(link.b, "–"),
            "families": sorted(link.families.items(), key=lambda item: -abs(item[1])),
            "decided": decided.get(frozenset((link.a, link.b))),
        }
        for link in links
    ]


def _decided(services: Services, described: Described) -> list[LinkDecision]:
    """Return what was decided about numbers of this campaign, newest first."""
    members = {one.number for one in described.members}
    return [one for one in reversed(services.campaigns.decisions()) if one.a in members or one.b in members]


def _decisions(services: Services, decided: list[LinkDecision], eyes: Eyes) -> list[dict[str, Any]]:
    return [
        {
            "row": one,
            "a": services.campaigns.key(one.a),
            "b": services.campaigns.key(one.b),
            "shown": (eyes.show(one.a), eyes.show(one.b)),
        }
        for one in decided
    ]


def _called(deeds: Deeds, shown: Mapping[str, str], eyes: Eyes) -> list[tuple[str, list[str], int]]:
    """Return each person of the sample, masked, with who called and how often; those whom most called first."""
    people: dict[int, list[tuple[str, int]]] = {}
    for edge in deeds.graph:
        people.setdefault(edge.callee, []).append((shown.get(edge.key, "–"), edge.calls))
    ordered = sorted(people.items(), key=lambda item: (-len(item[1]), -sum(calls for _, calls in item[1]), item[0]))
    return [(eyes.mask(one), [who for who, _ in by], sum(calls for _, calls in by)) for one, by in ordered]


def _quoted(text: str, person: Person) -> str:
    """Return what somebody wrote, every digit hidden unless the role may see numbers: they are spelt in many ways."""
    if person.may(Right.CLEAR):
        return text
    plain = "".join(one for one in unicodedata.normalize("NFKC", text) if unicodedata.category(one) != "Cf")
    return _SPELT.sub(lambda found: "*" * len(found[0]), _DIGIT.sub("*", plain))


ROUTES: Final = (campaigns, campaign)
