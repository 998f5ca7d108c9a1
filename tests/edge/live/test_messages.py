"""A running service judges messages where settings and law allow, before it reads a word of them."""

import time
from pathlib import Path

import pytest
from msgspec.structs import replace

from wurao.core.clock import SystemClock
from wurao.core.errors import PolicyError
from wurao.core.numbers import parse
from wurao.core.wishes import strict_profile
from wurao.edge.live.messages import LiveMessages
from wurao.edge.live.service import running
from wurao.edge.nouns import Message, Report
from wurao.screening.config import load
from wurao.store.home import Home

RECIPIENT = 8613800138000
PRIVATE = Message(8613912345678, RECIPIENT, "无抵押贷款，月息低，秒到账")
LOAN = Message(parse("106980001234"), RECIPIENT, "无抵押贷款，月息低，秒到账")


def home_that_filters(folder: Path) -> Home:
    home = Home.create(folder)
    local = folder / "conf/local.d"
    local.mkdir(parents=True, exist_ok=True)
    (local / "messages.toml").write_text("[messages]\nfilter = true\n", encoding="utf-8")
    return home


def test_a_running_service_labels_a_message_by_its_text(tmp_path: Path) -> None:
    with running(home_that_filters(tmp_path / "home"), SystemClock()) as live:
        live.services.wishes.put(RECIPIENT, strict_profile())
        deadline = time.monotonic() + 20
        while live.services.messages.judge(LOAN).guard == "not_enrolled" and time.monotonic() < deadline:
            time.sleep(0.02)  # the wish is in the tables a moment after it is in the book
        verdict = live.services.messages.judge(LOAN)
        assert (verdict.action, verdict.category) == ("label", "loan_finance")
        assert [hit.name for hit in verdict.symbols] == ["TEXT_COMMERCIAL"]
        with pytest.raises(PolicyError, match="person to person"):
            live.services.messages.judge(PRIVATE)


def test_a_person_s_message_is_read_only_as_its_recipient_reported_it(tmp_path: Path) -> None:
    with running(home_that_filters(tmp_path / "home"), SystemClock()) as live:
        told = Report(PRIVATE.sender, 1, RECIPIENT, text=LOAN.text + "\n")
        mine = live.services.reports.file(told).report_id
        others = live.services.reports.file(replace(told, reporter=RECIPIENT + 1)).report_id
        of_another = live.services.reports.file(replace(told, subject=PRIVATE.sender + 1)).report_id
        assert live.services.messages.judge(replace(PRIVATE, report=mine)).action == "ring"  # nobody enrolled
        for wrong in (
            replace(PRIVATE, report=others),
            replace(PRIVATE, report=of_another),
            replace(PRIVATE, report="none"),
            replace(PRIVATE, report=mine, text="another text"),
        ):
            with pytest.raises(PolicyError, match="person to person"):
                live.services.messages.judge(wrong)


def test_nothing_is_opened_for_a_message_that_may_not_be_read() -> None:
    def never(*_: object) -> None:
        pytest.fail("it was read")

    policy = load().policy
    messages = LiveMessages(SystemClock(), never, None, None, lambda: policy, never)
    with pytest.raises(PolicyError, match="not judged"):
        messages.judge(LOAN)
