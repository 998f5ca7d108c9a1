"""Traffic: counted by trunk and action, bounded in series, readable by Prometheus."""

import numpy as np
from prometheus_client import CollectorRegistry, generate_latest

from wurao.core.payload import DecisionFlag, DecisionWord, cut
from wurao.core.verdict import Action, Guard
from wurao.edge.live.traffic import Traffic
from wurao.edge.nouns import RingState
from wurao.edge.ring import LAYOUT, Record, Records


def record(ingress: str, action: Action, guard: Guard = Guard.SYSTEM, took_us: int = 3, flags: int = 0) -> Record:
    word = DecisionWord(action, guard, 0, 0, DecisionFlag(flags), 0, 0, 0).pack()
    return Record(1, 2, 3, word, 0, 1, took_us, ingress, b"123456789")


def as_rows(records: tuple[Record, ...]) -> Records:
    rows = np.zeros(len(records), LAYOUT)
    for row, told in zip(rows, records, strict=True):
        for name, value in told._asdict().items():
            row[name] = cut(value).encode() if name == "ingress" else value
    return rows


def told(*records: Record) -> str:
    registry = CollectorRegistry()
    traffic = Traffic(lambda: ["west", "a trunk with a long name"], lambda: RingState(1, 7, 2, 1, "", 5, 3), lambda: 4)
    registry.register(traffic)
    traffic.count(as_rows(records))
    return generate_latest(registry).decode()


def test_calls_are_counted_by_trunk_and_action() -> None:
    text = told(
        record("west", Action.REJECT),
        record("west", Action.REJECT),
        record("west", Action.REJECT, flags=DecisionFlag.SHADOW),
        record("a trunk with a long name", Action.LABEL),
        record("", Action.RING),
        record("", Action.LABEL, flags=DecisionFlag.UNLABELLED),
    )
    assert 'wurao_edge_calls_total{action="reject",trunk="west"} 2.0' in text
    assert 'wurao_edge_calls_total{action="ring",trunk="west"} 1.0' in text
    assert 'wurao_edge_calls_total{action="label",trunk="a trunk with a long name"} 1.0' in text
    assert 'wurao_edge_calls_total{action="ring",trunk=""} 1.0' in text
    assert 'wurao_edge_calls_total{action="unlabelled",trunk=""} 1.0' in text


def test_whoever_calls_makes_no_series() -> None:
    text = told(*[record(f"made up {n}", Action.RING) for n in range(500)])
    assert 'wurao_edge_calls_total{action="ring",trunk="other"} 500.0' in text
    assert text.count("wurao_edge_calls_total{") == 1


def test_faults_and_times() -> None:
    text = told(
        record("west", Action.RING, Guard.FAULT, took_us=150_000), record("west", Action.RING, took_us=2**32 - 1)
    )
    assert 'wurao_edge_fail_opens_total{trunk="west"} 1.0' in text
    assert 'wurao_edge_decision_seconds_bucket{le="0.1",trunk="west"} 0.0' in text
    assert 'wurao_edge_decision_seconds_bucket{le="1.0",trunk="west"} 1.0' in text
    assert 'wurao_edge_decision_seconds_bucket{le="+Inf",trunk="west"} 2.0' in text


def test_what_became_of_the_rings() -> None:
    text = told()
    for line in ("collected_total 7.0", "lost_total 2.0", "damaged_total 1.0", "waiting 5.0", "missing_total 3.0"):
        assert f"wurao_rings_{line}" in text
    assert "wurao_refusals_unknown_total 4.0" in text
