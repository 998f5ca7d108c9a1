"""The application: routes, the door, limits, problem documents, security headers, OpenAPI at /schema."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from litestar import Litestar, MediaType
from litestar.config.compression import CompressionConfig
from litestar.datastructures import State
from litestar.di import Provide
from litestar.openapi import OpenAPIConfig
from litestar.openapi.plugins import JsonRenderPlugin
from litestar.types import ControllerRouterHandler, ExceptionHandlersMap, Message, Scope

import wurao
from wurao.edge.http import appeals, campaigns, decide, operations, problems, redress, reports, subscribers
from wurao.edge.http.asking import Asking
from wurao.edge.http.bodies import BODY_BYTES
from wurao.edge.http.door import Door, provide_person
from wurao.edge.http.figures import CountedScreen, Figures
from wurao.edge.http.throttles import FilingLimits
from wurao.edge.services import Services

HEADERS: Final = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "geolocation=(), microphone=(), camera=()",
}
_ENCODED: Final = [(name.lower().encode(), value.encode()) for name, value in HEADERS.items()]

_NAMES: Final = frozenset(name for name, _ in _ENCODED)


def close_streams(app: Litestar) -> None:
    """Let the live streams end within a second, so that a server which waits for them can stop."""
    app.state["figures"].closing = True


async def _protect(message: Message, _: Scope) -> None:
    """Add the security headers to every answer, errors and static files too, unless it has its own."""
    if message["type"] == "http.response.start":
        headers = list(message["headers"])
        own = {name.lower() for name, _ in headers}
        added = _ENCODED if own.isdisjoint(_NAMES) else [pair for pair in _ENCODED if pair[0] not in own]
        message["headers"] = headers + added


ROUTES: Final = (
    *decide.ROUTES,
    *reports.ROUTES,
    *subscribers.ROUTES,
    *appeals.ROUTES,
    *redress.ROUTES,
    *campaigns.ROUTES,
    *operations.ROUTES,
)


def create_app(
    services: Services,
    pages: Sequence[ControllerRouterHandler] = (),
    handlers: ExceptionHandlersMap = problems.HANDLERS,
) -> Litestar:
    """Return the ASGI application over the services; ``pages`` and their error ``handlers`` are the console's."""
    figures = Figures(services.metrics)
    figures.watch(services)
    services = replace(services, screen=CountedScreen(services.screen, figures))
    limits = FilingLimits(services.clock)

    return Litestar(
        [*ROUTES, *pages],
        dependencies={
            "services": Provide(lambda: services, sync_to_thread=False),
            "person": Provide(provide_person, sync_to_thread=False),
            "limits": Provide(lambda: limits, sync_to_thread=False),
            "figures": Provide(lambda: figures, sync_to_thread=False),
        },
        exception_handlers=handlers,
        before_send=[_protect],
        state=State({"door": Door(services), "services": services, "figures": figures, decide.WAITING: asyncio.Lock()}),
        request_class=Asking,
        request_max_body_size=BODY_BYTES,
        compression_config=CompressionConfig(backend="gzip", minimum_size=2_000, exclude=["/live"]),
        openapi_config=OpenAPIConfig(
            title="wurao 勿扰",
            version=wurao.__version__,
            path="/schema",
            render_plugins=[JsonRenderPlugin(path="/openapi.json", media_type=MediaType.JSON)],
        ),
        logging_config=None,
    )
