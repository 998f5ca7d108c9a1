"""``/v1/reports``: a report is durable when it is answered, and weighs in the tables within a second."""

from typing import Final

from litestar import get, post
from litestar.exceptions import NotFoundException
from litestar.params import FromPath, JSONBody

from wurao.access.roles import Right
from wurao.core import numbers
from wurao.core.categories import find
from wurao.edge.http import reading
from wurao.edge.http.bodies import ReportAnswer, ReportBody
from wurao.edge.http.door import Parts, Who, needs
from wurao.edge.http.throttles import Limits
from wurao.edge.nouns import Filed, Report


@post("/v1/reports", guards=[needs(Right.REPORT, Right.OWN)], sync_to_thread=True, tags=["reports"])
def file_report(data: JSONBody[ReportBody], services: Parts, person: Who, limits: Limits) -> ReportAnswer:
    """File a report; a subscriber reports in the subscriber's own name only."""
    limits.reports(person)
    own = not person.may(Right.REPORT)
    report = Report(
        subject=reading.number(data.subject, "subject"),
        occurred_us=reading.instant(data.occurred_us, services.clock.now_us()),
        reporter=person.subscriber if own else reading.number(data.reporter, "reporter") if data.reporter else 0,
        category=find(data.category).name,
        method=data.method,
        text=data.text,
        wanted=data.wanted,
        receipt=data.receipt,
    )
    return _answer(services.reports.file(report))


@get("/v1/reports/{report_id:str}", guards=[needs(Right.REPORT, Right.OWN)], sync_to_thread=True, tags=["reports"])
def read_report(report_id: FromPath[str], services: Parts, person: Who) -> ReportAnswer:
    """Return a report; a subscriber sees the subscriber's own."""
    filed = services.reports.get(report_id)
    if filed is None or not (person.may(Right.REPORT) or filed.report.reporter == person.subscriber):
        raise NotFoundException
    return _answer(filed)


def _answer(filed: Filed) -> ReportAnswer:
    report = filed.report
    return ReportAnswer(
        report_id=filed.report_id,
        received_us=filed.received_us,
        subject=numbers.display(report.subject),
        category=report.category,
        method=report.method,
        wanted=report.wanted,
    )


ROUTES: Final = (file_report, read_report)
