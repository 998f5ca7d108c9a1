"""An in-memory stand-in for every port of ``Services``, with a small town's worth of calls; no table, book or lake."""

import itertools
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

import msgspec

from wurao.access import codes, passwords
from wurao.access.interface import Account, ApiKey, Look, Session
from wurao.access.roles import Role
from wurao.core.clock import DAY_US, HOUR_US, MINUTE_US, SECOND_US, FixedClock, day_of
from wurao.core.errors import InputError
from wurao.core.payload import INVALID_CALLER
from wurao.core.standing import Standing
from wurao.core.verdict import SymbolHit, Verdict
from wurao.core.wishes import Profile, default_profile
from wurao.detection.calibration.drift import Drift
from wurao.detection.daily.misuse import Audited, audit
from wurao.detection.daily.scored import Figures, OfClass, Score
from wurao.detection.daily.timeline import Stretch, Timeline
from wurao.detection.daily.usual import Range
from wurao.detection.originating.own import OwnDay
from wurao.detection.scoring.explaining import Explanation, Reason
from wurao.detection.scoring.judging import Shadow
from wurao.edge.http import reading
from wurao.edge.http.bodies import CallBody, decision_body
from wurao.edge.nouns import (
    Appeal,
    AppealState,
    Ask,
    Check,
    Decision,
    DecisionFilter,
    Filed,
    Hour,
    Hurt,
    Known,
    Proof,
    Redress,
    Replay,
    Report,
    Rule,
    Tally,
    Ticket,
)
from wurao.edge.services import Services
from wurao.screening.appeal import ON_PROBATION
from wurao.screening.grounds import Grounds
from wurao.store.book.registry import VerifiedCaller

NOW_US = 1_787_000_000_000_000  # 2026-08-18 01:33:20 UTC
SUBSCRIBER = 8613800138000
OTHER = 8615912345021
ROBOT = 8617612341417
COURIER = 8613912345678
PASSWORD = "correct-horse-battery"
_RECEIPTS = itertools.count(1)

_CALLS = (
    (ROBOT, "reject", 603, 176, "securities", "system", ("REPORTED", "ROBOT_CALLER")),
    (8617312341861, "reject", 603, 168, "loan_finance", "system", ("REPORTED", "REPORTED_RANGE")),
    (8613712344122, "label", 0, 69, "loan_finance", "system", ("REPORTED_RANGE",)),
    (COURIER, "ring", 0, 0, "courier", "expected", ()),
    (8618012347521, "reject", 603, 193, "debt_collection", "system", ("REPORTED", "CAMPAIGN_MEMBER")),
    (10**15 + 95588, "ring", 0, 0, "bank_service", "public_service", ()),
    (8613612340001, "ring", 0, 0, "person", "contact", ()),
    (0, "label", 0, 40, "unknown", "system", ("ANONYMOUS_CALLER",)),
    (INVALID_CALLER, "label", 0, 50, "unknown", "system", ("INVALID_NUMBER",)),
    (8657188881234, "ring", 0, 21, "unknown", "none", ()),
)


def sample_decision(index: int, at_us: int, callee: int = SUBSCRIBER) -> Decision:
    caller, action, code, score, category, guard, symbols = _CALLS[index % len(_CALLS)]
    return Decision(
        receipt=f"{next(_RECEIPTS):024x}",
        caller=caller,
        callee=callee if index % 6 == 0 else OTHER,
        at_us=at_us,
        ingress="trunk-a" if index % 3 else "overseas",
        action=action,
        code=code,
        score_deci=score,
        category=category,
        guard=guard,
        symbols=symbols,
        state="live",
        generation=12,
        change=48211,
    )


@dataclass
class FakeAccess:
    accounts: dict[str, Account] = field(default_factory=dict)
    keys: dict[str, ApiKey] = field(default_factory=dict)
    sessions: dict[str, Session] = field(default_factory=dict)
    looks: list[Look] = field(default_factory=list)

    def account(self, name: str) -> Account | None:
        return self.accounts.get(name)

    def put_account(self, account: Account) -> None:
        self.accounts[account.name] = account

    def has_accounts(self) -> bool:
        return bool(self.accounts)

    def api_key(self, key_id: str) -> ApiKey | None:
        return self.keys.get(key_id)

    def put_api_key(self, key: ApiKey) -> None:
        self.keys[key.key_id] = key

    def session(self, token_hash: str) -> Session | None:
        return self.sessions.get(token_hash)

    def put_session(self, session: Session) -> None:
        self.sessions[session.token_hash] = session

    def end_session(self, token_hash: str) -> None:
        self.sessions.pop(token_hash, None)

    def log_looks(self, looks: Sequence[Look]) -> None:
        self.looks.extend(looks)


