from collections.abc import Iterator
from pathlib import Path

import pytest

from wurao.core.clock import FixedClock
from wurao.core.errors import InputError
from wurao.edge.live.reports import LiveReports
from wurao.edge.nouns import Filed, Report
from wurao.store.home import Home
from wurao.store.identities import Identities
from wurao.store.journal import Journal
from wurao.store.keys import KeyRing
from wurao.store.lake import Lake

NOW = 1_700_000_000_000_000
REPORT = Report(
    subject=8617012340000, occurred_us=NOW - 5, reporter=8613900000000, category="securities", method="robot",
    text="荐股", wanted=False, receipt="20231114-x",
)  # fmt: skip


@pytest.fixture
def reports(tmp_path: Path) -> Iterator[tuple[LiveReports, list[Filed]]]:
    home, heeded = Home.create(tmp_path / "home"), []
    with home.lock():
        identities, lake = Identities(KeyRing.open(home)), Lake(home)
        with Journal(home) as journal:
            yield (
                LiveReports(FixedClock(NOW), lake, journal, identities, lambda n: n == REPORT.reporter, heeded.append),
                heeded,
            )


def test_a_filed_report_is_kept_heeded_and_reads_back(reports: tuple[LiveReports, list[Filed]]) -> None:
    port, heeded = reports
    filed = port.file(REPORT)
    assert heeded == [filed]
    assert port.get(filed.report_id) == filed
    assert port.get("no such") is None


def test_a_subscriber_who_is_reported_reads_back_too(reports: tuple[LiveReports, list[Filed]]) -> None:
    port, _ = reports
    mutual = Report(subject=REPORT.reporter, occurred_us=NOW)
    assert port.get(port.file(mutual).report_id).report == mutual


@pytest.mark.parametrize("subject", [0, (1 << 50) - 1, -5])
def test_nobody_can_report_a_number_that_is_none(reports: tuple[LiveReports, list[Filed]], subject: int) -> None:
    port, heeded = reports
    with pytest.raises(InputError):
        port.file(Report(subject=subject, occurred_us=NOW))
    assert heeded == []
