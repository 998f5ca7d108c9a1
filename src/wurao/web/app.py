"""The whole web application: the HTTP interface with the console's pages, static files and error pages."""

from importlib.resources import files
from typing import Any

from litestar import Litestar, Request, Response
from litestar.datastructures import CacheControlHeader
from litestar.response import Redirect
from litestar.static_files import create_static_files_router
from litestar.types import ExceptionHandlersMap

from wurao.edge.http import problems
from wurao.edge.http.app import create_app
from wurao.edge.services import Services
from wurao.web import (
    accounts,
    appeals,
    campaigns,
    desk,
    detection,
    entrance,
    health,
    history,
    home,
    linking,
    originating,
    redress,
    rules,
    subscriber,
)
from wurao.web.pages import is_htmx, page

_STATIC = str(files("wurao.web") / "static")


def create_console(services: Services) -> Litestar:
    """Return the ASGI application that ``wurao serve`` runs: API and console over the services."""
    static = create_static_files_router(
        path="/static", directories=[_STATIC], cache_control=CacheControlHeader(max_age=3600, public=True)
    )
    # A handler has one path and a path one threaded handler: Litestar 2 registers what is shared twice and would
    # wrap it in a thread twice.
    pages = (
        entrance,
        home,
        history,
        desk,
        detection,
        campaigns,
        linking,
        rules,
        appeals,
        originating,
        redress,
        health,
        accounts,
        subscriber,
    )
    routes = [route for module in pages for route in module.ROUTES]
    handlers: ExceptionHandlersMap = {Exception: show_fault}
    return create_app(services, [*routes, static], handlers)


def show_fault(request: Request[Any, Any, Any], fault: Exception) -> Response[Any]:
    """Return an exception as a page to browsers and as a problem document to programs."""
    if "text/html" not in request.headers.get("accept", "") and not is_htmx(request):
        return problems.answer(request, fault)
    problem = problems.problem_of(request, fault)
    if problem.status == 401:
        back = request.url.path if request.method == "GET" and not is_htmx(request) else "/"
        answer: Response[Any] = Redirect("/login", query_params={"next": back}, status_code=303)
        return Response("", status_code=200, headers={"HX-Redirect": "/login"}) if is_htmx(request) else answer
    headers = dict(getattr(fault, "headers", None) or {})
    shown = page(request, "error.html", status=problem.status, problem=problem)
    shown.headers.update(headers)
    return shown
