"""The bench of the linking: what it tells of a growth step, and that a missed pair counts as missed."""

import numpy as np
import pytest

pytest.importorskip("ibis")

from wurao.bench import link


def test_a_step_of_the_growth_tells_time_memory_and_candidates() -> None:
    told = link._grown(200, "duckdb")
    assert told["numbers"] == 200
    assert 0 < told["candidates_a_number"] < 100
    assert {"count_s", "propose_s", "weigh_s", "peak_gb"} <= set(told)


def test_every_family_is_left_out_once_and_the_baselines_leave_one_kind() -> None:
    assert {f"without {name}" for name in link.FAMILIES} <= set(link.VARIANTS)
    assert set(link.FAMILIES) - set(link.VARIANTS["behaviour alone"]) == {"talk", "ring", "rhythm"}


def test_a_pair_that_is_not_told_of_is_missed() -> None:
    class Known:
        numbers = np.array([1, 2, 3, 4])

    pair = np.array([0]), np.array([1]), np.array([0.9])
    figures = link._figures(Known, {1: "x", 2: "x", 3: "x", 4: ""}, pair)
    assert figures["recall_at_precision_95"] == pytest.approx(1 / 3)
    assert figures["wanted_linked"] == 0
