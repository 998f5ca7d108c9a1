"""Reports and wishes in memory."""

from dataclasses import dataclass, field

from wurao.core.clock import FixedClock
from wurao.core.wishes import Profile
from wurao.edge.nouns import Filed, Report


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
