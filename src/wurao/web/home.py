"""The operator's first screen: one strip over the live list of receipts, and the day by the hour."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any, Final

from litestar import get
from litestar.exceptions import ServiceUnavailableException
from litestar.response import ServerSentEvent

from wurao.access.looking import Eyes
from wurao.access.roles import Right
from wurao.core.clock import DAY_US
from wurao.edge.http.door import Parts, Who, needs
from wurao.edge.http.figures import Counted
from wurao.edge.http.language import language_of
from wurao.edge.nouns import DecisionFilter
from wurao.edge.services import Services
from wurao.web.pages import Asking, Page, fragment, page, reader
from wurao.web.receipts import ReceiptWriter, local

LIVE_ROWS: Final = 20
"""Rows a second on a live page, rejects first."""
LISTED: Final = 40
READERS: Final = 100
_LIFE_S: Final = 15 * 60
"""A stream ends after a quarter of an hour; the browser connects again, and is asked who it is again."""
_STRIP_EVERY_S: Final = 5


@get("/console", guards=[needs(Right.LIVE)], sync_to_thread=True, include_in_schema=False)
def home(request: Asking, services: Parts, person: Who) -> Page:
    """Show the strip, the newest receipts and the last 24 hours."""
    writer = ReceiptWriter(services.rules, language_of(request))
    eyes = Eyes(services.access, services.clock, person, "/console")
    since = services.clock.now_us() - DAY_US
    return page(
        request,
        "home.html",
        tally=services.history.tally(since),
        receipts=[writer.write(row, eyes) for row in services.history.find(DecisionFilter(limit=LISTED))],
        hours=[(local(hour.start_us).strftime("%H:%M"), hour) for hour in services.history.hours(since)],
    )


@get("/console/live", guards=[needs(Right.LIVE)], sync_to_thread=False, include_in_schema=False)
def live(request: Asking, services: Parts, person: Who, figures: Counted) -> ServerSentEvent:
    """Follow the decisions: at most 20 rows a second, rejects first, and the strip every five seconds."""
    if figures.readers >= READERS:
        raise ServiceUnavailableException("too many browsers follow the live list")
    eyes = Eyes(services.access, services.clock, person, "/console/live")
    return ServerSentEvent(_follow(request, services, eyes, figures), headers={"X-Accel-Buffering": "no"})


async def _follow(request: Asking, services: Services, eyes: Eyes, figures: Counted) -> AsyncIterator[dict[str, Any]]:
    language, csrf = language_of(request), reader(request)["csrf"]
    writer = ReceiptWriter(services.rules, language)
    mark, _ = services.history.since(-1, 0)
    with figures.following():
        for second in range(_LIFE_S):
            await asyncio.sleep(1)
            if figures.closing:
                return
            mark, rows = await asyncio.to_thread(services.history.since, mark, LIVE_ROWS)
            if rows:
                receipts = [writer.write(row, eyes) for row in rows]
                html = fragment(language, "_receipts.html", receipts=receipts, csrf=csrf, here="/console")
                yield {"event": "receipts", "data": html}
            if second % _STRIP_EVERY_S == 0:
                tally = await asyncio.to_thread(services.history.tally, services.clock.now_us() - DAY_US)
                yield {"event": "strip", "data": fragment(language, "_strip.html", tally=tally)}


ROUTES: Final = (home, live)
