"""Decisions: history in memory, a screen that decides by it, what is known of a number."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

import msgspec

from fake_services.town import CALLS, NOW_US, ROBOT, sample_decision
from wurao.core.clock import DAY_US, HOUR_US, FixedClock
from wurao.core.standing import Standing
from wurao.core.verdict import SymbolHit, Verdict
from wurao.edge.http import reading
from wurao.edge.http.bodies import CallBody, decision_body
from wurao.edge.nouns import Ask, Decision, DecisionFilter, Hour, Known, Tally


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
        index = next((n for n, call in enumerate(CALLS) if call[0] == ask.caller), 9)
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
