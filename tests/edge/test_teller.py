"""Calls asked about by programs: the word of the decider, a record in the ring, the answer of the API."""

from pathlib import Path

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wurao.core import numbers
from wurao.core.errors import InputError
from wurao.core.payload import INVALID_CALLER, TRUNK_BYTES
from wurao.edge import ring
from wurao.edge._receipts import Receipts
from wurao.edge._teller import Teller
from wurao.edge.http import reading
from wurao.edge.http.bodies import BatchAnswer, CallBody, decision_body
from wurao.edge.live.naming import Decided, Naming
from wurao.edge.live.telling import Forms
from wurao.edge.nouns import Ask
from wurao.edge.ring import Record, RingReader, RingWriter, make_folder
from wurao.screening._decide import number_of
from wurao.screening.following import Following
from wurao.store.home import Home
from wurao.store.keys import public_halves
from wurao.store.tables.tableset import TableSet

NOW_US = 1_790_000_000_000_000
NUISANCE, SUBSCRIBER, OTHER = 8613712345678, 8613900139000, 8613811112222
CALLERS = ["+8613712345678", "13811112222", "", "anonymous", "no number", "95588", "0571-88888888", "+16502530000"]


@pytest.fixture
def following(screening_home: Home) -> Following:
    keys = public_halves(screening_home.path / "public")
    return Following(TableSet.open(screening_home.path / "tables", keys))


@pytest.fixture
def naming(following: Following) -> Naming:
    return Naming(following.tables, lambda _: ("REPORTED", "SEEN"))


@pytest.fixture
def writer(tmp_path: Path) -> RingWriter:
    return RingWriter(make_folder(tmp_path / "rings"), "service")


@pytest.fixture
def teller(following: Following, naming: Naming, writer: RingWriter) -> Teller:
    teller = Teller(following.decider, writer.slots, Forms(naming))
    teller.stand_on(7, 9)
    return teller


def test_what_is_told_is_what_is_kept(teller: Teller, naming: Naming, writer: RingWriter, following: Following) -> None:
    calls = [CallBody("13900139000", caller, ingress=name) for caller in CALLERS for name in ("", "plus", "中继" * 9)]
    calls += [
        CallBody("13811112222", "+8613712345678"),
        CallBody("13900139000", CALLERS[1], attestation="C", repeat=True),
    ]
    told = teller.decide(calls, NOW_US)
    answers = msgspec.json.decode(b'{"decisions":[%b]}' % told.json(), type=BatchAnswer).decisions
    records = RingReader(writer.path).read(99)
    assert len(answers) == len(records) == told.calls == len(calls)
    assert sum(told.actions().values()) == len(calls)
    for call, answer, record, row in zip(calls, answers, records, told.rows(), strict=True):
        assert isinstance(record, Record)
        receipt = Receipts().ids_of(np.array([NOW_US]), record.receipt).decode()
        assert row == (receipt, record.caller, record.callee, NOW_US, record.word)
        named = naming.decision(Decided(*row[:4], call.ingress, row[4], 7, told.change))
        assert answer == decision_body(named)
        assert record.ingress == call.ingress.encode()[:TRUNK_BYTES].decode(errors="ignore")
        assert (record.generation, record.change) == (7, told.change)
    alone = calls[0]
    word = following.decider.decide(alone.caller, alone.callee, alone.ingress, NOW_US).word
    assert records[0].word == word  # type: ignore[union-attr]


@settings(max_examples=300)
@given(st.one_of(st.text(max_size=20), st.text("0123456789+- ()", max_size=20), st.sampled_from(CALLERS)))
def test_a_caller_is_read_as_the_api_says(number: str) -> None:
    empty = numbers.judge(number.encode())[1] == numbers.Status.EMPTY  # withheld
    assert number_of(number, INVALID_CALLER) == (0 if empty else reading.caller(number))


def test_a_callee_that_is_none_lets_nothing_through(teller: Teller, writer: RingWriter) -> None:
    for callee in ("", "nobody", "anonymous", 0):
        with pytest.raises(InputError, match="no telephone number"):
            teller.decide([Ask(NUISANCE, SUBSCRIBER), Ask(NUISANCE, callee)], NOW_US)  # type: ignore[arg-type]
    assert RingReader(writer.path).read(9) == []


def test_nothing_is_an_answer_to_nothing(teller: Teller) -> None:
    told = teller.decide([], NOW_US)
    assert (told.json(), told.rows(), told.actions()) == (b"", [], {})


def test_a_call_of_the_past_has_its_own_time(teller: Teller) -> None:
    told = teller.decide([Ask(NUISANCE, SUBSCRIBER, at_us=NOW_US - 5), Ask(NUISANCE, SUBSCRIBER)], NOW_US)
    assert [row[3] for row in told.rows()] == [NOW_US - 5, NOW_US]


def test_room_is_told_and_what_finds_none_is_counted(
    following: Following, naming: Naming, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ring, "SLOTS", 4)
    writer = RingWriter(make_folder(tmp_path / "rings"), "small")
    teller = Teller(following.decider, writer.slots, Forms(naming))
    assert teller.room() == 4
    assert teller.decide([Ask(OTHER, SUBSCRIBER)] * 6, NOW_US).calls == 6
    assert teller.room() == 0
    reader = RingReader(writer.path)
    assert reader.lost == 2
    reader.release(3)
    assert teller.room() == 3
