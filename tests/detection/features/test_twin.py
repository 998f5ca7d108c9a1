"""Every feature against a plain twin that reads like its definition in docs/features.md."""

import math
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

import ibis
import numpy as np
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from wurao.core.clock import HOUR_US, SECOND_US
from wurao.core.errors import InputError
from wurao.detection.features import FEATURES, WINDOWS, Window, features
from wurao.detection.features.running import run

MONDAY_US = 1_785_715_200_000_000
"""2026-08-03 08:00 in China."""
FIRST = 8_613_800_000_000
Row = dict[str, Any]


def share(holds: Iterable[bool | None]) -> float | None:
    known = [one for one in holds if one is not None]
    return sum(known) / len(known) if known else None


def quantile(values: Sequence[float], q: float) -> float | None:
    return float(np.quantile(values, q)) if len(values) else None


def entropy(keys: list[int]) -> float | None:
    return -sum(k / len(keys) * math.log(k / len(keys)) for k in Counter(keys).values()) if keys else None


def told(outgoing: list[Row]) -> list[Row]:
    """The caller's calls in order, each with what those before it say."""
    ordered = sorted(outgoing, key=lambda c: (c["start_us"], c["call_id"] is None, c["call_id"] or "", c["callee"]))
    for i, call in enumerate(ordered):
        earlier = ordered[:i]
        end = max((c["start_us"] + 1000 * ((c["ring_ms"] or 0) + (c["talk_ms"] or 0)) for c in earlier), default=0)
        call["concurrent"] = end > call["start_us"]
        call["gap"] = (call["start_us"] - earlier[-1]["start_us"]) / 1e6 if earlier else None
        call["step"] = call["callee"] - earlier[-1]["callee"] if earlier else None
        call["minute"] = (call["start_us"] // SECOND_US + 8 * 3600) % 86400 / 60
        day = (call["start_us"] // SECOND_US + 8 * 3600) // 86400
        call["opens_day"] = not any(c["day"] == day for c in earlier)
        call["day"] = day
    return ordered


def twin(calls: list[Row], caller: int, window: Window) -> Row:
    """What the features of one caller must be."""
    calls = [dict(call) for call in calls if call["caller"]]
    ordered = told([c for c in calls if c["caller"] == caller])
    first_us = ordered[0]["start_us"]
    rows = (
        ordered[: window.calls] if window.calls else [c for c in ordered if c["start_us"] < first_us + window.span_us]
    )
    n, last_us = len(rows), rows[-1]["start_us"]
    end_us = last_us if window.calls else first_us + window.span_us - 1
    talked = [c for c in rows if c["talk_ms"]]
    talk = [c["talk_ms"] / 1e3 for c in talked]
    gaps = [c["gap"] for c in rows if c["gap"] is not None]
    rings = [c["ring_ms"] / 1e3 for c in rows if not c["talk_ms"] and c["ring_ms"] is not None]
    gap, ring = quantile(gaps, 0.5), quantile(rings, 0.5)
    out = {peer: min(c["start_us"] for c in rows if c["callee"] == peer) for peer in {c["callee"] for c in rows}}
    back = {
        peer: [c["start_us"] for c in calls if (c["caller"], c["callee"]) == (peer, caller) and c["start_us"] <= end_us]
        for peer in out
    }
    mobile = [c["callee"] for c in rows if 8_613_000_000_000 <= c["callee"] < 8_620_000_000_000]
    peaks = Counter(c["talk_ms"] // 3000 for c in talked)
    return {
        "first_us": first_us,
        "last_us": last_us,
        "n": n,
        "uniq": len(out) / n,
        "new": sum(not any(at < out[peer] for at in back[peer]) for peer in out) / n,
        "answered": len(talked) / n,
        "short": share(t < 8 for t in talk),
        "talk_q10": quantile(talk, 0.1),
        "talk_median": quantile(talk, 0.5),
        "talk_q90": quantile(talk, 0.9),
        "talk_cv": float(np.std(talk, ddof=1) / np.mean(talk)) if len(talk) > 1 else None,
        "talk_peak": sum(k * k for k in peaks.values()) / len(talked) ** 2 if talked else None,
        "released": share(c["released_by"] and c["released_by"] == "callee" for c in talked),
        "gap_q10": quantile(gaps, 0.1),
        "gap_median": gap,
        "gap_q90": quantile(gaps, 0.9),
        "gap_mad": quantile([abs(g - gap) for g in gaps], 0.5) / gap if gap else None,
        "ring_median": ring,
        "ring_mad": quantile([abs(r - ring) for r in rings], 0.5),
        "cancel_ring": quantile(
            [c["ring_ms"] / 1e3 for c in rows if c["disposition"] == "cancelled" and c["ring_ms"] is not None], 0.5
        ),
        "hour_entropy": entropy([int(c["minute"] // 60) for c in rows]),
        "lunch": share(720 <= c["minute"] < 840 for c in rows if 600 <= c["minute"] < 960),
        "first_call": float(np.mean(first)) if (first := [c["minute"] / 60 for c in rows if c["opens_day"]]) else None,
        "concurrent": share(c["concurrent"] for c in rows),
        "called_back": share(any(at > out[peer] for at in back[peer]) for peer in out),
        "reciprocal": share(bool(back[peer]) for peer in out),
        "sequential": share(1 <= abs(c["step"]) <= 10 for c in rows if c["step"] is not None),
        "segment_entropy": entropy([number // 10_000 for number in mobile]),
        "cells": max((c["cells"] for c in rows if c["cells"] is not None), default=None),
        "imeis": len({c["imei_tac"] for c in rows} - {None}),
        "trunks": len({c["ingress"] for c in rows} - {None}),
        "agents": len({c["user_agent"] for c in rows} - {None}),
        "attested": share(c["attestation"] and c["attestation"] == "A" for c in rows),
    }


KINDS = {
    "call_id": pa.string(),
    "caller": pa.uint64(),
    "callee": pa.uint64(),
    "start_us": pa.int64(),
    "ring_ms": pa.int32(),
    "talk_ms": pa.int32(),
    "disposition": pa.string(),
    "released_by": pa.string(),
    "ingress": pa.string(),
    "user_agent": pa.string(),
    "attestation": pa.string(),
    "imei_tac": pa.string(),
    "cells": pa.int32(),
}
NUMBERS = (0, FIRST, FIRST + 3, FIRST + 700_000, 8_621_12345678, 10**15 + 95_588)


def maybe(values: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.none() | values


A_CALL = st.fixed_dictionaries(
    {
        "caller": st.sampled_from(NUMBERS[:4]),
        "callee": st.sampled_from(NUMBERS[1:]),
        "start_us": st.sampled_from((0, 1, 2, 3600, 7200, 18_000, 90_000)).map(lambda s: MONDAY_US + s * SECOND_US),
        "ring_ms": maybe(st.integers(0, 60_000)),
        "talk_ms": maybe(st.sampled_from((0, 1, 2_999, 3_000, 7_999, 8_000, 4_000_000))),
        "disposition": maybe(st.sampled_from(("answered", "cancelled", "busy"))),
        "released_by": maybe(st.sampled_from(("caller", "callee"))),
        "ingress": maybe(st.sampled_from("xy")),
        "user_agent": maybe(st.sampled_from("xy")),
        "attestation": maybe(st.sampled_from("ABC")),
        "imei_tac": maybe(st.sampled_from("xy")),
        "cells": maybe(st.integers(1, 9)),
    }
)


def one(**said: Any) -> Row:
    """A call of which no more is known than what is said."""
    return dict.fromkeys(KINDS) | {"caller": FIRST, "callee": FIRST + 3, "start_us": MONDAY_US} | said


def table_of(rows: list[Row]) -> pa.Table:
    return pa.table({name: pa.array([row[name] for row in rows], kind) for name, kind in KINDS.items()})


def computed(connection: Any, table: pa.Table, window: str) -> dict[int, Row]:
    connection.con.register("calls", table)
    return {row["caller"]: row for row in run(features(connection.table("calls"), WINDOWS[window])).to_pylist()}


def same(found: float | None, expected: float | None) -> bool:
    """Whether two engines said the same."""
    if found is None or expected is None:
        return found is expected
    return math.isclose(found, expected, rel_tol=1e-9, abs_tol=1e-12)


def agree(rows: list[Row], found: dict[int, Row], window: str) -> None:
    assert set(found) == {row["caller"] for row in rows} - {0}
    for caller, row in found.items():
        expected = twin(rows, caller, WINDOWS[window])
        assert list(row) == ["caller", "first_us", "last_us", *FEATURES]
        for name, value in expected.items():
            assert same(row[name], value), f"{name} of {caller}: {row[name]} for {value}"


@pytest.fixture(scope="module")
def duck() -> Any:
    connection = ibis.duckdb.connect()
    yield connection
    connection.disconnect()


@pytest.mark.parametrize("window", ["k5", "7d"])
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=5)
@given(rows=st.lists(A_CALL, min_size=1, max_size=14))
def test_any_few_calls_agree_with_the_twin(duck: Any, window: str, rows: list[Row]) -> None:
    rows = [row | {"call_id": f"{i:02}" if i % 5 else None} for i, row in enumerate(rows)]
    rows = list({(r["call_id"], r["callee"], r["start_us"]): r for r in rows}.values())
    agree(rows, computed(duck, table_of(rows), window), window)


@pytest.mark.parametrize("window", WINDOWS)
def test_hundreds_of_calls_agree_with_the_twin(duck: Any, calls: Callable[..., pa.Table], window: str) -> None:
    table = calls(400, 6, seed=3)
    agree(table.to_pylist(), computed(duck, table, window), window)


def test_one_call_says_little(duck: Any) -> None:
    rows = [one()]
    row = computed(duck, table_of(rows), "k5")[FIRST]
    agree(rows, {FIRST: row}, "k5")
    assert (row["n"], row["uniq"], row["new"], row["hour_entropy"]) == (1, 1, 1, 0)
    assert {name for name in FEATURES if row[name] is None} >= {"short", "talk_cv", "gap_median", "sequential", "cells"}


def test_calls_of_the_same_second_have_no_spread(duck: Any) -> None:
    rows = [one(call_id=str(i), callee=FIRST + i) for i in range(1, 8)]
    row = computed(duck, table_of(rows), "1h")[FIRST]
    agree(rows, {FIRST: row}, "1h")
    assert (row["gap_median"], row["gap_mad"], row["segment_entropy"], row["sequential"]) == (0, None, 0, 1)


def test_the_same_number_again_is_no_sequential_dialling(duck: Any) -> None:
    rows = [one(call_id=str(i), start_us=MONDAY_US + i) for i in range(3)]
    assert computed(duck, table_of(rows), "k5")[FIRST]["sequential"] == 0


def test_what_comes_after_the_window_is_unknown_to_it(duck: Any) -> None:
    late = one(caller=FIRST + 3, callee=FIRST, start_us=MONDAY_US + 2 * HOUR_US)
    rows = [one(), late]
    assert computed(duck, table_of(rows), "1h")[FIRST]["called_back"] == 0
    assert computed(duck, table_of(rows), "24h")[FIRST]["called_back"] == 1


def test_only_required_columns_are_required(duck: Any) -> None:
    rows = [one(start_us=MONDAY_US + i * HOUR_US) for i in range(3)]
    table = table_of(rows).select(["caller", "callee", "start_us"])
    agree(rows, computed(duck, table, "k10"), "k10")


def test_the_order_of_the_rows_says_nothing(duck: Any, calls: Callable[..., pa.Table]) -> None:
    table = calls(300, 5, seed=8)
    shuffled = table.take(np.random.default_rng(1).permutation(len(table)))
    agree(table.to_pylist(), computed(duck, shuffled, "k20"), "k20")


def test_text_is_left_to_intake(duck: Any) -> None:
    table = table_of([one()])
    text = table.set_column(1, "caller", table["caller"].cast(pa.string()))
    with pytest.raises(InputError, match="'caller' is text"):
        computed(duck, text, "k5")
    with pytest.raises(InputError, match="'callee' is missing"):
        computed(duck, table.drop(["callee"]), "k5")


@pytest.mark.parametrize("measure", [{}, {"calls": 5, "span_us": 5}, {"calls": 0}, {"span_us": -1}])
def test_a_window_has_one_measure(measure: dict[str, int]) -> None:
    with pytest.raises(InputError, match="a window is"):
        Window(**measure)


def test_every_feature_is_defined_in_the_docs(project: Path) -> None:
    page = (project / "docs/features.md").read_text(encoding="utf-8")
    assert not [name for name in (*FEATURES, *WINDOWS) if f"\n| `{name}` |" not in page]
