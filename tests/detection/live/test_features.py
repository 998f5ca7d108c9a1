"""A live record in numbers: what they say, and that replayed calls give what the live table hands out."""

import numpy as np
import pyarrow as pa
import pytest
from pyarrow import parquet

from wurao.core.clock import HOUR_US, SECOND_US
from wurao.detection.live._callers import Callers
from wurao.detection.live.features import COLUMNS, table_of
from wurao.detection.live.records import EVENT, RECORD, Kind, Trait
from wurao.detection.live.replaying import begun_in, replayed
from wurao.detection.scoring.explaining import SYMBOL_OF

ROBOT, PERSON, CALLEE = 8613512345678, 8613712345678, 8613900000000
NINE_US = 20_000 * 24 * HOUR_US + HOUR_US  # 09:00 in China


def begins(caller, callees, gap_us=30 * SECOND_US):
    return [(NINE_US + n * gap_us, caller, callee, 0, 0, Kind.BEGUN, 0) for n, callee in enumerate(callees)]


def row_of(*rows, k):
    callers, reached = Callers(10), np.zeros(100, RECORD)
    copied = callers.update(np.sort(np.array(list(rows), EVENT), order="at_us", kind="stable"), reached)
    told = table_of(callers, reached[:copied]).to_pylist()
    return next(row for row in told if (row["caller"], row["n"]) == (ROBOT, k))


def test_pace_fan_order_and_hours_of_a_robot() -> None:
    seen = row_of(*begins(ROBOT, range(CALLEE, CALLEE + 20)), k=20)
    assert seen["uniq"] == pytest.approx(1, abs=0.1)
    assert seen["sequential"] == pytest.approx(0.95)
    assert seen["gap_mid"] == pytest.approx(np.log(30), abs=1e-5)
    assert [seen[name] for name in ("gap_dev", "gap_sd", "hour_entropy")] == pytest.approx([0, 0, 0], abs=1e-3)


def test_what_an_edge_cannot_tell_is_missing() -> None:
    seen = row_of(*begins(ROBOT, range(CALLEE, CALLEE + 5)), k=5)
    assert {name for name in COLUMNS if np.isnan(seen[name])} == {
        *("lunch", "answered", "short", "released", "concurrent")
    }


def test_call_records_tell_the_rest() -> None:
    whole = [
        (NINE_US + n * HOUR_US, ROBOT, CALLEE, 4_000, 500, Kind.WHOLE, Trait.ANSWERED | Trait.BY_CALLEE)
        for n in range(5)
    ]
    seen = row_of(*whole, k=5)
    assert [seen[name] for name in ("answered", "short", "released", "concurrent")] == [1, 1, 1, 0]
    assert seen["lunch"] == pytest.approx(2 / 4)  # 10, 11, 12 and 13 o'clock
    assert seen["hour_entropy"] == pytest.approx(np.log(5))


def test_who_is_called_back_shows_it() -> None:
    robot = begins(ROBOT, [PERSON, *range(CALLEE, CALLEE + 4)])
    back = (NINE_US + SECOND_US, PERSON, ROBOT, 0, 0, Kind.BEGUN, 0)
    assert row_of(*robot, back, k=5)["called_back"] == pytest.approx(0.2)


def test_replayed_calls_give_the_columns_that_are_served(tmp_path) -> None:
    rng = np.random.default_rng(3)
    calls = 4_000
    rows = {
        "caller": np.append(rng.integers(1, 40, calls) + PERSON, [0]).astype(np.uint64),
        "callee": np.append(rng.integers(1, 300, calls) + CALLEE, [CALLEE]).astype(np.uint64),
        "start_us": np.append(NINE_US + np.sort(rng.integers(0, 90 * HOUR_US, calls)), [NINE_US]),
    }
    parquet.write_table(pa.table(rows), tmp_path / "calls.parquet")
    events = begun_in(tmp_path / "calls.parquet")
    learnt = replayed(events)
    served, live = [np.zeros(0, RECORD)], Callers(100)
    for start in range(0, len(events), 37):  # batches as a collector takes them
        room = np.zeros(37, RECORD)
        served.append(room[: live.update(events[start : start + 37], room)])
    reached = np.concatenate(served)
    for k in (5, 10, 20, 50, 100):
        window = learnt(f"k{k}").slice(0, int((reached["calls"] == k).sum()))
        assert window.num_rows > 0
        told = table_of(live, reached[reached["calls"] == k])
        assert told.column_names == window.column_names == ["caller", "last_us", *COLUMNS]
        for name in told.column_names:
            np.testing.assert_array_equal(told[name].to_numpy(), window[name].to_numpy())


def test_callers_with_fewer_calls_have_what_is_known_of_them() -> None:
    events = np.array([*begins(ROBOT, range(CALLEE, CALLEE + 7)), *begins(PERSON, [CALLEE] * 3)], EVENT)
    features = replayed(events)
    assert features("k5").select(["caller", "n"]).to_pylist() == [
        {"caller": ROBOT, "n": 5.0},
        {"caller": PERSON, "n": 3.0},
    ]
    assert sorted(features("k10")["n"].to_pylist()) == [3.0, 7.0]


def test_every_column_but_the_count_speaks_for_a_symbol() -> None:
    assert set(COLUMNS) - set(SYMBOL_OF) == {"n"}
