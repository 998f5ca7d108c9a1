"""``/healthz /readyz /metrics /history /stat /symbols /maps``: how the service is, in rspamd's spirit."""

from typing import Annotated, Any, Final

import msgspec
from litestar import MediaType, Response, get
from litestar.params import QueryParameter
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from wurao.access.looking import Eyes
from wurao.access.roles import Right
from wurao.core.clock import DAY_US
from wurao.core.payload import INVALID_CALLER
from wurao.edge.http import reading
from wurao.edge.http.door import Parts, Who, needs
from wurao.edge.nouns import Check, Decision, DecisionFilter, Rule, Tally

Text = Annotated[str, QueryParameter(max_length=64)]
Rows = Annotated[int, QueryParameter(ge=1, le=1000)]


class Stat(msgspec.Struct, frozen=True):
    """The last 24 hours in counts, and the checks of the service."""

    tally: Tally
    checks: list[Check]


@get("/healthz", media_type=MediaType.TEXT, sync_to_thread=False, tags=["operations"])
def healthz() -> str:
    """Return ``ok`` while the process answers."""
    return "ok\n"


@get("/readyz", media_type=MediaType.TEXT, sync_to_thread=True, tags=["operations"])
def readyz(services: Parts) -> Response[str]:
    """Return ``ok`` when decisions can be made, else 503 and what is missing."""
    missing = services.health.ready()
    return Response(f"{missing or 'ok'}\n", status_code=503 if missing else 200, media_type=MediaType.TEXT)


@get("/metrics", guards=[needs(Right.HEALTH)], sync_to_thread=True, tags=["operations"])
def metrics(services: Parts) -> Response[bytes]:
    """Return the metrics of docs/metrics.md in Prometheus' text format."""
    return Response(generate_latest(services.metrics), media_type=CONTENT_TYPE_LATEST)


@get("/history", guards=[needs(Right.LIVE)], sync_to_thread=True, tags=["operations"])
def history(
    services: Parts,
    person: Who,
    action: Text = "",
    category: Text = "",
    number: Text = "",
    ingress: Text = "",
    limit: Rows = 100,
) -> list[dict[str, Any]]:
    """Return the newest decisions; numbers are masked unless the role may see them, and then the look is logged."""
    wanted = DecisionFilter(
        action=action,
        category=category,
        number=reading.number(number, "number") if number else 0,
        ingress=ingress,
        limit=limit,
    )
    rows = services.history.find(wanted)
    eyes = Eyes(services.access, services.clock, person, "GET /history")
    eyes.look_over([row.caller for row in rows if row.caller not in (0, INVALID_CALLER)])
    return [
        msgspec.structs.asdict(row) | {"caller": eyes.show(row.caller), "callee": eyes.mask(row.callee)} for row in rows
    ]


def _told(row: Decision, eyes: Eyes) -> dict[str, Any]:
    return msgspec.structs.asdict(row) | {"caller": eyes.show(row.caller), "callee": eyes.mask(row.callee)}


@get("/stat", guards=[needs(Right.HEALTH)], sync_to_thread=True, tags=["operations"])
def stat(services: Parts) -> Stat:
    """Return the counts of the last 24 hours and the state of the service."""
    return Stat(services.history.tally(services.clock.now_us() - DAY_US), services.health.checks())


@get("/symbols", guards=[needs(Right.LIVE)], sync_to_thread=True, tags=["operations"])
def symbols(services: Parts) -> list[Rule]:
    """Return every symbol with its texts, weight, group, state and budget."""
    return services.rules.all()


@get("/maps", guards=[needs(Right.HEALTH)], sync_to_thread=True, tags=["operations"])
def maps(services: Parts) -> dict[str, int]:
    """Return the operator's maps and how many entries each has."""
    return services.rules.maps()


ROUTES: Final = (healthz, readyz, metrics, history, stat, symbols, maps)
