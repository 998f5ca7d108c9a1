"""`wurao bench world`: its bill, its mix of numbers, and its figures."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from wurao.bench import world
from wurao.core.clock import parse_instant
from wurao.sim.figures import shipped
from wurao.sim.world import World
from wurao.sim.writing import write


def test_a_bill_knows_answered_calls_of_mobiles_only(tmp_path: Path) -> None:
    write(World(shipped(), 3, 400, parse_instant(world.START), 4), tmp_path)
    columns, values, kinds, labels = world._features(tmp_path)
    assert {"calls", "peers", "out_share", "talk_median", "imeis", "cells_mean", "hour_nunique"} <= set(columns)
    assert not {"ring_ms", "ingress", "user_agent", "released_by", "days"} & set(columns)
    assert values.shape == (len(labels), len(columns))
    assert values[:, columns.index("calls")].min() >= world.LEAST_CALLS
    assert not {"outsider", "reminder", "bank", "loan-robot", "retail-robot"} & set(kinds.tolist())
    assert set(labels.tolist()) == {0, 1}


def test_the_mix_is_that_of_the_real_numbers() -> None:
    labels = np.array([0] * 5000 + [1] * 300)
    chosen = world._mixed(np.random.default_rng(0), labels)
    assert labels[chosen].sum() == 300
    assert len(chosen) == 300 + int(300 * world.ORDINARY)


def test_the_figures_stand_beside_the_real_ones(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(world, "DAYS", 5)
    figures: dict[str, Any] = world.run(long=False, subscribers=1500, seeds=2, real=tmp_path / "none")
    assert 0.5 < figures["world"]["auc"][0] <= 1
    assert figures["unseen_seed"]["auc"][0] > 0.5
    assert figures["real"] is None
    assert "no real numbers" in figures["baseline"]
    assert set(figures["medians"]) == set(world.MEDIANS)
