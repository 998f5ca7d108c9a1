"""``/v1/decide``: one call or many, answered from the shield tables and kept through the service's ring.

A call that can't be kept isn't decided: where the ring stays full for a second, 503 says when to come again, and
whoever asked lets the phone ring.
"""

import asyncio
from typing import Final

import msgspec
from litestar import post
from litestar.exceptions import ServiceUnavailableException
from litestar.openapi import ResponseSpec
from litestar.params import JSONBody

from wurao.access.roles import Right
from wurao.core.verdict import Verdict
from wurao.edge.http import reading
from wurao.edge.http.bodies import BATCH_BYTES, BatchAnswer, BatchBody, DecideBody, DecisionBody
from wurao.edge.http.door import Parts, needs
from wurao.edge.services import Screen

_PACE_S: Final = 0.01
_TRIES: Final = 100
_AGAIN_S: Final = "1"


@post(
    "/v1/decide",
    status_code=200,
    guards=[needs(Right.DECIDE)],
    responses={200: ResponseSpec(DecisionBody | Verdict)},
    tags=["decide"],
)
async def decide(data: JSONBody[DecideBody], services: Parts) -> bytes:
    """Decide one call and keep the decision; with ``symbols`` answer the whole verdict."""
    await _room(services.screen, 1)
    told = services.screen.tell([data])
    if data.symbols:
        return msgspec.json.encode(services.screen.explain(reading.ask(data, services.clock.now_us())))
    return told.json()


@post(
    "/v1/decide/batch",
    status_code=200,
    guards=[needs(Right.DECIDE)],
    responses={200: ResponseSpec(BatchAnswer)},
    request_max_body_size=BATCH_BYTES,
    tags=["decide"],
)
async def decide_batch(data: JSONBody[BatchBody], services: Parts) -> bytes:
    """Decide up to 10,000 calls, in order, and keep the decisions."""
    await _room(services.screen, len(data.calls))
    return b'{"decisions":[%b]}' % services.screen.tell(data.calls).json()


async def _room(screen: Screen, calls: int) -> None:
    """Return when as many decisions can be kept; raises ServiceUnavailableException after a second."""
    for _ in range(_TRIES):
        if screen.has_room(calls):
            return
        await asyncio.sleep(_PACE_S)
    raise ServiceUnavailableException(headers={"Retry-After": _AGAIN_S})


ROUTES: Final = (decide, decide_batch)
