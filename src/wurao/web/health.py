"""The state of the service on one page: tables, lake, book, journal, disk, versions, the operator's maps."""

from typing import Final

from litestar import get

from wurao.access.roles import Right
from wurao.edge.http.door import Parts, needs
from wurao.web.pages import Asking, Page, page


@get("/console/health", guards=[needs(Right.HEALTH)], sync_to_thread=True, include_in_schema=False)
def health(request: Asking, services: Parts) -> Page:
    """Show every check, what is missing for decisions, and the maps."""
    return page(
        request,
        "health.html",
        missing=services.health.ready(),
        checks=services.health.checks(),
        maps=services.rules.maps(),
    )


ROUTES: Final = (health,)
