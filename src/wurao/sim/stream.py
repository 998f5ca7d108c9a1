"""The town as it happens: calls and reports between two instants, for a clock that somebody else holds."""

from functools import lru_cache

import msgspec
import numpy as np

from wurao.core.clock import HOUR_US
from wurao.sim.calls import DISPOSITIONS, RELEASED_BY, Calls
from wurao.sim.complaints import GUESSES, METHODS, Complaints
from wurao.sim.town import Line, Town
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
    """An endless, deterministic stream: adjoining intervals give each call and report once, whatever their width."""

    def __init__(self, town: Town) -> None:
        self._town = town
        self._texts = [t for c in town.figures.campaigns for t in c.texts]
        # reports arrive up to delay_limit_h after their call
        self._hours_back = town.figures.reports.delay_limit_h + 1
        self._complaints = lru_cache(maxsize=self._hours_back + 48)(town.complaints)

    def calls_between(self, from_us: int, until_us: int) -> list[Call]:
        """Return the calls that begin in [from_us, until_us), in order."""
        found: list[Call] = []
        for hour in range(from_us // HOUR_US, -(-until_us // HOUR_US)):
            calls = self._town.hour(hour)
            low, high = np.searchsorted(calls["start_us"], (from_us, until_us))
            found += (_call(hour, index, calls, self._town.lines) for index in range(low, high))
        return found

    def reports_between(self, from_us: int, until_us: int) -> list[Report]:
        """Return the reports received in [from_us, until_us), in order; none concern calls before the town's start."""
        first = max(from_us // HOUR_US - self._hours_back, self._town.start_us // HOUR_US)
        found: list[Report] = []
        for hour in range(first, -(-until_us // HOUR_US)):
            rows = self._complaints(hour)
            low, high = np.searchsorted(rows["received_us"], (from_us, until_us))
            found += (self._report(hour, index, rows) for index in range(low, high))
        return sorted(found, key=lambda report: (report.received_us, report.report_id))

    def _report(self, hour: int, index: int, rows: Complaints) -> Report:
        row = rows[index]
        reporter = int(row["reporter"])
        return Report(
            report_id=report_id(hour, index),
            reporter=None if reporter == NOBODY else text(reporter),
            subject=text(int(row["subject"])),
            occurred_us=int(row["occurred_us"]),
            received_us=int(row["received_us"]),
            category=GUESSES[row["category"]],
            method=METHODS[row["method"]],
            text=self._texts[row["text"]] if row["text"] >= 0 else "",
        )


def _call(hour: int, index: int, calls: Calls, lines: tuple[Line, ...]) -> Call:
    row = calls[index]
    line = lines[row["line"]]
    return Call(
        call_id=call_id(hour, index),
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


def call_id(hour: int, index: int) -> str:
    """Return the id of the call at ``index`` of an hour's calls."""
    return f"c{hour}-{index}"


def report_id(hour: int, index: int) -> str:
    """Return the id of the complaint at ``index`` of an hour's complaints."""
    return f"r{hour}-{index}"
