"""Own numbers as callers: by complaints a call, with registered purposes, and as a file for the second check."""

from typing import Any, Final

from litestar import Response, get

from wurao.access.looking import Eyes
from wurao.access.roles import Right
from wurao.core.categories import find
from wurao.core.clock import CHINA_OFFSET_US, DAY_US, day_of, parse_instant
from wurao.core.errors import InputError
from wurao.detection.originating.export import to_csv
from wurao.detection.originating.own import OwnDay
from wurao.edge.http.door import Parts, Who, needs
from wurao.edge.http.language import Language, language_of
from wurao.edge.services import Services
from wurao.web.pages import Asking, Page, page

SHOWN: Final = 200
MAX_DAYS: Final = 31
_LONGEST: Final = 10


@get("/console/originating", guards=[needs(Right.ORIGINATING)], sync_to_thread=True, include_in_schema=False)
def originating(request: Asking, services: Parts, person: Who) -> Page:
    """Show own numbers by day, the most complained-of first; days that can't be read are told."""
    since, until = _asked(request, services)
    wrong, days = "", list[OwnDay]()
    try:
        days = _days(services, since, until)
    except InputError as fault:
        wrong = fault.what
    eyes = Eyes(services.access, services.clock, person, "/console/originating")
    eyes.look_over([row.number for row in days[:SHOWN]])
    return page(
        request,
        "originating.html",
        anybody=services.originating.anybody,
        rows=[_shown(row, eyes, language_of(request)) for row in days[:SHOWN]],
        total=len(days),
        since=since,
        until=until,
        wrong=wrong,
    )


@get("/console/originating.csv", guards=[needs(Right.ORIGINATING)], sync_to_thread=True, include_in_schema=False)
def originating_file(request: Asking, services: Parts, person: Who) -> Response[bytes]:
    """Return all rows of these days, numbers in clear, for the second real-name check; each number is a logged look."""
    person.need(Right.CLEAR)
    since, until = _asked(request, services)
    days = _days(services, since, until)
    Eyes(services.access, services.clock, person, "/console/originating.csv").look_over([row.number for row in days])
    named = f'attachment; filename="wurao-{since}-{until}.csv"'
    content = to_csv(days).encode("utf-8-sig")
    return Response(content, media_type="text/csv", headers={"Content-Disposition": named})


def _asked(request: Asking, services: Services) -> tuple[str, str]:
    """Return first and last day as asked for, today where none is."""
    today = day_of(services.clock.now_us())
    since, until = (request.query_params.get(name, "")[:_LONGEST].strip() for name in ("since", "until"))
    return since or until or today, until or since or today


def _days(services: Services, since: str, until: str) -> list[OwnDay]:
    from_us, to_us = _day(since), _day(until) + DAY_US
    if not 0 < to_us - from_us <= MAX_DAYS * DAY_US:
        raise InputError(f"a span is 1 to {MAX_DAYS} days")
    return services.originating.days(from_us, to_us)


def _day(text: str) -> int:
    """Return the instant at which a local day begins."""
    at_us = parse_instant(text)
    return at_us - (at_us + CHINA_OFFSET_US) % DAY_US


def _shown(row: OwnDay, eyes: Eyes, language: Language) -> dict[str, Any]:
    complaint = find(row.complaint)
    return {
        "row": row,
        "number": eyes.show(row.number),
        "complaint": "" if not row.complaint else complaint.zh if language == "zh" else complaint.en,
        "share": "–" if row.answered_share is None else f"{row.answered_share:.0%}",
    }


ROUTES: Final = (originating, originating_file)
