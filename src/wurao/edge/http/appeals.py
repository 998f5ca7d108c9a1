"""``/v1/appeals``: filing is open to anyone and rate-limited; what is known is told to the number's holder alone.

Whoever has a code sent to the number and says what it was gets a proof, sent as ``Wurao-Proof``. Without one a filer
reads that the appeal was received, and nothing that depends on the number.
"""

from typing import Any, Final

import msgspec
from litestar import Request, get, post
from litestar.exceptions import NotAuthorizedException, NotFoundException, TooManyRequestsException
from litestar.params import FromPath, JSONBody

from wurao.access.roles import Right
from wurao.core.errors import PolicyError
from wurao.edge.http import reading
from wurao.edge.http.bodies import (
    AppealAnswer,
    AppealBody,
    CodeBody,
    GroundsAnswer,
    ProofAnswer,
    ProofBody,
    TicketAnswer,
)
from wurao.edge.http.door import Parts, door_of, session_of
from wurao.edge.http.language import language_of
from wurao.edge.http.throttles import FilingLimits, Limits
from wurao.edge.nouns import Appeal, Ticket
from wurao.edge.services import Services

Asking = Request[Any, Any, Any]
PROOF_HEADER: Final = "wurao-proof"
RECEIVED: Final = "received"
"""The state of an appeal for whoever hasn't proved to hold its number."""
_LATER_S: Final = "600"


@post("/v1/appeals", sync_to_thread=True, tags=["appeals"])
def file_appeal(data: JSONBody[AppealBody], services: Parts, limits: Limits, request: Asking) -> AppealAnswer:
    """File an appeal against what was done with a number's calls."""
    vouched = data.proven and _vouches(request, limits)
    if not vouched:
        limits.appeals(request)
    number = reading.number(data.number, "number")
    proven = vouched or holds(request.headers.get(PROOF_HEADER, ""), number, services)
    return _answer(services.appeals.file(number, data.receipt, data.text, proven=proven), proven=proven)


@get("/v1/appeals/{appeal_id:str}", sync_to_thread=True, tags=["appeals"])
def read_appeal(appeal_id: FromPath[str], services: Parts, request: Asking) -> AppealAnswer:
    """Return how an appeal stands to whoever proved to hold its number, else that it was received."""
    appeal = services.appeals.get(appeal_id)
    if appeal is None:
        raise NotFoundException
    return _answer(appeal, proven=holds(request.headers.get(PROOF_HEADER, ""), appeal.number, services))


@post("/v1/appeals/codes", sync_to_thread=True, status_code=202, tags=["appeals"])
def ask_code(data: JSONBody[CodeBody], services: Parts, limits: Limits, request: Asking) -> TicketAnswer:
    """Have a one-time code sent to a number."""
    limits.codes(request)
    ticket = asked(services, reading.number(data.number, "number"), request)
    return TicketAnswer(ticket.ticket, ticket.expires_us)


@post("/v1/appeals/proofs", sync_to_thread=True, tags=["appeals"])
def prove(data: JSONBody[ProofBody], services: Parts, limits: Limits, request: Asking) -> ProofAnswer:
    """Turn a code into a proof; a code works once, and for five tries."""
    limits.code_tries(request)
    proof = services.proofs.prove(data.ticket, data.code)
    if proof is None:
        raise PolicyError("the code isn't right, or not any more", mend="ask for a new one")
    return ProofAnswer(proof.proof, proof.expires_us)


@get("/v1/appeals/grounds", sync_to_thread=True, tags=["appeals"])
def read_grounds(services: Parts, request: Asking) -> GroundsAnswer:
    """Return what the holder of the proven number may know, and how its appeals stand."""
    number = services.proofs.number(request.headers.get(PROOF_HEADER, ""))
    if not number:
        raise NotAuthorizedException("prove first that the number is yours")
    told = msgspec.structs.asdict(services.appeals.grounds(number))
    return GroundsAnswer(appeals=[_answer(appeal, proven=True) for appeal in services.appeals.of(number)], **told)


def asked(services: Services, number: int, request: Asking) -> Ticket:
    """Have a code sent and return its ticket. Raises InputError, TooManyRequestsException."""
    ticket = services.proofs.ask(number, language_of(request))
    if ticket is None:
        raise TooManyRequestsException(headers={"Retry-After": _LATER_S})
    return ticket


def holds(proof: str, number: int, services: Services) -> bool:
    """Return whether a proof shows that its bearer holds ``number``."""
    return bool(proof) and services.proofs.number(proof) == number


def _vouches(request: Asking, limits: FilingLimits) -> bool:
    """Return whether the network itself says that the filer holds the number: a program with the right to report."""
    person = door_of(request).person(request)
    if person is None or session_of(request):
        raise NotAuthorizedException(headers={"WWW-Authenticate": "Bearer"})
    person.need(Right.REPORT)
    limits.reports(person)
    return True


def _answer(appeal: Appeal, *, proven: bool) -> AppealAnswer:
    url = f"/appeal?id={appeal.appeal_id}"
    if not proven:
        return AppealAnswer(appeal.appeal_id, RECEIVED, url)
    return AppealAnswer(appeal.appeal_id, appeal.state, url, appeal.filed_us, appeal.decided_us, appeal.reason)


ROUTES: Final = (file_appeal, read_appeal, ask_code, prove, read_grounds)
