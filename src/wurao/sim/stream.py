"""The world as it happens: calls and reports between two instants, for a clock that somebody else holds."""

from functools import lru_cache

import msgspec
import numpy as np

from wurao.core.categories import METHODS
from wurao.core.clock import HOUR_US
from wurao.sim.calls import DISPOSITIONS, RELEASED_BY, Calls
from wurao.sim.complaints import GUESSES, Complaints
from wurao.sim.draw import local_day
from wurao.sim.figures import Line
from wurao.sim.world import World
from wurao.sim.written import NOBODY, text


class Call(msgspec.Struct, frozen=True):
    """One call as the network reports it, with the columns of the fact ``calls``."""

    call_id: str
    caller: str
    callee: str
    start_us: int
    ring_ms: int
    talk_ms: int
    disposition: str
    released_by: str
    ingress: str
    user_agent: str
    attestation: str


class Report(msgspec.Struct, frozen=True):
    """One complaint, with the columns of the fact ``reports``."""

    report_id: str
    reporter: str | None
    subject: str
    occurred_us: int
    received_us: int
    category: str
    method: str
    text: str


class Stream:
    """A deterministic stream: adjoining intervals give each call and report once, whatever their width.

    It ends when the world does.
    """

    def __init__(self, world: World) -> None:
        self._world = world
        self._texts = [t for c in world.figures.campaigns for t in c.texts]
        # reports arrive up to delay_limit_h after their call
        self._days_back = world.figures.reports.delay_limit_h // 24 + 1
        self._complaints = lru_cache(maxsize=self._days_back + 3)(self._all_complaints)

    def _all_complaints(self, day: int) -> Complaints:
        return self._world.complaints(day, 0, self._world.day(day))

    def calls_between(self, from_us: int, until_us: int) -> list[Call]:
        """Return the calls that begin in [from_us, until_us), in order."""
        found: list[Call] = []
        for day in self._days(local_day(from_us), until_us):
            calls = self._world.day(day)
            low, high = np.searchsorted(calls["start_us"], (from_us, until_us))
            found += (_call(day, index, calls, self._world.lines) for index in range(low, high))
        return found

    def reports_between(self, from_us: int, until_us: int) -> list[Report]:
        """Return the reports received in [from_us, until_us), in order; none concern calls before the world's start."""
        found: list[Report] = []
        for day in self._days(local_day(from_us - self._days_back * 24 * HOUR_US), until_us):
            rows = self._complaints(day)
            low, high = np.searchsorted(rows["received_us"], (from_us, until_us))
            found += (self._report(day, index, rows) for index in range(low, high))
        return sorted(found, key=lambda report: (report.received_us, report.report_id))

    def _days(self, first: int, until_us: int) -> range:
        days = self._world.lasts
        return range(max(first, days.start), min(local_day(until_us - 1) + 1, days.stop))

    def _report(self, day: int, index: int, rows: Complaints) -> Report:
        row = rows[index]
        reporter = int(row["reporter"])
        return Report(
            report_id=report_id(day, 0, index),
            reporter=None if reporter == NOBODY else text(reporter),
            subject=text(int(row["subject"])),
            occurred_us=int(row["occurred_us"]),
            received_us=int(row["received_us"]),
            category=GUESSES[row["category"]],
            method=METHODS[row["method"]],
            text=self._texts[row["text"]] if row["text"] >= 0 else "",
        )


def _call(day: int, index: int, calls: Calls, lines: tuple[Line, ...]) -> Call:
    row = calls[index]
    line = lines[row["line"]]
    return Call(
        call_id=call_id(day, 0, index),
        caller=text(int(row["caller"])),
        callee=text(int(row["callee"])),
        start_us=int(row["start_us"]),
        ring_ms=int(row["ring_ms"]),
        talk_ms=int(row["talk_ms"]),
        disposition=DISPOSITIONS[row["disposition"]],
        released_by=RELEASED_BY[row["released_by"]],
        ingress=line.ingress,
        user_agent=line.user_agent,
        attestation=line.attestation,
    )


def call_id(day: int, shard: int, index: int) -> str:
    """Return the id of the call at ``index`` of a shard of a day's calls."""
    return f"c{day}-{shard}-{index}"


def report_id(day: int, shard: int, index: int) -> str:
    """Return the id of the complaint at ``index`` of those about a shard's calls."""
    return f"r{day}-{shard}-{index}"
