"""Own numbers by day: who is own, what is counted from which facts, and what contradicts a registered purpose."""

import csv
import io

import numpy as np
import pyarrow as pa
import pytest

from wurao.core.clock import DAY_US, SECOND_US, day_of
from wurao.detection.originating.days import own_days
from wurao.detection.originating.export import COLUMNS, to_csv
from wurao.detection.originating.own import Own, OwnDay, contradiction
from wurao.store.home import Home
from wurao.store.identities import Identities
from wurao.store.keys import KeyRing
from wurao.store.lake import Lake
from wurao.store.schema import at_rest

NOON = 1_787_000_000 * SECOND_US
OWN, SEALED, FOREIGN, TRUNKED = 8617012345678, 8617000000001, 8613712345678, 862155550000
ME = 8613900000001
VIRTUAL = Own(("86170",), ("own-trunk",))


class Kept:
    """A lake and what goes into it."""

    def __init__(self, home):
        self.lake = Lake(home)
        self.identities = Identities(KeyRing.open(home))
        self._rows = 0

    def add(self, fact, *rows):
        made = []
        for row in rows:
            self._rows += 1
            made.append({"row_id": self._rows.to_bytes(16, "big"), "source": "test", **row})
        stored = self.identities.protect_rows(fact, made, lambda numbers: np.isin(numbers, [SEALED, ME]))
        self.lake.append(fact, pa.Table.from_pylist(stored, schema=at_rest(fact)))

    def days(self, own=VIRTUAL, registry=lambda _number: None):
        return own_days(self.lake, self.identities, own, registry, NOON - DAY_US, NOON + 3 * DAY_US)


@pytest.fixture
def kept(tmp_path):
    with Home.create(tmp_path / "home").lock() as home:
        yield Kept(home)


def call(caller, n=0, talk_ms=0, disposition="no_answer", **more):
    return {
        "caller": caller,
        "callee": ME + n,
        "start_us": NOON + n * SECOND_US,
        "talk_ms": talk_ms,
        "disposition": "answered" if talk_ms else disposition,
        **more,
    }


def decision(caller, n=0, ingress=""):
    return {"caller": caller, "callee": ME + n, "at_us": NOON + n * SECOND_US, "receipt": f"r{n}", "ingress": ingress}


def report(caller, reporter, category="loan_finance", wanted="0", at_us=NOON):
    return {
        "subject": "",
        "subject_number": caller,
        "reporter": reporter,
        "occurred_us": at_us,
        "category": category,
        "wanted": wanted,
        "target": "call",
    }


def test_a_day_of_an_own_number(kept):
    kept.add("calls", *(call(OWN, n % 3, talk_ms=(n % 4) * 5000, disposition="rejected") for n in range(12)))
    kept.add("reports", report(OWN, 1), report(OWN, 2), report(OWN, 2), report(OWN, 3, wanted="1"), report(OWN, 0))
    (row,) = kept.days()
    assert (row.day, row.number, row.calls, row.callees) == (day_of(NOON), OWN, 12, 3)
    assert (row.answered, row.short, row.rejected) == (9, 3, 3)
    assert (row.complainants, row.complaint) == (3, "loan_finance")
    assert row.answered_share == 0.75
    assert row.complaint_rate == 0.25


def test_own_is_who_has_the_digits_or_comes_over_the_trunk(kept):
    kept.add("calls", call(OWN), call(FOREIGN), call(SEALED), call(ME), call(TRUNKED, ingress="own-trunk"), call(0))
    assert {row.number for row in kept.days()} == {OWN, SEALED, TRUNKED}
    assert {row.number for row in kept.days(Own(("861701", "86137")))} == {OWN, FOREIGN}
    assert {row.number for row in kept.days(Own(trunks=("own-trunk",)))} == {TRUNKED}
    assert kept.days(Own()) == []


def test_decisions_speak_where_there_are_no_call_records(kept):
    kept.add("decisions", decision(OWN, 1), decision(OWN, 2), decision(TRUNKED, 3, "own-trunk"))
    kept.add("calls", call(OWN, 1, 1000))
    rows = {row.number: row for row in kept.days()}
    assert (rows[OWN].calls, rows[OWN].answered) == (1, 1)
    assert (rows[TRUNKED].calls, rows[TRUNKED].answered, rows[TRUNKED].answered_share) == (1, None, None)


def test_each_day_has_its_row_and_the_worst_come_first(kept):
    kept.add("calls", *(call(OWN, n) for n in range(10)), call(OWN, start_us=NOON + DAY_US), call(SEALED))
    kept.add("reports", report(SEALED, 5), report(OWN, 5, at_us=NOON + 2 * DAY_US), report(OWN, 6, at_us=NOON))
    rows = kept.days()
    assert [(row.number, row.calls, row.complainants) for row in rows] == [
        (SEALED, 1, 1),
        (OWN, 0, 1),
        (OWN, 10, 1),
        (OWN, 1, 0),
    ]


def test_complaints_contradict_a_registered_purpose(kept):
    kept.add("calls", call(OWN), call(SEALED))
    kept.add("reports", *(report(OWN, n, "fraud.police") for n in range(1, 4)), report(OWN, 4, "survey"))
    (row, clean) = kept.days(registry={OWN: ("A bank", "bank_service"), SEALED: ("A bank", "bank_service")}.get)
    assert (row.organisation, row.purpose, row.complaint, row.contradiction) == (
        "A bank",
        "bank_service",
        "fraud",
        True,
    )
    assert clean.contradiction is None


@pytest.mark.parametrize(
    ("purpose", "complaint", "agreeing", "told"),
    [
        ("bank_service", "fraud", 2, True),
        ("银行服务", "fraud", 2, True),
        ("Bank service", "bank_service", 9, False),
        ("insurance", "education", 5, True),
        ("bank_service", "fraud", 1, None),
        ("bank_service", "unknown", 9, None),
        ("caring for people", "fraud", 9, None),
        ("", "fraud", 9, None),
    ],
)
def test_a_contradiction_needs_a_known_purpose_and_two_people(purpose, complaint, agreeing, told):
    assert contradiction(purpose, complaint, agreeing) is told


@pytest.mark.parametrize("text", ["=1+1", "+86", "-2", "@x", "\tx", "\r=x"])
def test_a_spreadsheet_finds_no_formula(text):
    row = OwnDay("2026-08-18", OWN, 3, 2, None, None, 1, 1, "fraud", text, text, contradiction=True)
    header, cells = csv.reader(io.StringIO(to_csv([row]), newline=""))
    assert header == list(COLUMNS)
    told = dict(zip(header, cells, strict=True))
    assert told["organisation"] == told["purpose"] == f"'{text}"
    assert (told["number"], told["answered"], told["contradiction"]) == (str(OWN), "", "1")
