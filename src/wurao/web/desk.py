"""The desk's work on receipts: learning from a row, an appeal from a row, number look-up."""

from typing import Any, Final

from litestar import Response, get, post
from litestar.exceptions import NotFoundException
from litestar.params import URLEncodedBody

from wurao.access.looking import Eyes
from wurao.access.roles import Right
from wurao.core.errors import InputError, StoreError
from wurao.core.payload import INVALID_CALLER
from wurao.detection.daily.scored import Score
from wurao.edge.http import reading
from wurao.edge.http.door import Parts, Who, needs
from wurao.edge.http.language import language_of
from wurao.edge.nouns import Ask, Report
from wurao.edge.services import Services
from wurao.web import words
from wurao.web.forms import SayForm
from wurao.web.language import marked as _
from wurao.web.language import translator
from wurao.web.pages import Asking, Page, answered, page
from wurao.web.receipts import ReceiptWriter

_LONGEST: Final = 64
SAID: Final = {
    "wanted": _("已学为“需要”，一秒内生效"),
    "nuisance": _("已学为“骚扰”，一秒内生效"),
    "appeal": _("已立申诉"),
}


@post("/console/say", guards=[needs(Right.LEARN)], sync_to_thread=True, include_in_schema=False, status_code=200)
def say(request: Asking, data: URLEncodedBody[SayForm], services: Parts, person: Who) -> Response[Any]:
    """Learn from a receipt, or file an appeal in its caller's place."""
    row = services.history.get(data.receipt)
    if row is None or row.caller in (0, INVALID_CALLER):
        raise NotFoundException
    if data.say == "appeal":
        services.appeals.file(row.caller, row.receipt, "")
    else:
        wanted = data.say == "wanted"
        services.numbers.teach(row.caller, person.name, wanted=wanted)
        services.reports.file(Report(row.caller, row.at_us, wanted=wanted, receipt=row.receipt, category=row.category))
    return answered(request, translator(language_of(request))(SAID[data.say]), data.back)


@get("/console/number", guards=[needs(Right.LIVE)], sync_to_thread=True, include_in_schema=False)
def number_page(request: Asking, services: Parts, person: Who) -> Page:
    """Look a number up, typed or from a receipt or appeal: its verdict with every symbol, the facts, its calls."""
    query = request.query_params
    typed = query.get("q", "")[:_LONGEST].strip()
    try:
        ask = _asked(services, typed, query.get("receipt", ""), query.get("appeal", ""))
    except InputError:
        wrong = translator(language_of(request))(_("这不是一个电话号码。"))
        return page(request, "number.html", status=422, q=typed, wrong=wrong, found=None)
    return page(
        request, "number.html", q=typed, wrong="", found=_found(request, services, person, ask) if ask else None
    )


def _asked(services: Services, typed: str, receipt: str, appeal: str) -> Ask | None:
    """Return which call is asked about: the receipt's own, else one at this moment."""
    now = services.clock.now_us()
    if typed:
        return Ask(reading.number(typed, "q"), 0, at_us=now)
    row = services.history.get(receipt) if receipt else None
    if row is not None:
        return Ask(row.caller, row.callee, row.ingress, row.at_us)
    filed = services.appeals.get(appeal) if appeal else None
    return Ask(filed.number, 0, at_us=now) if filed else None


def _found(request: Asking, services: Services, person: Who, ask: Ask) -> dict[str, Any]:
    language = language_of(request)
    eyes = Eyes(services.access, services.clock, person, "/console/number")
    eyes.look(ask.caller)
    writer = ReceiptWriter(services.rules, language)
    known = services.numbers.known(ask.caller)
    verdict = services.screen.explain(ask)
    shown = eyes.show(ask.caller)
    return {
        "shown": shown,
        "habits": _score(services, ask.caller),
        "verdict": verdict,
        "action_text": translator(language)(words.ACTIONS[verdict.action]),
        "standing": [(writer.subject(row, shown), writer.title(row.symbol), row) for row in known.standing],
        "receipts": [writer.write(row, eyes, clear=True) for row in known.decisions],
    }


def _score(services: Services, number: int) -> Score | None:
    try:
        return services.detection.score(services.detection.key(number))
    except StoreError:  # the page detection tells what is wrong with the scores
        return None


ROUTES: Final = (say, number_page)
