"""One call through the compiled path: the same word as the decider, a record in the ring, a receipt that names it."""

import base64
import time
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from wurao.core.clock import day_of
from wurao.core.verdict import Action, Guard
from wurao.edge._receipts import Receipts, siphash128
from wurao.edge._screener import BUDGET_US, Screened, Screener
from wurao.edge.receipts import RECEIPT
from wurao.edge.ring import Record, RingReader, RingWriter, key_of, make_folder
from wurao.screening.following import Following
from wurao.store.home import Home
from wurao.store.keys import public_halves
from wurao.store.tables.tableset import TableSet

NOW_US = 1_790_000_000_000_000
NUISANCE, SUBSCRIBER, OTHER = 8613712345678, 8613900139000, 8613811112222
WRITTEN = {NUISANCE: "+8613712345678", SUBSCRIBER: "13900139000", OTHER: "13811112222"}


@given(st.integers(0, 4 * NOW_US), st.binary(min_size=9, max_size=9))
def test_an_id_is_the_day_and_the_secret(at_us: int, secret: bytes) -> None:
    day = day_of(at_us).replace("-", "")
    assert Receipts().ids_of(np.array([at_us]), secret).decode() == f"{day}-{base64.urlsafe_b64encode(secret).decode()}"


@pytest.mark.parametrize(
    ("size", "digest"),
    [
        (0, "a3817f04ba25a8e66df67214c7550293"),
        (1, "da87c1d86b99af44347659119b22fc45"),
        (2, "8177228da4a45dc7fca38bdef60affe4"),
        (8, "3b62a9ba6258f5610f83e264f31497b4"),
        (15, "5493e99933b0a8117e08ec0f97cfc3d9"),
    ],
)
def test_the_hash_is_the_published_one(size: int, digest: str) -> None:
    assert siphash128(bytes(range(16)), bytes(range(size))).hex() == digest


def test_no_two_receipts_are_the_same() -> None:
    receipts = Receipts()
    drawn = {receipts.secret() for _ in range(10_000)}
    assert len(drawn) == 10_000
    assert RECEIPT.fullmatch(receipts.ids_of(np.array([NOW_US]), drawn.pop()).decode())


@pytest.mark.parametrize("secret", [b"", b"12345678", b"1234567890"])
def test_a_secret_of_another_length_is_refused(secret: bytes) -> None:
    with pytest.raises(ValueError, match="nine bytes"):
        Receipts().ids_of(np.array([NOW_US]), secret).decode()


@pytest.fixture
def following(screening_home: Home) -> Following:
    keys = public_halves(screening_home.path / "public")
    return Following(TableSet.open(screening_home.path / "tables", keys))


@pytest.mark.parametrize("ingress", ["", "plus", "a trunk of no settings", "中继" * 9])
@pytest.mark.parametrize(("caller", "callee"), [(NUISANCE, SUBSCRIBER), (OTHER, SUBSCRIBER), (NUISANCE, OTHER)])
def test_a_call_is_decided_as_ever_and_kept(
    following: Following, tmp_path: Path, ingress: str, caller: int, callee: int
) -> None:
    writer = RingWriter(make_folder(tmp_path / "rings"), "test-1")
    screener = Screener(following.decider, writer.slots)
    screener.stand_on(7, 9)
    screened = screener.screen(WRITTEN[caller], WRITTEN[callee], ingress, NOW_US, time.monotonic_ns() // 1_000)
    assert screened.word == following.decider.decide(caller, callee, ingress, NOW_US).word
    record = RingReader(writer.path).read(2)[0]
    assert isinstance(record, Record)
    assert (record.caller, record.callee, record.word, record.at_us) == (caller, callee, screened.word, NOW_US)
    assert record.generation == 7
    assert record.ingress == ingress.encode()[:15].decode(errors="ignore")
    assert screened.receipt == Receipts().ids_of(np.array([NOW_US]), record.receipt).decode()


def test_a_second_call_within_three_minutes_is_known_as_one(following: Following) -> None:
    screener = Screener(following.decider, None)
    first = screener.screen(NUISANCE, SUBSCRIBER, "", NOW_US, time.monotonic_ns() // 1_000)
    second = screener.screen(NUISANCE, SUBSCRIBER, "", NOW_US + 60_000_000, time.monotonic_ns() // 1_000)
    assert first.word == following.decider.decide(NUISANCE, SUBSCRIBER, "", NOW_US).word
    assert second.word == following.decider.decide(NUISANCE, SUBSCRIBER, "", NOW_US + 60_000_000, repeat=True).word


@pytest.mark.parametrize("number", ["", "anonymous", "x" * 60_000, "\udcff", "+", "0" * 500])
def test_no_number_stops_a_call(following: Following, number: str) -> None:
    screener = Screener(following.decider, None)
    assert screener.screen(number, SUBSCRIBER, "", NOW_US, time.monotonic_ns() // 1_000).word
    assert screener.screen(NUISANCE, number, "", NOW_US, time.monotonic_ns() // 1_000).action == 0


def test_a_request_sent_again_is_the_same_call(following: Following, tmp_path: Path) -> None:
    folder = make_folder(tmp_path / "rings")
    key = key_of(folder)
    writers = [RingWriter(folder, name) for name in ("one", "two")]
    here, there = (Screener(following.decider, writer.slots, key) for writer in writers)

    def said(screener: Screener, caller: int, call: str, at_us: int = NOW_US) -> Screened:
        return screener.screen(caller, SUBSCRIBER, "", at_us, time.monotonic_ns() // 1_000, "", call)

    first = said(here, NUISANCE, "a 1")
    again = said(here, NUISANCE, "a 1", NOW_US + 31_000_000)
    elsewhere = said(there, NUISANCE, "a 1", NOW_US + 500_000)
    assert first.receipt == again.receipt == elsewhere.receipt
    assert first.word == again.word == elsewhere.word
    others = [said(here, NUISANCE, "a 2"), said(here, OTHER, "a 1"), said(here, NUISANCE, "b 1")]
    others += [said(here, NUISANCE, "a 1", NOW_US + 60_000_000 * 60 * 24)]
    assert len({first.receipt, *(other.receipt for other in others)}) == 5
    assert others[1].word == following.decider.decide(OTHER, SUBSCRIBER, "", NOW_US).word
    assert [len(RingReader(writer.path).read(9)) for writer in writers] == [5, 1]


def test_a_late_decision_rings_and_is_kept_as_a_fault(following: Following, tmp_path: Path) -> None:
    writer = RingWriter(make_folder(tmp_path / "rings"), "late")
    screener = Screener(following.decider, writer.slots)
    began = time.monotonic_ns() // 1_000 - BUDGET_US - 1
    screened = screener.screen(NUISANCE, SUBSCRIBER, "", NOW_US, began)
    assert (screened.action, screened.guard) == (Action.RING, Guard.FAULT)
    record = RingReader(writer.path).read(1)[0]
    assert isinstance(record, Record)
    assert record.word == screened.word
    assert record.took_us > BUDGET_US
