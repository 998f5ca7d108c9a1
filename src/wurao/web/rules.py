"""Rules: LIVE or SHADOW, the budget of false blocks, and whom a rule would have hurt last week."""

from typing import Any, Final

from litestar import Response, get, post
from litestar.exceptions import NotFoundException
from litestar.params import FromPath, URLEncodedBody
from litestar.response import Redirect

from wurao.access.looking import Eyes
from wurao.access.roles import Right
from wurao.core.clock import DAY_US
from wurao.edge.http.door import Parts, Who, needs
from wurao.edge.http.language import language_of
from wurao.web.forms import RuleForm
from wurao.web.pages import Asking, Page, fragment, is_htmx, page, reader
from wurao.web.receipts import ReceiptWriter

_WEEK_US: Final = 7 * DAY_US


@get("/console/rules", guards=[needs(Right.LIVE)], sync_to_thread=True, include_in_schema=False)
def rules(request: Asking, services: Parts) -> Page:
    """Show every rule with its weight, state, hits and budget."""
    return page(request, "rules.html", rules=sorted(services.rules.all(), key=lambda rule: (-rule.hits, rule.name)))


@post("/console/rules/{name:str}/state", guards=[needs(Right.RULES)], sync_to_thread=True, include_in_schema=False)
def set_rule(
    request: Asking, name: FromPath[str], data: URLEncodedBody[RuleForm], services: Parts, person: Who
) -> Response[Any]:
    """Turn a rule LIVE or SHADOW."""
    rule = services.rules.set_live(name, person.name, live=data.state == "live")
    if is_htmx(request):
        html = fragment(language_of(request), "_rule.html", rule=rule, **reader(request))
        return Response(html, media_type="text/html", status_code=200)
    return Redirect("/console/rules", status_code=303)


@get("/console/rules/{name:str}", guards=[needs(Right.LIVE)], sync_to_thread=True, include_in_schema=False)
def replay(request: Asking, name: FromPath[str], services: Parts, person: Who) -> Page:
    """Show what a rule did with last week's calls, or would have done, and to whom."""
    rule = next((rule for rule in services.rules.all() if rule.name == name), None)
    if rule is None:
        raise NotFoundException
    told = services.rules.replay(name, services.clock.now_us() - _WEEK_US)
    writer = ReceiptWriter(services.rules, language_of(request))
    eyes = Eyes(services.access, services.clock, person, "/console/rules")
    hurt = [(writer.write(case.decision, eyes), case.wanted) for case in told.hurt]
    return page(request, "replay.html", rule=rule, told=told, hurt=hurt)


ROUTES: Final = (rules, set_rule, replay)
