"""Scores become standing: a label can't reject by itself, a reject needs its permission, reasons weigh nothing."""

import numpy as np
import pytest

from wurao.detection.scoring.explaining import Reason
from wurao.detection.scoring.standing import (
    KEPT_US,
    LABEL_AT_MOST,
    SYMBOLS,
    Judged,
    keys_of,
    may_become_reject,
    permitted,
    rows_of,
)
from wurao.screening.config import load
from wurao.screening.score import Scorer

NOW_US = 1_700_000_000_000_000
REASONS = (
    Reason("FANOUT", 3.0, {"uniq": 20.0, "new": None}),
    Reason("n", 0.5, {"n": 20.0}),
    Reason("ROBOT_PACING", 0.5, {"gap_mad": 0.01}),
    Reason("SHORT_TALK", -2.0, {"short": 0.0}),
)


def judged(level: str, p: float = 0.98) -> Judged:
    return Judged(8613712345678, 20, p, level, "fraud", REASONS)


def test_a_label_stays_below_every_reject_threshold() -> None:
    policy = load().policy
    row = rows_of(judged("label"), NOW_US, model="live", may_reject=True)[0]
    assert row.strength == LABEL_AT_MOST
    scorer = Scorer(policy, "standing")
    strengths = np.array([[row.strength if name == row.symbol else 0.0 for name in scorer.symbols]], np.float32)
    points = scorer.score(strengths).live[0]
    levels = policy.thresholds.values()
    assert max(level.label for level in levels) <= points < min(level.reject for level in levels if level.reject)


@pytest.mark.parametrize(("may_reject", "strength"), [(True, 0.98), (False, LABEL_AT_MOST)])
def test_a_reject_needs_its_permission(may_reject, strength) -> None:
    row = rows_of(judged("reject"), NOW_US, model="live", may_reject=may_reject)[0]
    assert row.strength == strength
    assert (row.category, row.expires_us, row.facts["calls"]) == ("fraud", NOW_US + KEPT_US, 20)


def test_a_permission_that_comes_or_goes_later_changes_the_strength_alone() -> None:
    held = rows_of(judged("reject"), NOW_US, model="live", may_reject=False)[0]
    lifted = permitted(held, may_reject=True)
    assert may_become_reject(held)
    assert lifted == rows_of(judged("reject"), NOW_US, model="live", may_reject=True)[0]
    assert permitted(lifted, may_reject=False) == held
    assert not may_become_reject(rows_of(judged("label"), NOW_US, model="live", may_reject=True)[0])


def test_reasons_stand_beside_by_their_share_of_what_speaks_for_a_robot() -> None:
    reasons = rows_of(judged("label"), NOW_US, model="live", may_reject=False)[1:]
    assert [(row.symbol, row.strength) for row in reasons] == [("FANOUT", 0.75), ("ROBOT_PACING", 0.125)]
    assert reasons[0].facts == {"adds": 3.0, "uniq": 20.0}


def test_who_rings_has_no_row() -> None:
    assert rows_of(judged("ring"), NOW_US, model="live", may_reject=True) == []


def test_every_symbol_of_an_earlier_score_is_cleared() -> None:
    assert {key.symbol for key in keys_of([1])} == set(SYMBOLS) == set(SYMBOLS) & set(load().policy.symbols)
