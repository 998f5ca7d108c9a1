"""Appeals: the desk's queue with its decisions, and the public page where anyone may file one."""

from typing import Any, Final

from litestar import Response, get, post
from litestar.params import FromPath, URLEncodedBody
from litestar.response import Redirect

from wurao.access.looking import Eyes
from wurao.access.roles import Right
from wurao.core.errors import InputError
from wurao.edge.http import reading
from wurao.edge.http.door import Parts, Who, needs
from wurao.edge.http.language import language_of
from wurao.edge.http.throttles import Limits
from wurao.edge.nouns import Appeal, AppealState
from wurao.web.entrance import same_site
from wurao.web.forms import AppealForm, DecideAppealForm
from wurao.web.pages import Asking, Page, fragment, is_htmx, page, reader

_LISTED: Final = 100
_STATES: Final[tuple[AppealState, ...]] = ("pending", "redressed", "rejected")
_LONGEST: Final = 64


@get("/console/appeals", guards=[needs(Right.APPEALS)], sync_to_thread=True, include_in_schema=False)
def queue(request: Asking, services: Parts, person: Who) -> Page:
    """Show the appeals of one state, pending first."""
    chosen = next((name for name in _STATES if name == request.query_params.get("state")), _STATES[0])
    counts = {name: services.appeals.count(name) for name in _STATES}
    appeals = services.appeals.queue(chosen, _LISTED)
    eyes = Eyes(services.access, services.clock, person, "/console/appeals")
    eyes.look_over([appeal.number for appeal in appeals])
    shown = [(appeal, eyes.show(appeal.number)) for appeal in appeals]
    return page(request, "appeals.html", state=chosen, counts=counts, appeals=shown)


@post("/console/appeals/{appeal_id:str}", guards=[needs(Right.APPEALS)], sync_to_thread=True, include_in_schema=False)
def decide(
    request: Asking, appeal_id: FromPath[str], data: URLEncodedBody[DecideAppealForm], services: Parts, person: Who
) -> Response[Any]:
    """Uphold or reject an appeal; upheld it is live in the tables within a second."""
    appeal = services.appeals.decide(appeal_id, person.name, data.reason, uphold=data.verdict == "uphold")
    if is_htmx(request):
        eyes = Eyes(services.access, services.clock, person, "/console/appeals")
        shown = eyes.show(appeal.number)
        html = fragment(language_of(request), "_appeal.html", appeal=appeal, shown=shown, **reader(request))
        return Response(html, media_type="text/html", status_code=200)
    return Redirect("/console/appeals", status_code=303)


@get("/appeal", sync_to_thread=True, include_in_schema=False)
def appeal_page(request: Asking, services: Parts) -> Page:
    """Show how an appeal stands, or the form to file one."""
    asked = request.query_params.get("id", "")[:_LONGEST]
    return _public(request, receipt=asked, appeal=services.appeals.get(asked) if asked else None)


@get("/appeal/{receipt:str}", sync_to_thread=False, include_in_schema=False)
def appeal_of(receipt: FromPath[str]) -> Redirect:
    """Lead from the short address that a rejected call carries to the page."""
    return Redirect("/appeal", query_params={"id": receipt[:_LONGEST]})


@post("/appeal/file", sync_to_thread=True, include_in_schema=False)
def file_appeal(request: Asking, data: URLEncodedBody[AppealForm], services: Parts, limits: Limits) -> Response[Any]:
    """File an appeal; open to anyone, rate-limited, and nothing about the number is given out."""
    same_site(request)
    limits.appeals(request)
    try:
        number = reading.number(data.number.strip(), "number")
    except InputError:
        return _public(request, status=422, receipt=data.receipt, wrong=True, number=data.number, text=data.text)
    appeal = services.appeals.file(number, data.receipt, data.text)
    return Redirect(f"/appeal?id={appeal.appeal_id}", status_code=303)


def _public(
    request: Asking,
    status: int = 200,
    *,
    receipt: str = "",
    appeal: Appeal | None = None,
    wrong: bool = False,
    number: str = "",
    text: str = "",
) -> Page:
    """Return the public page."""
    return page(request, "appeal.html", status, receipt=receipt, appeal=appeal, wrong=wrong, number=number, text=text)


ROUTES: Final = (queue, decide, appeal_page, appeal_of, file_appeal)
