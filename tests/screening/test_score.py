import math

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from wurao.screening import config
from wurao.screening.score import Scorer

POLICY = config.load().policy
SCORER = Scorer(POLICY, "standing")
STRENGTHS = st.lists(st.floats(0, 1, width=32), min_size=len(SCORER.symbols), max_size=len(SCORER.symbols))


def row(**strengths: float) -> npt.NDArray[np.float32]:
    return np.array([[strengths.get(n, 0.0) for n in SCORER.symbols]], np.float32)


def test_strength_times_weight() -> None:
    assert SCORER.score(row(REPORTED=0.5)).live[0] == pytest.approx(10, abs=0.01)


def test_a_composite_adds_its_points() -> None:
    points = SCORER.score(row(ROBOT_CALLER=0.1, REPORTED=0.1)).points[0]
    assert points[SCORER.names.index("ROBOT_AND_REPORTED")] == pytest.approx(3)


@given(STRENGTHS)
def test_no_group_passes_its_cap_and_points_add_up(strengths: list[float]) -> None:
    scored = SCORER.score(np.array([strengths], np.float32))
    for name, group in POLICY.groups.items():
        columns = [i for i, n in enumerate(SCORER.names) if POLICY.rules[n].group == name]
        assert abs(scored.points[0, columns].sum()) <= group.cap + 0.001
    assert math.isclose(scored.points.sum(), scored.live[0], abs_tol=0.01)


@given(st.lists(STRENGTHS, min_size=2, max_size=5))
def test_many_at_once_are_scored_as_each_alone(rows: list[list[float]]) -> None:
    together = SCORER.score(np.array(rows, np.float32)).live
    alone = [SCORER.score(np.array([r], np.float32)).live[0] for r in rows]
    assert together == pytest.approx(alone, abs=1e-3)


def test_a_shadow_rule_counts_only_in_the_shadow() -> None:
    scorer = Scorer(POLICY.with_states({"REPORTED": "shadow"}), "standing")
    scored = scorer.score(row(REPORTED=0.5))
    assert scored.live[0] == pytest.approx(0, abs=0.01)
    assert scored.all[0] == pytest.approx(10, abs=0.01)
