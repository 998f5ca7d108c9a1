"""Who is asking: a session cookie or an API key, the rights a handler needs, and the check against forged forms."""

from collections.abc import Awaitable, Callable
from typing import Any, Final

from litestar import Request
from litestar.connection import ASGIConnection
from litestar.di import NamedDependency
from litestar.exceptions import NotAuthorizedException, PermissionDeniedException
from litestar.handlers import BaseRouteHandler
from litestar.params import SkipValidation

from wurao.access import api_keys, log_in
from wurao.access.roles import Person, Right
from wurao.core.clock import SECOND_US
from wurao.edge.services import Services

SESSION_COOKIE: Final = "wurao_session"
CSRF_HEADER: Final = "x-csrf-token"
CSRF_FIELD: Final = "csrf"
_KEY_MEMORY_US: Final = 5 * SECOND_US
"""How long a key is trusted without asking the store: a revoked key ends within five seconds."""
_KEYS_KEPT: Final = 1_000
_SAFE: Final = frozenset({"GET", "HEAD", "OPTIONS"})

Connection = ASGIConnection[Any, Any, Any, Any]
Parts = NamedDependency[SkipValidation[Services]]
Who = NamedDependency[SkipValidation[Person]]


class Door:
    """Recognises whoever knocks; one for each app."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._keys: dict[str, tuple[int, Person]] = {}

    def person(self, connection: Connection) -> Person | None:
        """Return who is asking, None for nobody known; answered from the request when asked again."""
        state = connection.scope["state"]  # as it is: connection.state wraps it anew at every look
        if "person" not in state:
            state["person"] = self._by_key(connection) or self._by_session(connection)
        known: Person | None = state["person"]
        return known

    def _by_key(self, connection: Connection) -> Person | None:
        scheme, _, key = connection.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not key:
            return None
        now = self._services.clock.now_us()
        until, person = self._keys.get(key, (0, None))
        if person is None or until < now:
            person = api_keys.holder(self._services.access, key)
            if person is not None:
                self._remember(key, now, person)
        return person

    def _remember(self, key: str, now: int, person: Person) -> None:
        if len(self._keys) >= _KEYS_KEPT:
            self._keys.clear()
        self._keys[key] = (now + _KEY_MEMORY_US, person)

    def _by_session(self, connection: Connection) -> Person | None:
        token = connection.cookies.get(SESSION_COOKIE, "")
        person = log_in.person_of(self._services.access, token, self._services.clock.now_us()) if token else None
        if person is not None:
            connection.scope["state"]["session"] = token
        return person


def door_of(connection: Connection) -> Door:
    """Return the app's door."""
    door: Door = connection.app.state["door"]
    return door


def services_of(connection: Connection) -> Services:
    """Return the app's services; handlers that mustn't pay for ``Parts`` ask so."""
    services: Services = connection.app.state["services"]
    return services


def session_of(connection: Connection) -> str:
    """Return the session token of a person who came by cookie, empty for API keys and nobody."""
    door_of(connection).person(connection)
    token: str = connection.scope["state"].get("session", "")
    return token


def needs(*rights: Right) -> Callable[[Connection, BaseRouteHandler], Awaitable[None]]:
    """Return a guard that lets in whoever carries one of the rights, by key or by session."""

    async def guard(connection: Connection, _: BaseRouteHandler) -> None:
        await let_in(connection, *rights)

    return guard


async def let_in(connection: Connection, *rights: Right) -> None:
    """Return for whoever carries one of the rights; as a guard it costs 20 µs more, for Litestar copies the handler.

    Raises NotAuthorizedException, PermissionDeniedException.
    """
    person = door_of(connection).person(connection)
    if person is None:
        raise NotAuthorizedException(headers={"WWW-Authenticate": "Bearer"})
    if not any(person.may(right) for right in rights):
        raise PermissionDeniedException(f"role {person.role.value} may not do this")
    if "session" in connection.scope["state"]:
        await _check_origin(connection)


async def _check_origin(connection: Connection) -> None:
    """Raise PermissionDeniedException when a change comes by session without its token in the header or the form."""
    token = session_of(connection)
    if not token or not isinstance(connection, Request) or connection.method in _SAFE:
        return
    given = connection.headers.get(CSRF_HEADER) or (await connection.form()).get(CSRF_FIELD, "")
    if not log_in.csrf_holds(token, str(given)):
        raise PermissionDeniedException("the form has expired; load the page again")


def provide_person(request: Connection) -> Person:
    """Return who is asking; handlers behind ``needs`` always have someone."""
    person = door_of(request).person(request)
    if person is None:
        raise NotAuthorizedException(headers={"WWW-Authenticate": "Bearer"})
    return person
