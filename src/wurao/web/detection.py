"""What detection found: flagged callers, drift and shields at risk; and one caller's habits beside its kind's."""

from collections.abc import Callable
from typing import Annotated, Any, Final

import msgspec
from litestar import Response, get, post
from litestar.exceptions import NotFoundException
from litestar.params import FromPath, URLEncodedBody
from litestar.response import Redirect
from msgspec import Meta

from wurao.access.looking import Eyes
from wurao.access.roles import Right
from wurao.core.clock import DAY_US
from wurao.detection.calibration.going_live import LEAST_JUDGED, SHADOW_US
from wurao.detection.daily.misuse import Audited
from wurao.detection.daily.scored import Figures, Score
from wurao.detection.daily.usual import Compared, clearing, compare, nearest_wanted
from wurao.edge.http.door import Parts, Who, needs
from wurao.edge.http.language import language_of
from wurao.edge.services import Services
from wurao.web import habits
from wurao.web.language import Translate, translator
from wurao.web.pages import Asking, Page, page
from wurao.web.receipts import ReceiptWriter, local

SHOWN: Final = 100
_CLEARING: Final = 6
_BEHAVIOUR: Final = "behaviour"


class WithdrawForm(msgspec.Struct, frozen=True):
    """The entry of the registry that shall end: the key of a number, or of a block of 10^span."""

    key: Annotated[str, Meta(min_length=1, max_length=64)]
    span: Annotated[int, Meta(ge=0, le=18)]


@get("/console/detection", guards=[needs(Right.LIVE)], sync_to_thread=True, include_in_schema=False)
def detection(request: Asking, services: Parts, person: Who) -> Page:
    """Show what the newest run found, and how to run it where there was none."""
    figures = services.detection.figures()
    flagged = services.detection.flagged()
    audited = services.detection.registry(flagged)
    eyes = Eyes(services.access, services.clock, person, "/console/detection")
    listed = flagged[:SHOWN]
    eyes.look_over([score.number for score in (*listed, *(one.score for one in audited if one.score))])
    rules = [rule for rule in services.rules.all() if rule.group == _BEHAVIOUR and rule.weight > 0]
    return page(
        request,
        "detection.html",
        figures=figures,
        flagged=[(score, eyes.show(score.number)) for score in listed],
        audited=[_audited(one, eyes, services.detection.key) for one in audited],
        alarms=sum(one.alarm for one in audited),
        drifted=_drifted(figures),
        rules=rules,
        live=services.detection.live(),
        week=SHADOW_US // DAY_US,
        least=LEAST_JUDGED,
        habits=habits,
    )


@post("/console/detection/withdraw", guards=[needs(Right.LEARN)], sync_to_thread=True, include_in_schema=False)
def withdraw(data: URLEncodedBody[WithdrawForm], services: Parts, person: Who) -> Response[Any]:
    """End a verification: its callers are judged like everybody else within a second."""
    services.detection.withdraw(data.key, data.span, person.name)
    return Redirect("/console/detection#registry", status_code=303)


@get("/console/caller/{key:str}", guards=[needs(Right.LIVE)], sync_to_thread=True, include_in_schema=False)
def caller(request: Asking, key: FromPath[str], services: Parts, person: Who) -> Page:
    """Show one caller: when it called, its habits beside its kind's, why it is flagged and what would clear it."""
    score, timeline = services.detection.score(key), services.detection.timeline(key)
    number = timeline.number if timeline else score.number if score else None
    if number is None:
        raise NotFoundException
    eyes = Eyes(services.access, services.clock, person, "/console/caller")
    eyes.look(number)
    daily = timeline is not None and timeline.length_us == DAY_US
    return page(
        request,
        "caller.html",
        shown=eyes.show(number),
        score=score,
        stretches=[(_moment(one.start_us, daily=daily), one) for one in (timeline.stretches if timeline else ())],
        daily=daily,
        habits=habits,
        **_beside(request, services, score),
    )


def _beside(request: Asking, services: Services, score: Score | None) -> dict[str, Any]:
    """Return a caller's habits beside those of its own class and of the wanted one it resembles, in words."""
    if score is None:
        return {"wanted": None, "features": [], "clears": [], "title": str}
    figures = services.detection.figures()
    usual = figures.usual.get(score.seen, {}) if figures else {}
    wanted = nearest_wanted(score.features, usual)
    theirs = usual.get(wanted or "", {})
    reasons = score.reasons.speaks_for if score.reasons else ()
    say = translator(language_of(request))
    return {
        "wanted": wanted,
        "features": [_said(one, say) for one in compare(score.features, usual.get(score.kind or "", {}), theirs)],
        "clears": [_said(one, say) for one in clearing(reasons, theirs)[:_CLEARING]],
        "title": ReceiptWriter(services.rules, language_of(request)).title,
    }


def _said(one: Compared, say: Translate) -> dict[str, str]:
    return {
        "name": say(habits.FEATURES[one.name][0]) if one.name in habits.FEATURES else one.name,
        "value": habits.value(one.name, one.value, say),
        "own": habits.between(one.name, one.own, say),
        "wanted": habits.between(one.name, one.wanted, say),
        "place": one.place,
    }


def _audited(one: Audited, eyes: Eyes, key: Callable[[int], str]) -> dict[str, Any]:
    """Return an entry of the registry with the number that calls under it, else its own or the first of its block."""
    first = one.entry.subject * 10**one.entry.span
    return {
        "row": one,
        "shown": eyes.show(one.score.number) if one.score else eyes.mask(first),
        "key": key(one.entry.subject),
        "many": 10**one.entry.span,
    }


def _drifted(figures: Figures | None) -> list[dict[str, Any]]:
    """Return the features that moved most first."""
    moved = sorted(figures.drift.items(), key=lambda item: -item[1].index) if figures else []
    return [
        {"name": name, "index": one.index, "state": one.state, "steady": one.state == "stable"} for name, one in moved
    ]


def _moment(at_us: int, *, daily: bool) -> str:
    return local(at_us).strftime("%m-%d" if daily else "%m-%d %H:%M")


ROUTES: Final = (detection, withdraw, caller)
