"""What a run writes: rows that label, and the keys of rows that no longer hold."""

from wurao.core.clock import DAY_US
from wurao.detection.daily.scored import Score
from wurao.detection.daily.standing import outdated, rows
from wurao.detection.scoring.explaining import Explanation, Reason

NOW = 1_787_000_000_000_000
WHY = Explanation(20, 4.0, -1.0, (Reason("FANOUT", 3.0, {"new": 0.9}), Reason("ROBOT_PACING", 2.0, {})), ())


def score(number: int, level: str = "reject") -> Score:
    return Score(f"{number:032x}", number, 300, 0.99, level, "marketing", 6, 11, 20, {}, WHY)


def test_a_flagged_caller_is_labelled_with_its_reasons_and_never_rejected_by_a_run_alone() -> None:
    robot, *reasons = rows([score(8613712345678)], NOW, model="mine")
    assert (robot.symbol, robot.category, robot.facts["calls"]) == ("ROBOT_CALLER", "other_commercial", 20)
    assert robot.facts["model"] == "mine"
    assert robot.strength * 16 < 10, "below every threshold of a reject"
    assert robot.expires_us > NOW + DAY_US
    assert [row.symbol for row in reasons] == ["FANOUT", "ROBOT_PACING"]


def test_rows_of_who_is_cleared_are_taken_back_and_of_who_was_silent_stay() -> None:
    cleared, again = score(1), score(3)
    keys = outdated([1, 2, 3], [again], {cleared.key, again.key}, lambda number: score(number).key)
    assert {key.subject for key in keys} == {1, 3}
    assert {"ROBOT_CALLER", "FANOUT"} <= {key.symbol for key in keys}
