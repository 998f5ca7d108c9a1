"""The figures of a run add up, and say what is usual of whom."""

import pytest


def test_figures_count_what_the_scores_say(ran) -> None:
    figures, levels = ran.day.figures, ran.day.table.column("level").to_pylist()
    assert figures.callers == len(ran.world.callers)
    assert figures.judged == int((ran.world.calls >= 5).sum())
    assert figures.flagged == len(levels) - levels.count("ring")
    firsts = ran.day.table.column("first_label_call").to_pylist()
    ever = zip(firsts, levels, strict=True)
    assert figures.cleared == sum(first is not None and level == "ring" for first, level in ever) > 0
    assert sum(one.callers for one in figures.by_class.values()) == figures.judged
    assert figures.shadow is not None
    assert (figures.shadow.also_flagged, figures.shadow.not_flagged) == (0, 0), "it is the same model"


def test_callers_are_caught_ever_more_surely_with_their_calls(ran) -> None:
    shares = list(ran.day.figures.caught.values())
    assert list(ran.day.figures.caught) == [6, 11, 21, 51, 101]
    assert shares == sorted(shares)
    assert shares[-1] == pytest.approx(1.0)
    assert 0 < shares[0] < 1


def test_what_is_usual_tells_the_classes_apart(ran) -> None:
    usual = ran.day.figures.usual[20]
    assert {"fraud", "marketing", "person"} <= usual.keys()
    assert usual["fraud"]["new"].low > usual["person"]["new"].low
    assert all(one.low <= one.high for its in usual.values() for one in its.values())
