"""The desk's work on receipts: learning from a row, an appeal from a row, number look-up."""

from typing import Annotated, Any, Final

from litestar import Response, get, post
from litestar.exceptions import NotFoundException
from litestar.params import QueryParameter, URLEncodedBody

from wurao.access.looking import Eyes
from wurao.access.roles import Right
from wurao.core.errors import InputError
from wurao.core.payload import INVALID_CALLER
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

Text = Annotated[str, QueryParameter(max_length=64)]
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
def number_page(request: Asking, services: Parts, person: Who, q: Text = "") -> Page:
    """Look a number up: its verdict with every symbol, the facts behind them, the latest decisions."""
    if not q.strip():
        return page(request, "number.html", q="", wrong="", found=None)
    try:
        number = reading.number(q.strip(), "q")
    except InputError as fault:
        return page(request, "number.html", status=422, q=q, wrong=fault.what, found=None)
    return page(request, "number.html", q=q, wrong="", found=_found(request, services, person, number))


def _found(request: Asking, services: Services, person: Who, number: int) -> dict[str, Any]:
    language = language_of(request)
    eyes = Eyes(services.access, services.clock, person, "/console/number")
    eyes.look(number)
    writer = ReceiptWriter(services.rules, language)
    known = services.numbers.known(number)
    verdict = services.screen.explain(Ask(number, 0, at_us=services.clock.now_us()))
    shown = eyes.show(number)
    return {
        "shown": shown,
        "verdict": verdict,
        "action_text": translator(language)(words.ACTIONS[verdict.action]),
        "standing": [(writer.subject(row, shown), writer.title(row.symbol), row) for row in known.standing],
        "receipts": [writer.write(row, eyes, clear=True) for row in known.decisions],
    }


ROUTES: Final = (say, number_page)