@dataclass
class FakeHistory:
    rows: list[Decision] = field(default_factory=list)
    open_appeals: int = 1

    def find(self, wanted: DecisionFilter) -> list[Decision]:
        def passes(row: Decision) -> bool:
            return (
                wanted.action in ("", row.action)
                and wanted.category in ("", row.category)
                and wanted.number in (0, row.caller)
                and wanted.callee in (0, row.callee)
                and wanted.ingress in ("", row.ingress)
                and row.at_us >= wanted.since_us
                and (not wanted.until_us or row.at_us < wanted.until_us)
            )

        newest = sorted(self.rows, key=lambda row: -row.at_us)
        return [row for row in newest if passes(row)][: wanted.limit]

    def get(self, receipt: str) -> Decision | None:
        return next((row for row in self.rows if row.receipt == receipt), None)

    def since(self, mark: int, limit: int) -> tuple[int, list[Decision]]:
        if mark < 0:
            return len(self.rows), []
        return len(self.rows), sorted(self.rows[mark:], key=lambda row: not row.stopped)[:limit]

    def tally(self, since_us: int) -> Tally:
        stopped = sum(row.stopped for row in self.rows)
        return Tally(since_us, 2, stopped, 3, 1, self.open_appeals) if self.rows else Tally(since_us, 0, 0, 0, 0, 0)

    def hours(self, since_us: int) -> list[Hour]:
        if not self.rows:
            return []
        return [Hour(since_us + n * HOUR_US, 40 + n * n % 37, 12 + n % 5, 90 + n * 7 % 50) for n in range(24)]


class FakeAnswer:
    def __init__(self, decisions: list[Decision]) -> None:
        self._decisions = decisions

    def json(self) -> bytes:
        return b",".join(msgspec.json.encode(decision_body(decision)) for decision in self._decisions)

    def actions(self) -> dict[str, int]:
        return Counter(decision.action for decision in self._decisions)


@dataclass
class FakeScreen:
    clock: FixedClock
    history: FakeHistory
    full: bool = False

    def has_room(self, calls: int) -> bool:  # noqa: ARG002
        return not self.full

    def tell(self, calls: Sequence[CallBody]) -> FakeAnswer:
        return FakeAnswer(self.decide_many([reading.ask(call, self.clock.now_us()) for call in calls]))

    def decide(self, ask: Ask) -> Decision:
        index = next((n for n, call in enumerate(_CALLS) if call[0] == ask.caller), 9)
        row = msgspec.structs.replace(
            sample_decision(index, ask.at_us or self.clock.now_us(), ask.callee),
            caller=ask.caller,
            ingress=ask.ingress,
        )
        self.history.rows.append(row)
        return row

    def decide_many(self, asks: Sequence[Ask]) -> list[Decision]:
        return [self.decide(ask) for ask in asks]

    def explain(self, ask: Ask) -> Verdict:
        robot = ask.caller == ROBOT
        symbols = (
            SymbolHit("REPORTED", 11.6, "30 天内 41 人举报", "41 people reported it within 30 days", "reports"),
            SymbolHit("ROBOT_CALLER", 6.0, "前 20 通呼叫的行为像机器人", "its first 20 calls look like a robot's"),
        )
        return Verdict(
            action="reject" if robot else "ring",
            sip_code=603 if robot else 0,
            score=17.6 if robot else 0.0,
            threshold=15.0,
            category="securities" if robot else "unknown",
            of_class="commercial" if robot else "unknown",
            method="robot" if robot else "unknown",
            campaign="c-7f3a" if robot else "",
            wish="securities" if robot else "",
            symbols=symbols if robot else (),
            reason_zh="30 天内 41 人举报；行为像机器人；您选择拒接股票证券荐股" if robot else "没有对此号码不利的依据",
            reason_en="41 people reported it; you reject stock tips" if robot else "nothing speaks against this number",
            evidence_id="",
            appeal_url="",
            expires_us=0,
            state="live",
            generation=12,
            change=48211,
            guard="system" if robot else "none",
        )


