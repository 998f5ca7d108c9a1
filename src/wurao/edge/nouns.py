"""What the edge speaks of: a question about a call, the decision on it, rules, appeals, the state of the service."""

from typing import Final, Literal, Protocol

import msgspec

from wurao.core.categories import find
from wurao.core.standing import Standing
from wurao.core.verdict import Action

Source = Literal["api", "607", "607-unvouched"]
"""Where a report comes from: the API, or a 607 of SIP; unvouched where nobody stands in for the caller's number."""
AppealState = Literal["pending", "redressed", "rejected"]
UNSHOWN: Final = "unshown"
"""The state of a decision whose label the trunk couldn't carry to the phone: it rang unlabelled."""
STOPPED: Final = frozenset({Action.REJECT.text, Action.VOICEMAIL.text, Action.ASK.text})
"""Actions that keep the phone from ringing."""


class Ask(msgspec.Struct, frozen=True):
    """A question about one call; numbers are uint64 as in FORMATS, ``at_us`` 0 means now."""

    caller: int
    callee: int
    ingress: str = ""
    at_us: int = 0
    repeat: bool = False
    attestation: str = ""


class Message(msgspec.Struct, frozen=True):
    """A short message; ``port`` is p2p, application or empty; ``report``: the recipient's, if it filed one."""

    sender: int
    recipient: int
    text: str
    port: str = ""
    report: str = ""


class Call(Protocol):
    """What a call is decided by: an Ask, or a body of the API with the numbers as text."""

    @property
    def caller(self) -> int | str:
        """The caller."""

    @property
    def callee(self) -> int | str:
        """The callee."""

    @property
    def ingress(self) -> str:
        """The trunk's name."""

    @property
    def at_us(self) -> int:
        """When it began, microseconds UTC, 0 for now."""

    @property
    def repeat(self) -> bool:
        """Whether the asker knows it for a second call within three minutes."""

    @property
    def attestation(self) -> str:
        """A, B, C or empty."""


class Decision(msgspec.Struct, frozen=True, gc=False):
    """One row of the fact ``decisions``: what was done with a call, and why in names; ``score_deci`` is tenths.

    ``state``: live, shadow (the phone rang all the same) or UNSHOWN.
    """

    receipt: str
    caller: int
    callee: int
    at_us: int
    ingress: str
    action: str
    code: int
    score_deci: int
    category: str
    guard: str
    symbols: tuple[str, ...]
    state: str
    generation: int
    change: int

    @property
    def stopped(self) -> bool:
        """Return whether the phone was kept from ringing."""
        return self.action in STOPPED and self.state == "live"

    @property
    def rang_unlabelled(self) -> bool:
        """Return whether a label was due that couldn't reach the phone."""
        return self.state == UNSHOWN

    @property
    def of_class(self) -> str:
        """Return the ministry's class of the category."""
        return find(self.category).of_class


class DecisionFilter(msgspec.Struct, frozen=True):
    """Which decisions to show, newest first: empty or 0 means any; microseconds UTC, ``until_us`` excluded."""

    action: str = ""
    category: str = ""
    number: int = 0
    callee: int = 0
    ingress: str = ""
    receipt: str = ""
    since_us: int = 0
    until_us: int = 0
    limit: int = 50


class Tally(msgspec.Struct, frozen=True):
    """The strip above the receipts, counted since ``since_us``; the ``unlabelled`` are among those that rang anyway."""

    since_us: int
    wrongly_blocked: int
    stopped: int
    rang_anyway: int
    unlabelled: int
    open_appeals: int


class Hour(msgspec.Struct, frozen=True):
    """Decisions of one hour that begins at ``start_us``."""

    start_us: int
    stopped: int
    labelled: int
    rung: int


class Report(msgspec.Struct, frozen=True):
    """One report as a person or program files it; ``wanted`` turns it into a vote for the caller."""

    subject: int
    occurred_us: int
    reporter: int = 0
    category: str = "unknown"
    method: str = "unknown"
    text: str = ""
    wanted: bool = False
    receipt: str = ""
    """The receipt of the decision that it answers."""
    source: Source = "api"


class Filed(msgspec.Struct, frozen=True):
    """A report that is kept."""

    report_id: str
    received_us: int
    report: Report


class Appeal(msgspec.Struct, frozen=True):
    """An appeal against what was done with the calls of ``number``."""

    appeal_id: str
    number: int
    receipt: str
    text: str
    filed_us: int
    state: AppealState = "pending"
    reason: str = ""
    decided_us: int = 0
    decided_by: str = ""


class Redress(msgspec.Struct, frozen=True):
    """How people may appeal beside filing: by a code to their number, by a message to a short code ("" = none)."""

    codes: bool = False
    short_code: str = ""


class Ticket(msgspec.Struct, frozen=True):
    """What belongs to a code that was asked for; the code works with it only."""

    ticket: str
    expires_us: int


class Proof(msgspec.Struct, frozen=True):
    """What shows for a while that its bearer proved to hold a number."""

    proof: str
    expires_us: int


class Rule(msgspec.Struct, frozen=True):
    """One symbol with its texts, weight and state; false blocks are counted against the budget of its window."""

    name: str
    title_zh: str
    title_en: str
    weight: float
    group: str
    state: Literal["live", "shadow"]
    hits: int
    false_blocks: int
    budget: int
    window_days: int


class Hurt(msgspec.Struct, frozen=True):
    """One call that a rule decided and that was wanted, or that would have rung without it."""

    decision: Decision
    wanted: bool


class Replay(msgspec.Struct, frozen=True):
    """What a rule did, or in SHADOW would have done, with the calls since ``since_us``."""

    rule: str
    since_us: int
    calls: int
    stopped: int
    labelled: int
    hurt: tuple[Hurt, ...]


class Check(msgspec.Struct, frozen=True):
    """One line of the state of the service; ``ok`` None means that it is only a figure."""

    name: str
    value: str
    ok: bool | None = None


class Finding(msgspec.Struct, frozen=True):
    """One thing that was looked at: whether it holds (None: a figure), what was seen, and the mend if it doesn't."""

    name: str
    ok: bool | None
    detail: str
    mend: str = ""


class RingState(msgspec.Struct, frozen=True):
    """What the decision rings of this machine's edges carried; ``refused`` says why one of them isn't read.

    ``waiting`` records lie in them now; ``ringless`` calls found none.
    """

    rings: int
    collected: int
    lost: int
    damaged: int
    refused: str = ""
    waiting: int = 0
    ringless: int = 0


class Vouched(msgspec.Struct, frozen=True):
    """Why a number isn't simply a suspect's; ``organisation`` is who answers for a verified one."""

    why: Literal["verified", "taught", "redressed"]
    organisation: str = ""


class Known(msgspec.Struct, frozen=True):
    """All that is known of a number: exact rows first, then the ranges around it, and the latest decisions."""

    number: int
    standing: tuple[Standing, ...]
    decisions: tuple[Decision, ...]
