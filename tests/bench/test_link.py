"""The bench of the linking: what it tells of a growth step, and that a missed pair counts as missed."""

import numpy as np
import pytest

pytest.importorskip("ibis")

from wurao.bench import link, link_inherit


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


def test_the_next_number_of_a_campaign_is_the_first_of_its_day_and_wanted_callers_are_counted_apart() -> None:
    seen = {"new": True, "day": 1}
    late = link_inherit.Number("x", **seen, at_us=20, inherited=1, right=True, robot=True, rejected=True)
    first = link_inherit.Number("x", **seen, at_us=10, inherited=3)
    wanted = link_inherit.Number("", new=False, day=1, at_us=5, inherited=2)
    told = link_inherit.figures_of([[late, first, wanted]])
    assert (told["campaigns"], told["numbers"], told["wanted"], told["wanted_labelled"]) == (1, 2, 1, 1)
    assert (told["next_labelled_at_first"][0], told["labelled_at_first"][0]) == (0, 0.5)
    assert (told["next_labelled_by_fifth"][0], told["of_the_right_campaign"][0]) == (1, 0.5)
    assert (told["wanted_rejected"], told["wanted_new_labelled"], told["rejected_by_fifth"][0]) == (0, 0, 0.5)