@dataclass
class FakeNumbers:
    history: FakeHistory
    taught: list[tuple[int, str, bool]] = field(default_factory=list)

    def known(self, number: int) -> Known:
        reported = Standing(
            ROBOT,
            "REPORTED",
            0.58,
            "reporting",
            NOW_US - DAY_US,
            category="securities",
            method="robot",
            facts={"reporters": 41, "days": 30},
            expires_us=NOW_US + 90 * DAY_US,
        )
        ranged = Standing(
            ROBOT // 1000,
            "REPORTED_RANGE",
            0.31,
            "reporting",
            NOW_US - DAY_US,
            span=3,
            category="securities",
            facts={"block": 1000, "reported": 17},
        )
        decisions = tuple(self.history.find(DecisionFilter(number=number, limit=20)))
        return Known(number, (reported, ranged) if number == ROBOT else (), decisions)

    def teach(self, number: int, who: str, *, wanted: bool) -> None:
        self.taught.append((number, who, wanted))


@dataclass
class FakeReports:
    clock: FixedClock
    filed: dict[str, Filed] = field(default_factory=dict)

    def file(self, report: Report, report_id: str = "") -> Filed:
        filed = Filed(report_id or f"r{len(self.filed) + 1}", self.clock.now_us(), report)
        self.filed[filed.report_id] = filed
        return filed

    def get(self, report_id: str) -> Filed | None:
        return self.filed.get(report_id)


@dataclass
class FakeWishes:
    profiles: dict[int, Profile] = field(default_factory=dict)
    allowed: list[tuple[int, int]] = field(default_factory=list)
    blocked: list[tuple[int, int]] = field(default_factory=list)

    def get(self, subscriber: int) -> Profile | None:
        return self.profiles.get(subscriber)

    def put(self, subscriber: int, profile: Profile) -> None:
        self.profiles[subscriber] = profile

    def allow(self, subscriber: int, number: int) -> None:
        self.allowed.append((subscriber, number))

    def deny(self, subscriber: int, number: int) -> None:
        self.blocked.append((subscriber, number))

    def denied(self, subscriber: int) -> list[int]:
        return [number for owner, number in self.blocked if owner == subscriber]

    def forgive(self, subscriber: int, number: int) -> None:
        self.blocked = [entry for entry in self.blocked if entry != (subscriber, number)]


@dataclass
class FakeAppeals:
    clock: FixedClock
    kept: dict[str, Appeal] = field(default_factory=dict)

    def file(self, number: int, receipt: str, text: str, *, proven: bool = False) -> Appeal:
        for appeal in self.kept.values():
            if (appeal.number, appeal.receipt, appeal.state) == (number, receipt, "pending"):
                return appeal
        appeal = Appeal(f"a{len(self.kept) + 1}", number, receipt, text, self.clock.now_us())
        if proven:
            now_us = self.clock.now_us()
            appeal = msgspec.structs.replace(
                appeal, state="redressed", reason=ON_PROBATION, decided_us=now_us, decided_by="automatic"
            )
        self.kept[appeal.appeal_id] = appeal
        return appeal

    def get(self, appeal_id: str) -> Appeal | None:
        return self.kept.get(appeal_id)

    def of(self, number: int) -> list[Appeal]:
        return [appeal for appeal in self.kept.values() if appeal.number == number]

    def grounds(self, number: int) -> Grounds:
        told = Grounds(("securities",), ("behaviour", "reports"), "2026-08-02", "2026-08-17", 20)
        return told if number == ROBOT else Grounds()

    def queue(self, state: AppealState, limit: int) -> list[Appeal]:
        return [appeal for appeal in self.kept.values() if appeal.state == state][:limit]

    def count(self, state: AppealState) -> int:
        return len(self.queue(state, 10**6))

    def decide(self, appeal_id: str, who: str, reason: str, *, uphold: bool) -> Appeal:
        appeal = self.kept.get(appeal_id)
        if appeal is None or appeal.state != "pending":
            raise InputError("this appeal is not pending")
        state: AppealState = "redressed" if uphold else "rejected"
        decided = msgspec.structs.replace(
            appeal, state=state, reason=reason, decided_by=who, decided_us=self.clock.now_us()
        )
        self.kept[appeal_id] = decided
        return decided


