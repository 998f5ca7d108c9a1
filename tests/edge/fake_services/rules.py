"""Rules with budgets, and the health of the service."""

from dataclasses import dataclass, field

import msgspec

from fake_services.calls import FakeHistory
from wurao.core.errors import InputError
from wurao.edge.nouns import Check, Hurt, Replay, Rule


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
