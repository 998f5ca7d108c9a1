"""The subscriber's first screen: today's calls with their reasons and 放行 / 举报, and the wishes."""

from typing import Any, Final

import msgspec
from litestar import Response, get, post
from litestar.exceptions import NotFoundException
from litestar.params import URLEncodedBody
from litestar.response import Redirect

from wurao.access.roles import Right
from wurao.core import numbers
from wurao.core.clock import CHINA_OFFSET_US, DAY_US
from wurao.core.errors import InputError
from wurao.core.payload import INVALID_CALLER
from wurao.core.wishes import KEYS, SEGMENTS, Profile
from wurao.edge.http import reading
from wurao.edge.http.door import Parts, Who, needs
from wurao.edge.http.language import language_of
from wurao.edge.http.throttles import Limits
from wurao.edge.nouns import Decision, DecisionFilter, Report
from wurao.web.forms import ForgiveForm, SayForm
from wurao.web.language import marked as _
from wurao.web.language import translator
from wurao.web.pages import Asking, Page, answered, page
from wurao.web.receipts import Receipt, ReceiptWriter

_TODAY: Final = 100
SAID: Final = {"wanted": _("已放行，以后照常响铃"), "nuisance": _("已举报，以后拒接")}


class OwnEyes:
    """One's own callers are seen in clear: they called this phone."""

    def show(self, number: int) -> str:
        """Return the number in clear."""
        return numbers.display(number)

    mask = show


@get("/me", guards=[needs(Right.OWN)], sync_to_thread=True, include_in_schema=False)
def me(request: Asking, services: Parts, person: Who) -> Page:
    """Show today's calls and the wishes."""
    now = services.clock.now_us()
    midnight = (now + CHINA_OFFSET_US) // DAY_US * DAY_US - CHINA_OFFSET_US
    rows = services.history.find(DecisionFilter(callee=person.subscriber, since_us=midnight, limit=_TODAY))
    writer = ReceiptWriter(services.rules, language_of(request))
    receipts: list[Receipt] = [writer.write(row, OwnEyes()) for row in rows]
    return page(
        request,
        "me.html",
        receipts=receipts,
        stopped=sum(row.stopped for row in rows),
        profile=services.wishes.get(person.subscriber),
        denied=[numbers.display(number) for number in services.wishes.denied(person.subscriber)],
        keys=KEYS,
        segments=SEGMENTS,
        saved=request.query_params.get("saved") == "1",
        own=numbers.display(person.subscriber),
    )


@post("/me/say", guards=[needs(Right.OWN)], sync_to_thread=True, include_in_schema=False, status_code=200)
def say(request: Asking, data: URLEncodedBody[SayForm], services: Parts, person: Who, limits: Limits) -> Response[Any]:
    """Let a caller through from now on, or report it; both count as a vote."""
    row = services.history.get(data.receipt)
    if row is None or not _answerable(row, person) or data.say not in SAID:
        raise NotFoundException
    limits.reports(person)
    wanted = data.say == "wanted"
    keep = services.wishes.allow if wanted else services.wishes.deny
    keep(person.subscriber, row.caller)
    services.reports.file(
        Report(row.caller, row.at_us, person.subscriber, row.category, wanted=wanted, receipt=row.receipt)
    )
    return answered(request, translator(language_of(request))(SAID[data.say]), "/me")


@post("/me/forgive", guards=[needs(Right.OWN)], sync_to_thread=True, include_in_schema=False)
def forgive(data: URLEncodedBody[ForgiveForm], services: Parts, person: Who) -> Redirect:
    """Take a number off one's own deny list; reports of it stay."""
    services.wishes.forgive(person.subscriber, reading.number(data.number, "number"))
    return Redirect("/me#denied", status_code=303)


def _answerable(row: Decision, person: Who) -> bool:
    return row.callee == person.subscriber and row.caller not in (0, INVALID_CALLER)


@post("/me/wishes", guards=[needs(Right.OWN)], sync_to_thread=True, include_in_schema=False)
def write_wishes(data: URLEncodedBody[dict[str, str]], services: Parts, person: Who) -> Redirect:
    """Write the wishes of the form; what the form doesn't show stays as it was."""
    before = services.wishes.get(person.subscriber) or Profile()
    changed = {
        "levels": [data.get(key, "0") for key in KEYS],
        "segments": [data.get(key, "0") for key in SEGMENTS],
    }
    try:
        profile = msgspec.convert(msgspec.structs.asdict(before) | changed, Profile, strict=False)
    except msgspec.ValidationError:
        raise InputError("a level lies outside 0…3") from None
    services.wishes.put(person.subscriber, profile)
    return Redirect("/me?saved=1#wishes", status_code=303)


ROUTES: Final = (me, say, forgive, write_wishes)
