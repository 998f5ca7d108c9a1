"""Rendering: one Jinja environment a language, and what every page knows of its reader."""

from collections.abc import Mapping
from typing import Any, Final

from jinja2 import Environment, PackageLoader, StrictUndefined
from litestar import MediaType, Request, Response
from litestar.response import Redirect

import wurao
from wurao.access.log_in import csrf_token
from wurao.access.roles import Person, Right
from wurao.edge.http.door import door_of, session_of
from wurao.edge.http.language import Language, language_of
from wurao.web import words
from wurao.web.language import translator
from wurao.web.receipts import local

Asking = Request[Any, Any, Any]
Page = Response[str]


def _environment(language: Language) -> Environment:
    environment = Environment(
        loader=PackageLoader("wurao.web"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n"],
    )
    say = translator(language)
    environment.install_gettext_callables(  # type: ignore[attr-defined]  # added by the i18n extension
        say, lambda one, many, n: say(one if n == 1 else many), newstyle=True
    )
    environment.filters["moment"] = lambda at_us: local(at_us).strftime("%Y-%m-%d %H:%M") if at_us else "–"
    environment.filters["thousands"] = lambda number: f"{number:,}"
    environment.globals.update(words=words, language=language, Right=Right, version=wurao.__version__)
    return environment


_ENVIRONMENTS: Final = {"zh": _environment("zh"), "en": _environment("en")}


def fragment(language: Language, template: str, **context: Any) -> str:
    """Return a template without the frame of a page."""
    return _ENVIRONMENTS[language].get_template(template).render(**context)


def reader(request: Asking) -> Mapping[str, Any]:
    """Return what every template may ask of its reader."""
    session = session_of(request)
    person: Person | None = door_of(request).person(request)
    return {
        "person": person,
        "csrf": csrf_token(session) if session else "",
        "path": request.url.path,
        "here": request.url.path + (f"?{request.url.query}" if request.url.query else ""),
    }


def page(request: Asking, template: str, status: int = 200, **context: Any) -> Page:
    """Return a whole page in the reader's language."""
    html = fragment(language_of(request), template, **reader(request), **context)
    return Response(html, status_code=status, media_type=MediaType.HTML, headers={"Vary": "Accept-Language, Cookie"})


def is_htmx(request: Asking) -> bool:
    """Return whether htmx asks for a fragment."""
    return request.headers.get("hx-request") == "true"


def answered(request: Asking, text: str, back: str) -> Response[Any]:
    """Return what became of a form: a line in its place for htmx, else the page that it came from."""
    if is_htmx(request):
        html = fragment(language_of(request), "_said.html", said=text)
        return Response(html, media_type=MediaType.HTML)
    return Redirect(own_path(back), status_code=303)


def own_path(target: str) -> str:
    """Return a path of this site; anything else becomes ``/``, so that nobody is sent elsewhere."""
    plain = target.startswith("/") and not target.startswith(("//", "/\\")) and target.isprintable()
    return target if plain and len(target) < 2000 else "/"
