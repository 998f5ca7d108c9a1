"""``/v1/decide``: one call or many, answered from the shield tables and kept through the service's ring; a message.

A call that can't be kept isn't decided: where the ring stays full for a second, 503 says when to come again, and
whoever asked lets the phone ring. What can be answered at once is answered before Litestar takes the request apart; the
handlers get the rest: messages, whole verdicts, bodies that don't read, and whoever finds no room.
"""

import asyncio
from typing import Any, Final, TypeVar

import msgspec
from litestar import Request, post
from litestar.exceptions import ServiceUnavailableException
from litestar.openapi import ResponseSpec
from litestar.params import JSONBody

from wurao.access.roles import Right
from wurao.core.verdict import Verdict
from wurao.edge.http import reading
from wurao.edge.http.bodies import BATCH_BYTES, BatchAnswer, BatchBody, DecideBody, DecisionBody
from wurao.edge.http.door import let_in, services_of
from wurao.edge.http.sending import Json
from wurao.edge.services import Answer

_PACE_S: Final = 0.01
_PATIENCE_S: Final = 1.0
_AGAIN_S: Final = "1"
_ONE: Final = msgspec.json.Decoder(DecideBody)
_MANY: Final = msgspec.json.Decoder(BatchBody)
Read = TypeVar("Read")
WAITING: Final = "waiting"
"""Under this name the app's state keeps the lock that is handed on in the order of asking."""


async def _one_at_once(request: Request[Any, Any, Any]) -> Json | None:
    await let_in(request, Right.DECIDE)
    data = await _read(request, _ONE)
    if data is None or data.text is not None or data.symbols or not _has_room(request, 1):
        return None
    return Json(services_of(request).screen.tell([data]).json())


async def _many_at_once(request: Request[Any, Any, Any]) -> Json | None:
    await let_in(request, Right.DECIDE)
    data = await _read(request, _MANY)
    if data is None or not _has_room(request, len(data.calls)):
        return None
    return _answer(services_of(request).screen.tell(data.calls))


@post(
    "/v1/decide",
    status_code=200,
    before_request=_one_at_once,
    responses={200: ResponseSpec(DecisionBody | Verdict)},
    tags=["decide"],
)
async def decide(data: JSONBody[DecideBody], request: Request[Any, Any, Any]) -> Json:
    """Decide one call and keep the decision; with ``symbols`` answer the whole verdict.

    With ``text`` judge one message: of an application port, or reported by its recipient; nothing of it is kept.
    """
    services = services_of(request)
    if data.text is not None:
        verdict = await asyncio.to_thread(services.messages.judge, reading.message(data))  # it reads the book
        return Json(msgspec.json.encode(verdict))
    await _room(request, 1)
    told = services.screen.tell([data])
    if data.symbols:
        return Json(msgspec.json.encode(services.screen.explain(reading.ask(data, services.clock.now_us()))))
    return Json(told.json())


@post(
    "/v1/decide/batch",
    status_code=200,
    before_request=_many_at_once,
    responses={200: ResponseSpec(BatchAnswer)},
    request_max_body_size=BATCH_BYTES,
    tags=["decide"],
)
async def decide_batch(data: JSONBody[BatchBody], request: Request[Any, Any, Any]) -> Json:
    """Decide up to 10,000 calls, in order, and keep the decisions."""
    await _room(request, len(data.calls))
    return _answer(services_of(request).screen.tell(data.calls))


def _answer(told: Answer) -> Json:
    return Json(b'{"decisions":[%b]}' % told.json())


async def _read(request: Request[Any, Any, Any], body: msgspec.json.Decoder[Read]) -> Read | None:
    """Return the body, None where Litestar must say what is wrong with it."""
    try:
        return body.decode(await request.body())
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None


def _has_room(request: Request[Any, Any, Any], calls: int) -> bool:
    """Tell whether nobody waits for room and as many decisions can be kept."""
    waiting: asyncio.Lock = request.app.state[WAITING]
    return not waiting.locked() and services_of(request).screen.has_room(calls)


async def _room(request: Request[Any, Any, Any], calls: int) -> None:
    """Return when as many decisions can be kept, in the order of asking; ServiceUnavailableException after 1 s."""
    screen = services_of(request).screen
    waiting: asyncio.Lock = request.app.state[WAITING]
    try:
        async with asyncio.timeout(_PATIENCE_S), waiting:
            while not screen.has_room(calls):  # noqa: ASYNC110 - room is made by another thread
                await asyncio.sleep(_PACE_S)
    except TimeoutError:
        raise ServiceUnavailableException(headers={"Retry-After": _AGAIN_S}) from None


ROUTES: Final = (decide, decide_batch)