@dataclass
class FakeProofs:
    """Sends the code 246810 to mobiles; short code 10086999."""

    clock: FixedClock
    sent: list[tuple[int, str]] = field(default_factory=list)
    offered: bool = True
    exhausted: bool = False
    tickets: dict[str, int] = field(default_factory=dict)
    proofs: dict[str, int] = field(default_factory=dict)

    def redress(self) -> Redress:
        return Redress(codes=self.offered, short_code="10086999")

    def ask(self, number: int, language: str) -> Ticket | None:
        if not codes.reachable(number):
            raise InputError("no code can go to this kind of number")
        if self.exhausted:
            return None
        self.sent.append((number, language))
        ticket = f"ticket-{len(self.sent)}"
        self.tickets[ticket] = number
        return Ticket(ticket, self.clock.now_us() + 10 * MINUTE_US)

    def prove(self, ticket: str, code: str) -> Proof | None:
        if code != "246810" or ticket not in self.tickets:
            return None
        proof = f"proof-{ticket}"
        self.proofs[proof] = self.tickets.pop(ticket)
        return Proof(proof, self.clock.now_us() + 30 * MINUTE_US)

    def number(self, proof: str) -> int:
        return self.proofs.get(proof, 0)

    def forget(self, proof: str) -> None:
        self.proofs.pop(proof, None)


def _rules() -> dict[str, Rule]:
    rows = (
        Rule("REPORTED", "多人举报", "reported by several people", 20.0, "reports", "live", 1284, 1, 3, 7),
        Rule(
            "REPORTED_RANGE",
            "相邻号码多被举报",
            "its neighbours are reported",
            9.0,
            "neighbourhood",
            "live",
            412,
            0,
            3,
            7,
        ),
        Rule("ROBOT_CALLER", "呼叫行为像机器人", "calls like a robot", 16.0, "behaviour", "shadow", 97, 3, 3, 7),
        Rule("VERIFIED_CALLER", "已核验的主叫单位", "a verified caller", -20.0, "goodwill", "live", 66, 0, 3, 7),
    )
    quiet = (
        ("CAMPAIGN_MEMBER", "属于已知的骚扰团伙", "belongs to a known nuisance campaign", 9.0, "campaign"),
        ("ANONYMOUS_CALLER", "隐藏号码", "the number is withheld", 4.0, "form"),
        ("INVALID_NUMBER", "不可能存在的号码", "a number that cannot exist", 5.0, "form"),
        ("ROBOT_PACING", "拨打间隔像机器一样规律", "calls at a machine's pace", 0.0, "behaviour"),
        ("FANOUT", "拨打的多是从未联系过的号码", "calls strangers, hardly anybody twice", 0.0, "behaviour"),
        ("SHORT_TALK", "接通后很快被挂断", "those who answer hang up within seconds", 0.0, "behaviour"),
        ("NEVER_MOVES", "从不移动位置", "never moves from its place", 0.0, "behaviour"),
    )
    others = (Rule(*row, state="live", hits=12, false_blocks=0, budget=3, window_days=7) for row in quiet)
    return {rule.name: rule for rule in (*rows, *others)}


@dataclass
class FakeRules:
    history: FakeHistory
    rules: dict[str, Rule] = field(default_factory=_rules)

    def all(self) -> list[Rule]:
        return list(self.rules.values())

    def set_live(self, name: str, who: str, *, live: bool) -> Rule:  # noqa: ARG002
        if name not in self.rules:
            raise InputError(f"there is no rule {name!r}")
        self.rules[name] = msgspec.structs.replace(self.rules[name], state="live" if live else "shadow")
        return self.rules[name]

    def replay(self, name: str, since_us: int) -> Replay:
        if name not in self.rules:
            raise InputError(f"there is no rule {name!r}")
        rows = [row for row in self.history.rows if name in row.symbols]
        hurt = tuple(Hurt(row, wanted=n == 0) for n, row in enumerate(rows[:3]))
        return Replay(name, since_us, 10_240, len(rows), 1, hurt)

    def maps(self) -> dict[str, int]:
        return {"deny": 3, "suspect": 0, "allow": 12}


