"""A 607 is a report of the called person and an entry of that person's list, once, and no filter for others alone."""

import time
from pathlib import Path

import numpy as np
import pytest

from wurao.core.clock import SystemClock
from wurao.core.payload import DecisionFlag, DecisionWord
from wurao.core.verdict import Action, Guard
from wurao.core.wishes import strict_profile
from wurao.edge import ring
from wurao.edge._receipts import Receipts
from wurao.edge.live import refusing
from wurao.edge.live.refusing import Refusing
from wurao.edge.live.service import running
from wurao.edge.ring import Record, Refusal, RingWriter
from wurao.store.home import Home

CALLER, CALLEE = 8613512345678, 8613900000001
RING = DecisionWord(Action.RING, Guard.NOT_ENROLLED, 0, 0, DecisionFlag(0), 0, 0, 0).pack()


def called_now() -> Record:
    secret = Receipts().secret()
    return Record(SystemClock().now_us(), CALLER, CALLEE, RING, 3, 1, 7, "trunk-a", secret)


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home.create(tmp_path / "home")


@pytest.fixture
def rings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "rings"
    monkeypatch.setenv("WURAO_RINGS", str(folder))
    return ring.make_folder(folder)


def wait_for(found) -> None:
    ends = time.monotonic() + 5
    while not found():
        assert time.monotonic() < ends
        time.sleep(0.02)


def test_a_refusal_is_a_report_and_an_entry_of_the_own_list_once(home, rings) -> None:
    called = called_now()
    receipt = Receipts().ids_of(np.array([called.at_us]), called.receipt).decode()
    with running(home, SystemClock()) as live:
        live.services.wishes.put(CALLEE, strict_profile())
        early, later = RingWriter(rings, "a"), RingWriter(rings, "b")
        early.refuse(Refusal(called.at_us + 1, receipt))  # collected before the decision it speaks of
        time.sleep(0.2)
        later.put(called)
        wait_for(lambda: live.services.reports.get(f"607-{receipt}"))
        assert live.services.wishes.denied(CALLEE) == [CALLER]
        live.services.wishes.forgive(CALLEE, CALLER)
        early.refuse(Refusal(called.at_us + 1, receipt))  # as if read again
        wait_for(lambda: live.services.health.checks() and live.collecting.state().collected == 3)
        assert live.services.wishes.denied(CALLEE) == []
        filed = live.services.reports.get(f"607-{receipt}")
        assert (filed.report.subject, filed.report.reporter, filed.report.source) == (CALLER, CALLEE, "607")


@pytest.mark.parametrize("trusted", [True, False])
def test_only_a_caller_whom_a_trunk_vouches_for_is_weighed_for_others(home, rings, trusted) -> None:
    (home.path / "conf/local.d").mkdir(parents=True)
    text = f"[settings.default]\ntrusted = {str(trusted).lower()}\n"
    (home.path / "conf/local.d/trunks.toml").write_text(text)
    called = called_now()
    receipt = Receipts().ids_of(np.array([called.at_us]), called.receipt).decode()
    with running(home, SystemClock()) as live:
        writer = RingWriter(rings, "a")
        writer.put(called)
        writer.refuse(Refusal(called.at_us + 1, receipt))
        wait_for(lambda: live.services.reports.get(f"607-{receipt}"))
        assert live.services.reports.get(f"607-{receipt}").report.source == ("607" if trusted else "607-unvouched")
        if trusted:
            wait_for(lambda: live.services.numbers.known(CALLER).standing)
        else:
            time.sleep(0.3)
            assert not live.services.numbers.known(CALLER).standing


def test_a_refusal_of_no_known_call_is_counted(monkeypatch) -> None:
    monkeypatch.setattr(refusing, "PATIENCE_S", 0.0)
    heeding = Refusing(lambda _: None, lambda _: True, None, None)
    heeding.heed([Refusal(1, "20261124-AAAAAAAAAAAA")])
    assert heeding.unknown == 1
