"""The public page of whoever is wrongly blocked: file an appeal, prove to hold the number, read what may be known.

A receipt or an appeal's id shows the form and nothing else. The cookie holds the ticket of a code first and the proof
after it; both are useless without what came to the number.
"""

from typing import Any, Final
from urllib.parse import urlencode

from litestar import Response, get, post
from litestar.params import FromPath, URLEncodedBody
from litestar.response import Redirect

from wurao.core import numbers
from wurao.core.clock import MINUTE_US, SECOND_US
from wurao.core.errors import InputError
from wurao.edge.http import reading
from wurao.edge.http.appeals import asked
from wurao.edge.http.door import Parts
from wurao.edge.http.throttles import Limits
from wurao.edge.services import Services
from wurao.web.entrance import same_site
from wurao.web.forms import AppealForm, CodeForm, ProveForm
from wurao.web.pages import Asking, Page, page

COOKIE: Final = "wurao_appeal"
_LONGEST: Final = 64
_LASTS_US: Final = 30 * MINUTE_US


@get("/appeal", sync_to_thread=True, include_in_schema=False)
def appeal_page(request: Asking, services: Parts) -> Page:
    """Show the forms, or what the holder of a proven number may know."""
    return _shown(request, services, request.query_params.get("id", "")[:_LONGEST])


@get("/appeal/{receipt:str}", sync_to_thread=False, include_in_schema=False)
def appeal_of(receipt: FromPath[str]) -> Redirect:
    """Lead from the short address that a rejected call carries to the page."""
    return Redirect("/appeal", query_params={"id": receipt[:_LONGEST]})


@post("/appeal/file", sync_to_thread=True, include_in_schema=False)
def file_appeal(request: Asking, data: URLEncodedBody[AppealForm], services: Parts, limits: Limits) -> Response[Any]:
    """File an appeal; open to anyone, rate-limited, and nothing about the number is given out."""
    same_site(request)
    limits.appeals(request)
    held = services.proofs.number(_token(request))
    try:
        number = reading.number(data.number.strip(), "number") if data.number.strip() or not held else held
    except InputError:
        return _shown(request, services, data.receipt, 422, wrong="file", number=data.number, text=data.text)
    appeal = services.appeals.file(number, data.receipt, data.text, proven=number == held)
    return Redirect(_path("/appeal", appeal.appeal_id), status_code=303)


@post("/appeal/ask", sync_to_thread=True, include_in_schema=False)
def ask_code(request: Asking, data: URLEncodedBody[CodeForm], services: Parts, limits: Limits) -> Response[Any]:
    """Have a one-time code sent to a number and lead to where it is given."""
    same_site(request)
    limits.codes(request)
    try:
        number = reading.number(data.number.strip(), "number")
    except InputError:
        return _shown(request, services, data.receipt, 422, wrong="number", number=data.number)
    try:
        ticket = asked(services, number, request)
    except InputError:
        return _shown(request, services, data.receipt, 422, wrong="kind", number=data.number)
    return _keep(Redirect(_path("/appeal/code", data.receipt), status_code=303), services, ticket.ticket)


@get("/appeal/code", sync_to_thread=False, include_in_schema=False)
def code_page(request: Asking) -> Page:
    """Show where the code is given."""
    return page(request, "code.html", receipt=request.query_params.get("id", "")[:_LONGEST], wrong=False)


@post("/appeal/prove", sync_to_thread=True, include_in_schema=False)
def prove(request: Asking, data: URLEncodedBody[ProveForm], services: Parts, limits: Limits) -> Response[Any]:
    """Turn the right code into a proof and lead to what may be known."""
    same_site(request)
    limits.code_tries(request)
    proof = services.proofs.prove(_token(request), "".join(data.code.split()))
    if proof is None:
        return page(request, "code.html", 422, receipt=data.receipt, wrong=True)
    return _keep(Redirect(_path("/appeal", data.receipt), status_code=303), services, proof.proof)


@post("/appeal/leave", sync_to_thread=True, include_in_schema=False)
def leave(request: Asking, services: Parts) -> Response[Any]:
    """End the proof, as on a machine that others use."""
    same_site(request)
    services.proofs.forget(_token(request))
    answer = Redirect("/appeal", status_code=303)
    answer.delete_cookie(COOKIE, path="/appeal")
    return answer


def _shown(
    request: Asking,
    services: Services,
    asked_id: str,
    status: int = 200,
    *,
    wrong: str = "",
    number: str = "",
    text: str = "",
) -> Page:
    """Return the page; ``asked_id`` is a receipt's or an appeal's, ``wrong`` what of a form can't be used."""
    held = services.proofs.number(_token(request))
    filed = services.appeals.get(asked_id) if asked_id else None
    context = {
        "receipt": asked_id if filed is None else filed.receipt,
        "filed": filed,
        "redress": services.proofs.redress(),
        "wrong": wrong,
        "number": number,
        "text": text,
    }
    if not held:
        return page(request, "appeal.html", status, **context)
    known = {"grounds": services.appeals.grounds(held), "appeals": services.appeals.of(held)}
    return page(request, "holder.html", status, holder=numbers.display(held), **known, **context)


def _token(request: Asking) -> str:
    return request.cookies.get(COOKIE, "")[:_LONGEST]


def _keep(answer: Redirect, services: Services, token: str) -> Redirect:
    answer.set_cookie(
        key=COOKIE,
        value=token,
        path="/appeal",
        max_age=_LASTS_US // SECOND_US,
        httponly=True,
        samesite="lax",
        secure=services.secure_cookies,
    )
    return answer


def _path(path: str, asked_id: str) -> str:
    return f"{path}?{urlencode({'id': asked_id[:_LONGEST]})}" if asked_id else path


ROUTES: Final = (appeal_page, appeal_of, file_appeal, ask_code, code_page, prove, leave)
