"""Past decisions, by action, category, number, trunk and time."""

from typing import Final

from litestar import get

from wurao.access.looking import Eyes
from wurao.access.roles import Right
from wurao.core.categories import CATEGORIES
from wurao.core.clock import parse_instant
from wurao.core.errors import InputError
from wurao.core.payload import INVALID_CALLER
from wurao.edge.http import reading
from wurao.edge.http.door import Parts, Who, needs
from wurao.edge.http.language import language_of
from wurao.edge.nouns import Decision, DecisionFilter
from wurao.web.pages import Asking, Page, page
from wurao.web.receipts import ReceiptWriter

ROWS: Final = 50
_FIELDS: Final = ("action", "category", "number", "ingress", "since", "until")
_LONGEST: Final = 64


@get("/console/history", guards=[needs(Right.LIVE)], sync_to_thread=True, include_in_schema=False)
def history(request: Asking, services: Parts, person: Who) -> Page:
    """Show past decisions; a filter that can't be read is told."""
    asked = {name: request.query_params.get(name, "")[:_LONGEST].strip() for name in _FIELDS}
    wrong, rows = "", list[Decision]()
    try:
        rows = services.history.find(_filter(asked))
    except InputError as fault:
        wrong = fault.what
    eyes = Eyes(services.access, services.clock, person, "/console/history")
    eyes.look_over([row.caller for row in rows if row.caller not in (0, INVALID_CALLER)])
    writer = ReceiptWriter(services.rules, language_of(request))
    return page(
        request,
        "history.html",
        receipts=[writer.write(row, eyes, clear=True) for row in rows],
        asked=asked,
        categories=CATEGORIES,
        older=_older(asked, rows[-1].at_us) if len(rows) == ROWS else {},
        wrong=wrong,
    )


def _filter(asked: dict[str, str]) -> DecisionFilter:
    return DecisionFilter(
        action=asked["action"],
        category=asked["category"],
        number=reading.number(asked["number"], "number") if asked["number"] else 0,
        ingress=asked["ingress"],
        since_us=parse_instant(asked["since"]) if asked["since"] else 0,
        until_us=parse_instant(asked["until"]) if asked["until"] else 0,
        limit=ROWS,
    )


def _older(asked: dict[str, str], before_us: int) -> dict[str, str]:
    return {name: value for name, value in asked.items() if value} | {"until": str(before_us)}


ROUTES: Final = (history,)
