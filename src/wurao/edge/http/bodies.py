"""Request and answer bodies, with the names and bounds of FORMATS; numbers are text outside."""

from typing import Annotated, Final, Literal

import msgspec
from msgspec import Meta

from wurao.core.categories import Method, find
from wurao.core.clock import parse_instant
from wurao.core.verdict import Attestation
from wurao.core.wishes import HalfHour, Level
from wurao.edge.nouns import Decision

BATCH_ROWS: Final = 10_000
BATCH_BYTES: Final = 4 * 2**20
BODY_BYTES: Final = 64 * 2**10
Number = Annotated[str, Meta(min_length=1, max_length=64, description="E.164, national, or a service number")]
MaybeNumber = Annotated[str, Meta(max_length=64, description="empty or missing: withheld")]
Time = Annotated[str | int, Meta(description="microseconds since 1970 UTC or ISO 8601 (without offset: China)")]


class CallBody(msgspec.Struct, frozen=True, gc=False):
    """A call to decide; ``start_us`` missing means now."""

    callee: Number
    caller: MaybeNumber = ""
    start_us: Time | None = None
    ingress: Annotated[str, Meta(max_length=64)] = ""
    attestation: Attestation = ""
    repeat: bool = False

    @property
    def at_us(self) -> int:
        """When the call began in microseconds UTC, 0 for now. Raises InputError."""
        return 0 if self.start_us is None else parse_instant(str(self.start_us))


class DecideBody(CallBody, frozen=True, gc=False):
    """One call, or with ``text`` one message; ``symbols``: answer the whole verdict with every symbol and its texts.

    A message has ``sender``, ``recipient`` and ``port`` (p2p, application; empty: told by the sender's number) in place
    of caller and callee, and is answered by the whole verdict. ``report`` is the id of
    the report by which its recipient handed the text in.
    """

    callee: MaybeNumber = ""
    symbols: bool = False
    sender: MaybeNumber = ""
    recipient: MaybeNumber = ""
    text: Annotated[str, Meta(max_length=4096)] | None = None
    port: Literal["", "p2p", "application"] = ""
    report: Annotated[str, Meta(max_length=64)] = ""


class BatchBody(msgspec.Struct, frozen=True):
    """Calls to decide, answered in order."""

    calls: Annotated[list[CallBody], Meta(max_length=BATCH_ROWS)]


class DecisionBody(msgspec.Struct, frozen=True, rename={"of_class": "class"}):
    """What to do with a call: answer it with ``sip_code`` unless it is 0."""

    action: str
    sip_code: int
    score: float
    category: str
    of_class: str
    guard: str
    symbols: tuple[str, ...]
    evidence_id: str
    appeal_url: str
    state: str
    generation: int
    change: int


class BatchAnswer(msgspec.Struct, frozen=True):
    """Decisions in the order of the calls."""

    decisions: list[DecisionBody]


class ReportBody(msgspec.Struct, frozen=True):
    """A report; ``wanted`` makes it a vote for the caller, ``reporter`` missing is one anonymous vote."""

    subject: Number
    occurred_us: Time
    reporter: MaybeNumber = ""
    category: Annotated[str, Meta(max_length=64)] = "unknown"
    method: Method = "unknown"
    text: Annotated[str, Meta(max_length=4096)] = ""
    wanted: bool = False
    receipt: Annotated[str, Meta(max_length=32)] = ""


class ReportAnswer(msgspec.Struct, frozen=True):
    """A report that is kept; the reporter is never given out."""

    report_id: str
    received_us: int
    subject: str
    category: str
    method: str
    wanted: bool


class WishBody(msgspec.Struct, frozen=True):
    """A wish: levels by trade, ``harassment``, ``fraud`` and ``unknown_bulk``; a key left out is level 0 (rings)."""

    levels: dict[str, Level] = {}
    segments: dict[str, Annotated[int, Meta(ge=0, le=2)]] = {}
    quiet_start: HalfHour = 0
    quiet_end: HalfHour = 0


class AppealBody(msgspec.Struct, frozen=True):
    """An appeal: the number that was stopped, or the receipt of one call, and what the caller has to say.

    ``proven`` (right *report* only): the network vouches that the filer holds the number, as for a message to its short
    code.
    """

    number: Number
    receipt: Annotated[str, Meta(max_length=32)] = ""
    text: Annotated[str, Meta(max_length=2000)] = ""
    proven: bool = False


class AppealAnswer(msgspec.Struct, frozen=True):
    """How an appeal stands: ``received`` and no more to whoever hasn't proved to hold its number."""

    appeal_id: str
    state: str
    url: str
    filed_us: int = 0
    decided_us: int = 0
    reason: str = ""


class CodeBody(msgspec.Struct, frozen=True):
    """The number that a one-time code shall go to."""

    number: Number


class TicketAnswer(msgspec.Struct, frozen=True):
    """What belongs to the code; whether one was sent isn't told."""

    ticket: str
    expires_us: int


class ProofBody(msgspec.Struct, frozen=True):
    """The code that came to the number, and its ticket."""

    ticket: Annotated[str, Meta(max_length=64)]
    code: Annotated[str, Meta(max_length=16)]


class ProofAnswer(msgspec.Struct, frozen=True):
    """What to send as ``Wurao-Proof`` until then."""

    proof: str
    expires_us: int


class GroundsAnswer(msgspec.Struct, frozen=True):
    """What a number's holder may know; ``reporters`` is the lower bound of a bucket, 0 below two, days are China's."""

    categories: tuple[str, ...]
    families: tuple[str, ...]
    first_day: str
    last_day: str
    reporters: int
    appeals: list[AppealAnswer]


def decision_body(decision: Decision) -> DecisionBody:
    """Return a decision as the API answers it."""
    told = decision.action != "ring"
    return DecisionBody(
        action=decision.action,
        sip_code=decision.code,
        score=decision.score_deci / 10,
        category=decision.category,
        of_class=find(decision.category).of_class,
        guard=decision.guard,
        symbols=decision.symbols,
        evidence_id=decision.receipt,
        appeal_url=f"/appeal?id={decision.receipt}" if told else "",
        state=decision.state,
        generation=decision.generation,
        change=decision.change,
    )