@dataclass
class FakeHealth:
    missing: str = ""

    def ready(self) -> str:
        return self.missing

    def checks(self) -> list[Check]:
        return [
            Check("generation", "12 · 2026-08-18T04:00:00+08:00", ok=True),
            Check("change", "48211 (0 behind)", ok=True),
            Check("refused", "–", ok=True),
            Check("book", "sqlite:///book.db", ok=True),
            Check("journal", "0.4 MB"),
            Check("disk", "0.9 GB", ok=False),
            Check("clock", "2026-08-18T04:53:20+08:00"),
            Check("wurao", "0.1.0"),
            Check("python", "3.11.2"),
        ]


class FakeCards:
    def card(self, receipt: str) -> str | None:
        return f"e30.{receipt}.c2ln"


class FakeOriginating:
    anybody = True

    def days(self, from_us: int, to_us: int) -> list[OwnDay]:
        day = day_of(from_us)
        assert to_us > from_us
        return [
            OwnDay(day, ROBOT, 310, 300, 90, 61, 22, 7, "fraud", "=A bank", "bank_service", contradiction=True),
            OwnDay(day, COURIER, 120, 118, None, None, None, 0, "", "", "", contradiction=None),
        ]


class NoOriginating:
    anybody = False

    def days(self, from_us: int, to_us: int) -> list[OwnDay]:  # noqa: ARG002
        return []


CLINIC = 861012345678
_HABITS = {
    "uniq": 0.98,
    "new": 0.96,
    "answered": 0.31,
    "short": 0.62,
    "talk_median": 6.4,
    "talk_peak": 0.41,
    "gap_median": 41.0,
    "gap_mad": 0.06,
    "ring_median": 25.0,
    "first_call": 9.05,
    "called_back": 0.01,
    "cells": 1.0,
    "attested": None,
}
_WHY = Explanation(
    calls=50,
    evidence=6.1,
    base=-1.2,
    speaks_for=(
        Reason("FANOUT", 3.1, {"new": 0.96, "uniq": 0.98}),
        Reason("ROBOT_PACING", 2.4, {"gap_mad": 0.06, "gap_median": 41.0}),
        Reason("SHORT_TALK", 1.9, {"short": 0.62, "talk_median": 6.4}),
        Reason("NEVER_MOVES", 0.6, {"cells": 1.0}),
    ),
    speaks_against=(
        Reason("SEQUENTIAL", -0.4, {"sequential": 0.0}),
        Reason("SELDOM_ANSWERED", -0.3, {"answered": 0.31}),
    ),
)
_USUAL = {
    "marketing": {
        "uniq": Range(0.9, 1.0),
        "new": Range(0.85, 1.0),
        "answered": Range(0.2, 0.5),
        "short": Range(0.35, 0.6),
        "talk_median": Range(4, 12),
        "talk_peak": Range(0.2, 0.6),
        "gap_median": Range(30, 75),
        "gap_mad": Range(0.1, 0.4),
        "ring_median": Range(20, 30),
        "first_call": Range(8.9, 9.6),
        "called_back": Range(0, 0.03),
        "cells": Range(1, 1),
    },
    "courier": {
        "uniq": Range(0.6, 0.95),
        "new": Range(0.7, 0.97),
        "answered": Range(0.6, 0.9),
        "short": Range(0.05, 0.2),
        "talk_median": Range(14, 31),
        "gap_median": Range(60, 420),
        "gap_mad": Range(0.5, 1.2),
        "ring_median": Range(15, 40),
        "first_call": Range(7.5, 9.5),
        "called_back": Range(0.04, 0.2),
        "cells": Range(6, 31),
    },
}


