"""The parts that the HTTP interface and the console need, handed in by the wiring; each is a port of one domain.

Ports raise ``wurao.core.errors.Error`` only. A port answers in memory or from a local store within milliseconds.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from prometheus_client import CollectorRegistry

from wurao.access.interface import AccessStore
from wurao.core.campaigns import Described, LinkDecision
from wurao.core.clock import Clock
from wurao.core.verdict import Verdict
from wurao.core.wishes import Profile
from wurao.detection.daily.misuse import Audited
from wurao.detection.daily.scored import Figures, Score
from wurao.detection.daily.timeline import Timeline
from wurao.detection.linking.deeds import Deeds
from wurao.detection.linking.listed import Listed
from wurao.detection.linking.traceback import Traceback
from wurao.detection.live.rehearsed import Rehearsed
from wurao.detection.originating.own import OwnDay
from wurao.edge.nouns import (
    Appeal,
    AppealState,
    Ask,
    Call,
    Check,
    Decision,
    DecisionFilter,
    Filed,
    Hour,
    Known,
    Proof,
    Redress,
    Replay,
    Report,
    Rule,
    Tally,
    Ticket,
    Vouched,
)
from wurao.screening.grounds import Grounds


class Answer(Protocol):
    """Decisions of calls, in their order."""

    def json(self) -> bytes:
        """Return the decisions as JSON objects of ``DecisionBody`` with commas between them."""

    def actions(self) -> dict[str, int]:
        """Return how many calls there were by action."""


class Screen(Protocol):
    """Decides calls over the shield tables and keeps each decision as a fact, visible within two seconds."""

    def has_room(self, calls: int) -> bool:
        """Tell whether as many decisions can be kept now."""

    def tell(self, calls: Sequence[Call]) -> Answer:
        """Decide calls in order, numbers as uint64 or text; raises InputError for a callee that is no number.

        What there is no room for is answered all the same, and counted as lost.
        """

    def decide_many(self, asks: Sequence[Ask]) -> list[Decision]:
        """Decide calls in order, one answer each; waits for room."""

    def explain(self, ask: Ask) -> Verdict:
        """Return the verdict with every symbol; decides nothing and keeps nothing."""


class History(Protocol):
    """The one stream of decisions, newest first."""

    def find(self, wanted: DecisionFilter) -> list[Decision]:
        """Return the newest decisions that pass the filter."""

    def get(self, receipt: str) -> Decision | None:
        """Return the decision of one receipt."""

    def since(self, mark: int, limit: int) -> tuple[int, list[Decision]]:
        """Return the decisions kept after ``mark``, at most ``limit``, rejects first, and the new mark; -1 is now."""

    def tally(self, since_us: int) -> Tally:
        """Return the counts of the strip since then."""

    def hours(self, since_us: int) -> list[Hour]:
        """Return the counts by hour since then, oldest first, hours without calls included."""


class Numbers(Protocol):
    """What is known of numbers, and what people of the desk teach of them."""

    def known(self, number: int) -> Known:
        """Return all that is known of one number."""

    def teach(self, number: int, who: str, *, wanted: bool) -> None:
        """Let a person of the desk say that a number is wanted or a nuisance; effective within a second."""


class Reports(Protocol):
    """Reports, durable once filed."""

    def file(self, report: Report, report_id: str = "") -> Filed:
        """Keep a report, under a new id unless one is given; it weighs in the tables within a second."""

    def get(self, report_id: str) -> Filed | None:
        """Return one report."""


class Wishes(Protocol):
    """Subscribers' wishes and personal lists."""

    def get(self, subscriber: int) -> Profile | None:
        """Return the wish of a subscriber, None if not enrolled."""

    def put(self, subscriber: int, profile: Profile) -> None:
        """Write the wish of a subscriber; effective within a second."""

    def allow(self, subscriber: int, number: int) -> None:
        """Put a number on the subscriber's allow list."""

    def deny(self, subscriber: int, number: int) -> None:
        """Put a number on the subscriber's deny list."""

    def denied(self, subscriber: int) -> list[int]:
        """Return the numbers on the subscriber's deny list."""

    def forgive(self, subscriber: int, number: int) -> None:
        """Take a number off the subscriber's deny list."""


class Appeals(Protocol):
    """Appeals from filing to their effect in the tables."""

    def file(self, number: int, receipt: str, text: str, *, proven: bool = False) -> Appeal:
        """Keep an appeal; one that is pending for the same number and receipt is returned instead.

        ``proven``: the filer proved to hold the number, which redresses it at once, on probation, once in 90 days.
        """

    def get(self, appeal_id: str) -> Appeal | None:
        """Return one appeal."""

    def of(self, number: int) -> list[Appeal]:
        """Return the appeals for a number since it is in its holder's hands, newest first."""

    def grounds(self, number: int) -> Grounds:
        """Return what the holder of a number may know of why its calls were stopped."""

    def queue(self, state: AppealState, limit: int) -> list[Appeal]:
        """Return appeals in a state: pending oldest first, decided newest first."""

    def count(self, state: AppealState) -> int:
        """Return how many appeals are in a state."""

    def decide(self, appeal_id: str, who: str, reason: str, *, uphold: bool) -> Appeal:
        """Decide a pending appeal; upheld it is live in the tables within a second."""


