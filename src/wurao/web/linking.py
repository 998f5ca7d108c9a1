"""What is done with a campaign: analysts split it and join it with another, take that back, and have it traced."""

from typing import Any, Final

import msgspec
from litestar import Response, get, post
from litestar.exceptions import NotFoundException
from litestar.params import FromPath, URLEncodedBody
from litestar.response import Redirect

from wurao.access.looking import Eyes
from wurao.access.roles import Person, Right
from wurao.core.campaigns import Described, LinkDecision, Member
from wurao.core.errors import InputError
from wurao.edge.http.campaigns import traced
from wurao.edge.http.door import Parts, Who, needs
from wurao.edge.services import Services
from wurao.web.campaigns import PURPOSE, known
from wurao.web.forms import SameForm, SplitForm, UndoForm


@post(
    "/console/campaigns/{campaign_id:str}/split",
    guards=[needs(Right.LEARN)],
    sync_to_thread=True,
    include_in_schema=False,
)
def split(campaign_id: FromPath[str], data: URLEncodedBody[SplitForm], services: Parts, person: Who) -> Response[Any]:
    """Decide that two numbers of a campaign are not one caller's; the next run heeds it."""
    known(services, campaign_id)
    decided = services.campaigns.decide(campaign_id, data.a, data.b, same=False, who=person.name, note=data.note)
    return _decided(services, person, campaign_id, decided, "split")


@post(
    "/console/campaigns/{campaign_id:str}/same",
    guards=[needs(Right.LEARN)],
    sync_to_thread=True,
    include_in_schema=False,
)
def same(campaign_id: FromPath[str], data: URLEncodedBody[SameForm], services: Parts, person: Who) -> Response[Any]:
    """Decide that another campaign is the same one, by the busiest number of each; the next run heeds it."""
    if data.other == campaign_id:
        raise InputError("a campaign is the same as itself", mend="choose another")
    one, other = (_busiest(known(services, name)) for name in (campaign_id, data.other))
    decided = services.campaigns.decide(campaign_id, one.key, other.key, same=True, who=person.name, note=data.note)
    return _decided(services, person, campaign_id, decided, "same")


@post(
    "/console/campaigns/{campaign_id:str}/undo",
    guards=[needs(Right.LEARN)],
    sync_to_thread=True,
    include_in_schema=False,
)
def undo(campaign_id: FromPath[str], data: URLEncodedBody[UndoForm], services: Parts, person: Who) -> Response[Any]:
    """Take a decision back; the next run judges the two numbers by themselves again."""
    taken = services.campaigns.take_back(data.a, data.b, person.name)
    if taken is None:
        raise NotFoundException
    return _decided(services, person, campaign_id, taken, "undo")


@get(
    "/console/campaigns/{campaign_id:str}/traceback.json",
    guards=[needs(Right.CLEAR)],
    sync_to_thread=True,
    include_in_schema=False,
)
def traceback_file(campaign_id: FromPath[str], services: Parts, person: Who) -> Response[bytes]:
    """Return what ``wurao campaigns export`` writes, numbers in clear; each number is a logged look."""
    found = traced(campaign_id, services, person, f"{PURPOSE}/traceback")
    named = f'attachment; filename="traceback-{found.campaign.id}.json"'
    content = msgspec.json.format(msgspec.json.encode(found))
    return Response(content, media_type="application/json", headers={"Content-Disposition": named})


def _decided(services: Services, person: Person, campaign_id: str, decided: LinkDecision, what: str) -> Response[Any]:
    """Log who decided about which numbers and lead back to the page."""
    eyes = Eyes(services.access, services.clock, person, f"{PURPOSE}/{what}")
    eyes.look(decided.a, decided.b)
    return Redirect(f"/console/campaigns/{campaign_id}#decided", status_code=303)


def _busiest(described: Described) -> Member:
    if not described.members:
        raise InputError("this campaign holds no number any more", mend="choose another")
    return max(described.members, key=lambda one: (one.calls, one.key))


ROUTES: Final = (split, same, undo, traceback_file)
