"""Reasons of a score: they add up to it, name the feature that told, and have texts in both languages."""

import sys
import tomllib
from importlib import resources
from pathlib import Path

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).parent))
from world import World

from wurao.cli.habits import for_people
from wurao.detection.scoring import models
from wurao.detection.scoring.explaining import SYMBOL_OF, Explanation, Reason, by_symbol, explain
from wurao.detection.scoring.judging import Model
from wurao.detection.scoring.training import Sources, train
from wurao.detection.scoring.trees import Recipe
from wurao.screening.config import load


def test_reasons_add_up_to_the_evidence_and_name_what_told(tmp_path: Path) -> None:
    world = World(1500, 11)
    recipe = Recipe(rounds=25, learning_rate=0.2, columns=1.0, parts=3)
    trained = train(world.features, world.truth, tmp_path / "robots", Sources({}, simulated=True, now_us=0), recipe)
    stored = models.read(Path(trained.path))
    scores = Model(stored).score(world.features)
    worst = int(np.argmax(scores.evidence))
    said = explain(stored, world.features, scores.callers[worst])
    assert said is not None
    assert said.evidence == pytest.approx(scores.evidence[worst], abs=1e-3)
    parts = said.base + sum(reason.adds for reason in (*said.speaks_for, *said.speaks_against))
    assert parts == pytest.approx(said.evidence, abs=0.5), "what is left out is small"
    assert "FANOUT" in {reason.symbol for reason in said.speaks_for}
    few = int(np.argmin(scores.calls))
    assert scores.calls[few] < 5
    assert explain(stored, world.features, scores.callers[few]) is None


def test_features_of_one_symbol_are_summed_and_the_weightiest_named_first() -> None:
    reasons = by_symbol(("new", "n", "uniq"), np.array([0.5, 0.2, -2.0]), np.array([0.9, 5, np.nan], np.float32))
    assert [(reason.symbol, reason.adds) for reason in reasons] == [("n", 0.2), ("FANOUT", -1.5)]
    assert list(reasons[1].features.items()) == [("uniq", None), ("new", pytest.approx(0.9))]


def test_every_symbol_has_texts_and_adds_no_points_of_its_own() -> None:
    shipped = resources.files("wurao") / "conf/symbols.d/detection.toml"
    symbols = tomllib.loads(shipped.read_text(encoding="utf-8"))["symbols"]
    for name in set(SYMBOL_OF.values()):
        assert symbols[name]["title_zh"]
        assert symbols[name]["title_en"]
        assert symbols[name]["weight"] == 0, "ROBOT_CALLER holds the whole score"


def test_reasons_are_said_in_both_languages() -> None:
    for_it = Reason("FANOUT", 3.25, {"new": 0.95, "uniq": None})
    found = Explanation(20, 2.0, -0.25, (for_it,), (Reason("NEVER_MOVES", -1.0, {"cells": 12.0}),))
    said = for_people(found, load().policy).split("\n")
    assert said[0] == "after 20 calls: evidence +2.00 (log-odds), -0.25 of it the base"
    assert "+3.25  FANOUT" in said[1]
    assert "拨打的多是从未联系过的号码 · calls strangers" in said[1]
    assert said[1].endswith("(new 0.95, uniq unknown)")
    assert said[2].strip() == "-1.00  NEVER_MOVES (cells 12)", "what speaks against it doesn't say that it never moves"
