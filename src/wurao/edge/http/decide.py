"""``/v1/decide``: one call or many, answered from the shield tables; a fault of ours answers ``ring``."""

from typing import Final

from litestar import post
from litestar.params import JSONBody

from wurao.access.roles import Right
from wurao.core.verdict import Verdict
from wurao.edge.http import reading
from wurao.edge.http.bodies import (
    BATCH_BYTES,
    BatchAnswer,
    BatchBody,
    DecideBody,
    DecisionBody,
    decision_body,
)
from wurao.edge.http.door import Parts, needs


@post("/v1/decide", status_code=200, guards=[needs(Right.DECIDE)], sync_to_thread=False, tags=["decide"])
def decide(data: JSONBody[DecideBody], services: Parts) -> DecisionBody | Verdict:
    """Decide one call and keep the decision; with ``symbols`` answer the whole verdict."""
    ask = reading.ask(data, services.clock.now_us())
    decision = services.screen.decide(ask)
    return services.screen.explain(ask) if data.symbols else decision_body(decision)


@post(
    "/v1/decide/batch",
    status_code=200,
    guards=[needs(Right.DECIDE)],
    sync_to_thread=True,
    request_max_body_size=BATCH_BYTES,
    tags=["decide"],
)
def decide_batch(data: JSONBody[BatchBody], services: Parts) -> BatchAnswer:
    """Decide up to 10,000 calls, in order, and keep the decisions."""
    now = services.clock.now_us()
    asks = [reading.ask(call, now) for call in data.calls]
    decisions = services.screen.decide_many(asks)
    return BatchAnswer([decision_body(decision) for decision in decisions])


ROUTES: Final = (decide, decide_batch)