class Proofs(Protocol):
    """Proof of control of a number, by a code that goes to it."""

    def redress(self) -> Redress:
        """Return how people may appeal beside filing."""

    def ask(self, number: int, language: str) -> Ticket | None:
        """Have a code sent to a number and return its ticket, None when too many were sent for now.

        The answer is the same whatever is known of the number. Raises InputError where no code can go to it.
        """

    def prove(self, ticket: str, code: str) -> Proof | None:
        """Return the proof for the right code, None for any other, for one that is over, used or tried too often."""

    def number(self, proof: str) -> int:
        """Return the number that the bearer of a proof holds, 0 if it is unknown or over."""

    def forget(self, proof: str) -> None:
        """End a proof."""


class Rules(Protocol):
    """The symbols with weights, states and budgets."""

    def all(self) -> list[Rule]:
        """Return every rule."""

    def set_live(self, name: str, who: str, *, live: bool) -> Rule:
        """Turn a rule LIVE or SHADOW."""

    def replay(self, name: str, since_us: int) -> Replay:
        """Return what the rule did or would have done since then, and whom it would have hurt."""

    def maps(self) -> dict[str, int]:
        """Return the operator's maps and how many entries each has."""


class Health(Protocol):
    """The state of the service."""

    def ready(self) -> str:
        """Return an empty text when decisions can be made, else what is missing."""

    def checks(self) -> list[Check]:
        """Return tables, lake, book, journal, disk and versions, in reading order."""


class Originating(Protocol):
    """The operator's own numbers as callers."""

    @property
    def anybody(self) -> bool:
        """Whether the settings say which numbers are own."""

    def days(self, from_us: int, to_us: int) -> list[OwnDay]:
        """Return what own numbers did on each day, those with most complaints a call first."""


class Detection(Protocol):
    """What the daily run found of callers by how they call, and how the live model fares."""

    def live(self) -> Rehearsed | None:
        """Return what the live model has rehearsed, None where none is at work."""

    def figures(self) -> Figures | None:
        """Return the figures of the newest run, None before the first."""

    def flagged(self) -> list[Score]:
        """Return the callers that the newest run flags, the surest first."""

    def registry(self, flagged: list[Score]) -> list[Audited]:
        """Return verified callers among the flagged, and entries of the registry whose proof has run out."""

    def withdraw(self, key: str, span: int, who: str) -> None:
        """End the verification of the number or block that has this key; effective within a second."""

    def key(self, number: int) -> str:
        """Return what names a caller in addresses without telling its number."""

    def score(self, key: str) -> Score | None:
        """Return a caller's row of the newest run, None where it has none."""

    def timeline(self, key: str) -> Timeline | None:
        """Return a caller's calls of late, None where there is none."""


class Campaigns(Protocol):
    """Which numbers the newest run of the linking holds for one caller's, and what analysts decide of that."""

    def at_us(self) -> int | None:
        """Return when the newest run was made, None before the first."""

    def listed(self) -> list[Listed]:
        """Return the campaigns that stand with what they did of late, the busiest first."""

    def described(self, campaign_id: str) -> Described | None:
        """Return a campaign with its numbers and links, None where there is no such id."""

    def deeds(self, described: Described) -> Deeds:
        """Return what the numbers of a campaign did."""

    def traceback(self, campaign_id: str) -> Traceback | None:
        """Return what a request to trace a campaign needs; whoever gives it out logs that."""

    def vouched(self, asked: Iterable[int]) -> dict[int, Vouched]:
        """Return those of the numbers that somebody answers for or found wanted, and who."""

    def vouched_campaigns(self) -> dict[str, int]:
        """Return the campaigns that hold numbers for which somebody answers, with how many."""

    def key(self, number: int) -> str:
        """Return what names a number in addresses and forms without telling it."""

    def decisions(self) -> list[LinkDecision]:
        """Return what analysts decided so far, oldest first."""

    def decide(self, campaign_id: str, one: str, other: str, *, same: bool, who: str, note: str = "") -> LinkDecision:
        """Write that two numbers, named by key, do or don't belong together; the next run heeds it."""

    def take_back(self, one: str, other: str, who: str) -> LinkDecision | None:
        """Take a decision about two numbers back and return it, None where there is none."""


class Cards(Protocol):
    """Cards of redress for callers that were answered 608 (RFC 8688)."""

    def card(self, receipt: str) -> str | None:
        """Return the signed card for one call, None where none is set up."""


@dataclass(frozen=True, slots=True)
class Services:
    """Everything that ``create_app`` needs."""

    clock: Clock
    access: AccessStore
    screen: Screen
    history: History
    numbers: Numbers
    reports: Reports
    wishes: Wishes
    appeals: Appeals
    rules: Rules
    health: Health
    cards: Cards
    proofs: Proofs
    originating: Originating
    detection: Detection
    campaigns: Campaigns
    metrics: CollectorRegistry = field(default_factory=CollectorRegistry)
    secure_cookies: bool = False
    """Set where TLS ends in front of us, so that cookies travel by https only."""