@dataclass
class FakeDetection:
    """One run: a robot, a clinic that is verified and flagged, a courier that is neither."""

    entries: list[VerifiedCaller] = field(default_factory=list)
    withdrawn: list[tuple[int, int, str]] = field(default_factory=list)
    ran: bool = True

    def figures(self) -> Figures | None:
        if not self.ran:
            return None
        names = ("person", "courier", "institution", "reminder", "service", "marketing", "fraud")
        counts = ((9120, 3, 0), (240, 0, 0), (88, 0, 0), (61, 2, 0), (130, 1, 0), (310, 164, 97), (74, 22, 41))
        drift = {"gap_median": Drift(0.31, "alert"), "short": Drift(0.14, "watch"), "new": Drift(0.02, "stable")}
        return Figures(
            at_us=NOW_US - HOUR_US,
            from_us=NOW_US - 14 * DAY_US,
            to_us=NOW_US - HOUR_US,
            version=3,
            callers=14_210,
            judged=10_023,
            by_class={name: OfClass(*row) for name, row in zip(names, counts, strict=True)},
            caught={6: 0.34, 11: 0.58, 21: 0.79, 51: 0.95, 101: 1.0},
            drift=drift,
            shadow=Shadow(version=4, flagged=351, rejected=150, also_flagged=29, not_flagged=8),
            usual={50: _USUAL},
        )

    def flagged(self) -> list[Score]:
        rows = [(ROBOT, 310, "reject", "marketing", 6, 11), (CLINIC, 88, "label", "marketing", 21, None)]
        rows += [(8618100000000 + 7919 * n, 90 - 5 * n, "label", "fraud", 11 + 10 * (n % 2), None) for n in range(8)]
        return [self._score(*row) for row in rows] if self.ran else []

    def registry(self, flagged: list[Score]) -> list[Audited]:
        return audit(flagged, self.entries, NOW_US)

    def withdraw(self, key: str, span: int, who: str) -> None:
        subject = int(key, 16)
        self.withdrawn.append((subject, span, who))
        self.entries = [one for one in self.entries if (one.subject, one.span) != (subject, span)]

    def key(self, number: int) -> str:
        return f"{number:032x}"

    def score(self, key: str) -> Score | None:
        courier = Score(self.key(COURIER), COURIER, 41, 0.02, "ring", "courier", None, None, 20, {"cells": 14.0}, None)
        return next((one for one in (*self.flagged(), courier) if self.ran and one.key == key), None)

    def timeline(self, key: str) -> Timeline | None:
        if not self.ran or key not in (self.key(ROBOT), self.key(CLINIC)):
            return None
        days = [Stretch(NOW_US - (13 - n) * DAY_US, 18 + 7 * n % 23, 6 + n % 4, 4 + n % 3) for n in range(14)]
        return Timeline(ROBOT if key == self.key(ROBOT) else CLINIC, DAY_US, days)

    def _score(self, number: int, calls: int, level: str, kind: str, label: int, reject: int | None) -> Score:
        return Score(self.key(number), number, calls, 0.97, level, kind, label, reject, 50, _HABITS, _WHY)


def _registry() -> list[VerifiedCaller]:
    return [
        VerifiedCaller(CLINIC, "Renhe Clinic", "reminder", proof="licence 4711", until_us=NOW_US + 90 * DAY_US),
        VerifiedCaller(864001234567, "City Bank", "bank_service", proof="licence 4712", until_us=NOW_US - 3 * DAY_US),
    ]


def fake_services(*, empty: bool = False) -> Services:
    """Return services over one town; accounts admin, analyst, operator, reseller and subscriber share one password."""
    clock = FixedClock(NOW_US)
    history = FakeHistory()
    access = FakeAccess()
    secret = passwords.hashed(PASSWORD)
    for role in (Role.ADMIN, Role.ANALYST, Role.OPERATOR, Role.RESELLER):
        access.put_account(Account(role.value, role, secret))
    access.put_account(Account("subscriber", Role.SUBSCRIBER, secret, SUBSCRIBER))
    appeals = FakeAppeals(clock)
    wishes = FakeWishes()
    if not empty:
        history.rows += [sample_decision(n, NOW_US - (40 - n) * 2 * MINUTE_US - n * 7 * SECOND_US) for n in range(40)]
        appeals.file(COURIER, "", "我们是快递站点，客户收不到派件电话。")
        appeals.file(ROBOT, history.rows[0].receipt, "This number is a clinic's.")
        appeals.decide("a2", "operator", "多人举报，行为像机器人", uphold=False)
        wishes.put(SUBSCRIBER, default_profile())
    return Services(
        clock=clock,
        access=access,
        screen=FakeScreen(clock, history),
        history=history,
        numbers=FakeNumbers(history),
        reports=FakeReports(clock),
        wishes=wishes,
        appeals=appeals,
        rules=FakeRules(history),
        health=FakeHealth(),
        cards=FakeCards(),
        proofs=FakeProofs(clock),
        originating=NoOriginating() if empty else FakeOriginating(),
        detection=FakeDetection(ran=False) if empty else FakeDetection(_registry()),
    )
