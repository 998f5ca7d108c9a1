"""The way in: log-in and log-out, the language link, and ``/`` that leads to one's first screen."""

from typing import Any, Final

from litestar import Response, get, post
from litestar.exceptions import PermissionDeniedException
from litestar.params import FromPath, FromQuery, URLEncodedBody
from litestar.response import Redirect

from wurao.access import log_in
from wurao.access.log_in import SESSION_US
from wurao.access.roles import Person, Right
from wurao.core.clock import SECOND_US
from wurao.edge.http.door import SESSION_COOKIE, Parts, door_of, needs, session_of
from wurao.edge.http.language import COOKIE
from wurao.edge.http.throttles import Limits
from wurao.web.forms import LogInForm
from wurao.web.pages import Asking, Page, own_path, page

_YEAR_S: Final = 365 * 86_400


def first_screen(person: Person | None) -> str:
    """Return the path of a person's first screen."""
    if person is None:
        return "/login"
    if person.may(Right.OWN):
        return "/me"
    return "/console/originating" if person.may(Right.ORIGINATING) and not person.may(Right.LIVE) else "/console"


@get("/", sync_to_thread=False, include_in_schema=False)
def root(request: Asking) -> Redirect:
    """Lead to the first screen."""
    return Redirect(first_screen(door_of(request).person(request)))


@get("/login", sync_to_thread=False, include_in_schema=False)
def log_in_page(request: Asking, next: FromQuery[str] = "/") -> Page:  # noqa: A002 – the name in the address
    """Show the log-in form."""
    return page(request, "login.html", next=own_path(next), failed=False, name="")


@post("/login", sync_to_thread=True, include_in_schema=False, status_code=200)
def do_log_in(request: Asking, data: URLEncodedBody[LogInForm], services: Parts, limits: Limits) -> Response[Any]:
    """Open a session and lead on; a wrong password shows the form again."""
    same_site(request)
    limits.log_ins(request, data.name)
    token = log_in.log_in(services.access, data.name, data.password, services.clock.now_us())
    if token is None:
        return page(request, "login.html", status=403, next=own_path(data.next), failed=True, name=data.name)
    answer = Redirect(own_path(data.next), status_code=303)
    answer.set_cookie(
        key=SESSION_COOKIE,
        value=token,
        max_age=SESSION_US // SECOND_US,
        httponly=True,
        samesite="lax",
        secure=services.secure_cookies,
    )
    return answer


@post("/logout", guards=[needs(*Right)], sync_to_thread=True, include_in_schema=False)
def do_log_out(request: Asking, services: Parts) -> Response[Any]:
    """End the session."""
    log_in.log_out(services.access, session_of(request))
    answer = Redirect("/login", status_code=303)
    answer.delete_cookie(SESSION_COOKIE)
    return answer


@get("/language/{chosen:str}", sync_to_thread=False, include_in_schema=False)
def choose_language(chosen: FromPath[str], next: FromQuery[str] = "/") -> Redirect:  # noqa: A002
    """Remember the language for a year and go back."""
    answer = Redirect(own_path(next), status_code=303)
    answer.set_cookie(key=COOKIE, value="en" if chosen == "en" else "zh", max_age=_YEAR_S, samesite="lax")
    return answer


def same_site(request: Asking) -> None:
    """Raise PermissionDeniedException for a form that another site sent; browsers say so in Sec-Fetch-Site."""
    if request.headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
        raise PermissionDeniedException("this form was sent by another site")


ROUTES: Final = (root, log_in_page, do_log_in, do_log_out, choose_language)
