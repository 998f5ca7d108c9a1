"""Reports: acknowledged when they are on the disk, and heeded within a second."""

import secrets
from collections.abc import Callable
from typing import Any, Final, cast, get_args

from wurao.core.clock import Clock
from wurao.core.errors import InputError
from wurao.core.payload import INVALID_CALLER
from wurao.edge.nouns import Filed, Report, Source
from wurao.store.identities import Enrolled, Identities
from wurao.store.journal import Journal
from wurao.store.lake import Lake, reading

_ID_BYTES: Final = 12


class LiveReports:
    """Journal for what is filed, lake for what was; ``heed`` is told each report that was kept."""

    def __init__(
        self,
        clock: Clock,
        lake: Lake,
        journal: Journal,
        identities: Identities,
        enrolled: Enrolled,
        heed: Callable[[Filed], None],
    ) -> None:
        self._clock = clock
        self._lake = lake
        self._journal = journal
        self._identities = identities
        self._enrolled = enrolled
        self._heed = heed

    def file(self, report: Report, report_id: str = "") -> Filed:
        """Keep a report, under a new id unless one is given; it weighs in the tables within a second.

        Raises InputError, StoreError.
        """
        if not 0 < report.subject < INVALID_CALLER:
            raise InputError("a withheld or impossible number can't be reported", mend="name the number that called")
        filed = Filed(report_id or secrets.token_hex(_ID_BYTES), self._clock.now_us(), report)
        self._journal.append("reports", self._identities.protect_rows("reports", [self._row(filed)], self._enrolled))
        self._heed(filed)
        return filed

    def get(self, report_id: str) -> Filed | None:
        """Return one report, None if there is none of that id."""
        with self._lake.connection() as connection, reading():
            self._lake.relation(connection, "reports").create_view("report")
            query = "SELECT * FROM report WHERE report_id = ? LIMIT 1"
            table = cast("Any", connection.sql(query, params=[report_id])).to_arrow_table()
        rows = self._identities.reveal("reports", table, frozenset({"operator"})).to_pylist()
        return _filed(rows[0]) if rows else None

    def _row(self, filed: Filed) -> dict[str, Any]:
        report = filed.report
        return {
            "row_id": self._identities.row_id(b"reports\0" + filed.report_id.encode()),
            "report_id": filed.report_id,
            "reporter": report.reporter,
            "target": "call",
            "subject": "",
            "subject_number": report.subject,
            "occurred_us": report.occurred_us,
            "received_us": filed.received_us,
            "category": report.category,
            "method": report.method,
            "text": report.text,
            "evidence": report.receipt,
            "wanted": "1" if report.wanted else "0",
            "source": report.source,
        }


def _filed(row: dict[str, Any]) -> Filed:
    report = Report(
        subject=row["subject_number"],
        occurred_us=row["occurred_us"],
        reporter=row["reporter"],
        category=row["category"] or "unknown",
        method=row["method"] or "unknown",
        text=row["text"] or "",
        wanted=row["wanted"] == "1",
        receipt=row["evidence"] or "",
        source=row["source"] if row["source"] in get_args(Source) else "api",
    )
    return Filed(row["report_id"], row["received_us"] or row["occurred_us"], report)
