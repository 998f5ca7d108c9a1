"""Appeals: the desk's queue with its decisions."""

from typing import Any, Final

from litestar import Response, get, post
from litestar.params import FromPath, URLEncodedBody
from litestar.response import Redirect

from wurao.access.looking import Eyes
from wurao.access.roles import Right
from wurao.edge.http.door import Parts, Who, needs
from wurao.edge.http.language import language_of
from wurao.edge.nouns import AppealState
from wurao.web.forms import DecideAppealForm
from wurao.web.pages import Asking, Page, fragment, is_htmx, page, reader

_LISTED: Final = 100
_STATES: Final[tuple[AppealState, ...]] = ("pending", "redressed", "rejected")


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


ROUTES: Final = (queue, decide)
