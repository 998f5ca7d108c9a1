import hashlib
import hmac
from collections.abc import Callable
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from wurao.core.errors import InputError, PolicyError, StoreError
from wurao.store import once
from wurao.store.home import Home
from wurao.store.identities import Identities
from wurao.store.keys import KeyRing
from wurao.store.schema import at_rest, numbers_of, stored_names

NUMBERS = st.integers(1, 2**50 - 1)
TOWN = 13_800_000_000
FIXTURE_LIVES_ON = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=30)


@FIXTURE_LIVES_ON
@given(number=NUMBERS)
def test_an_id_is_hmac_sha256_cut_to_128_bits(home: Home, identities: Identities, number: int) -> None:
    key = KeyRing.open(home).newest("join").secret
    assert identities.id_of(number) == hmac.digest(key, number.to_bytes(8, "big"), hashlib.sha256)[:16]


@FIXTURE_LIVES_ON
@given(numbers=st.lists(st.integers(0, 2**50 - 1) | st.sampled_from([0, 1, 2]), max_size=60))
def test_columns_agree_with_single_numbers(identities: Identities, numbers: list[int]) -> None:
    array = np.array(numbers, np.uint64)
    assert identities.ids(array).to_pylist() == [identities.id_of(n) if n else None for n in numbers]
    seals = identities.seals(array, array % 2 == 1).to_pylist()
    assert seals == [identities.seal(n) if n % 2 else None for n in numbers]
    assert [identities.unseal(s) for s in seals if s] == [n for n in numbers if n % 2]


def test_forgetting_everything_changes_no_id(identities: Identities, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(once, "LIMIT", 10)
    for start in (1, 5, 8, 1, 100):
        numbers = np.arange(start, start + 6, dtype=np.uint64)
        assert identities.ids(numbers).to_pylist() == [identities.id_of(int(n)) for n in numbers]


def test_another_home_has_other_ids_and_cannot_open(identities: Identities, tmp_path: Any) -> None:
    with Home.create(tmp_path / "other").lock() as home:
        other = Identities(KeyRing.open(home))
    assert other.id_of(1) != identities.id_of(1)
    assert other.row_id(b"x") != identities.row_id(b"x")
    with pytest.raises(StoreError, match="damaged or of another home"):
        other.unseal(identities.seal(1))


def test_a_sealed_number_with_one_bit_changed_does_not_open(identities: Identities) -> None:
    sealed = bytearray(identities.seal(TOWN))
    sealed[-1] ^= 1
    with pytest.raises(StoreError, match="damaged"):
        identities.unseal(bytes(sealed))


def _calls() -> pa.Table:
    return pa.table(
        {
            "row_id": pa.array([bytes([n]) * 16 for n in range(4)], pa.binary(16)),
            "caller": pa.array([2_100_000_001, TOWN + 5, 0, None], pa.uint64()),
            "callee": pa.array([TOWN, TOWN + 1, TOWN + 2, TOWN], pa.uint64()),
            "start_us": [1, 2, 3, 4],
            "ingress": ["a", "b", "", None],
        }
    )


def test_only_callers_who_are_no_subscribers_stay_in_clear(identities: Identities, enrolled: Any) -> None:
    stored = identities.protect("calls", _calls(), enrolled)
    assert stored.schema == at_rest("calls")
    assert stored["caller"].to_pylist() == [2_100_000_001, None, 0, 0]
    assert [bool(sealed) for sealed in stored["caller_sealed"].to_pylist()] == [False, True, False, False]
    assert [bool(found) for found in stored["caller_id"].to_pylist()] == [True, True, False, False]
    assert "callee" not in stored.column_names
    assert None not in stored["callee_sealed"].to_pylist()
    ids = stored["callee_id"].to_pylist()
    assert ids[0] == ids[3] != ids[1]


def test_no_subscribers_number_is_in_any_byte_at_rest(identities: Identities, enrolled: Any) -> None:
    sink = pa.BufferOutputStream()
    stored = identities.protect("calls", _calls(), enrolled)
    with pa.ipc.new_stream(sink, stored.schema) as stream:
        stream.write_table(stored)
    content = sink.getvalue().to_pybytes()
    for number in range(TOWN, TOWN + 6):
        for written in (number.to_bytes(8, "big"), number.to_bytes(8, "little"), str(number).encode()):
            assert written not in content


def test_reveal_gives_back_what_was_protected_to_authorised_roles_only(identities: Identities, enrolled: Any) -> None:
    stored = identities.protect("calls", _calls(), enrolled)
    shown = identities.reveal("calls", stored, frozenset({"operator"}))
    assert shown["caller"].to_pylist() == [2_100_000_001, TOWN + 5, 0, 0]
    assert shown["callee"].to_pylist() == [TOWN, TOWN + 1, TOWN + 2, TOWN]
    assert "callee_sealed" not in shown.column_names
    with pytest.raises(PolicyError, match="may not see"):
        identities.reveal("calls", stored, frozenset({"subscriber"}))


@pytest.mark.parametrize("fact", stored_names())
def test_a_row_and_a_table_are_protected_alike(fact: str, identities: Identities, enrolled: Callable[..., Any]) -> None:
    for number in (0, TOWN, 2_100_000_001):
        row = {"row_id": b"r" * 16} | dict.fromkeys(numbers_of(fact), number)
        row |= {field.name: 7 for field in at_rest(fact) if field.name.endswith("_us")}
        columns = {
            name: pa.array([value], at_rest(fact).field("row_id").type if name == "row_id" else None)
            for name, value in row.items()
        }
        [stored] = identities.protect(fact, pa.table(columns), enrolled).to_pylist()
        (one,) = identities.protect_rows(fact, [row], enrolled)
        assert {name: value for name, value in stored.items() if name in one} == one


def test_small_tables_that_follow_each_other_are_protected_as_any(identities: Identities, enrolled: Any) -> None:
    for first in (0, 5, 5):
        numbers = pa.array([0, *range(8613900000000 + first, 8613900000010 + first)], pa.uint64())
        columns: dict[str, Any] = {"caller": numbers, "callee": numbers, "at_us": range(11)}
        columns["row_id"] = pa.array([identities.row_id(b"%d" % n) for n in range(11)], pa.binary(16))
        table = pa.table(columns)
        live = identities.protect_live("decisions", table, enrolled)
        assert live.equals(identities.protect("decisions", table, enrolled))


def test_unknown_columns_and_facts_are_refused(identities: Identities, enrolled: Any) -> None:
    with pytest.raises(InputError, match="no column 'pin'"):
        identities.protect("calls", _calls().append_column("pin", pa.array(["1"] * 4)), enrolled)
    with pytest.raises(InputError, match="no column 'pin'"):
        identities.protect_rows("calls", [{"pin": 1}], enrolled)
    with pytest.raises(InputError, match="keeps no fact 'wishes'"):
        identities.protect("wishes", _calls(), enrolled)
