"""``/v1/appeals``: filing is open to anyone and rate-limited; nothing about the number or its reports is given out."""

from typing import Any, Final

from litestar import Request, get, post
from litestar.exceptions import NotFoundException
from litestar.params import FromPath, JSONBody

from wurao.edge.http import reading
from wurao.edge.http.bodies import AppealAnswer, AppealBody
from wurao.edge.http.door import Parts
from wurao.edge.http.throttles import Limits
from wurao.edge.nouns import Appeal

Asking = Request[Any, Any, Any]


@post("/v1/appeals", sync_to_thread=True, tags=["appeals"])
def file_appeal(
    data: JSONBody[AppealBody], services: Parts, limits: Limits, request: Request[Any, Any, Any]
) -> AppealAnswer:
    """File an appeal against what was done with a number's calls."""
    limits.appeals(request)
    return _answer(services.appeals.file(reading.number(data.number, "number"), data.receipt, data.text))


@get("/v1/appeals/{appeal_id:str}", sync_to_thread=True, tags=["appeals"])
def read_appeal(appeal_id: FromPath[str], services: Parts) -> AppealAnswer:
    """Return how an appeal stands."""
    appeal = services.appeals.get(appeal_id)
    if appeal is None:
        raise NotFoundException
    return _answer(appeal)


def _answer(appeal: Appeal) -> AppealAnswer:
    return AppealAnswer(
        appeal_id=appeal.appeal_id,
        state=appeal.state,
        filed_us=appeal.filed_us,
        decided_us=appeal.decided_us,
        reason=appeal.reason,
        url=f"/appeal?id={appeal.appeal_id}",
    )


ROUTES: Final = (file_appeal, read_appeal)
