"""The pair model of the wheel, and that learning is reproducible."""

from pathlib import Path

import numpy as np
import pytest

from wurao.core.errors import VerificationError
from wurao.detection.linking import pair_model, paths
from wurao.detection.linking.comparing import COLUMNS, FAMILIES

FEW = pair_model.Recipe(rounds=8, least_rows=5)


def rows(seed: int, n: int = 400) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    x = rng.standard_normal((n, len(COLUMNS))).astype(np.float32)
    return x, x[:, 0] + x[:, 5] > 0, np.ones(n)


def test_the_same_pairs_give_the_same_trees() -> None:
    assert pair_model.learnt(*rows(1), FEW) == pair_model.learnt(*rows(1), FEW)
    assert pair_model.learnt(*rows(1), FEW) != pair_model.learnt(*rows(2), FEW)


def test_what_families_add_sums_to_the_odds_less_what_is_no_family(tmp_path: Path) -> None:
    x, same, weight = rows(3)
    pair_model.write(tmp_path, pair_model.learnt(x, same, weight, FEW), "# card")
    model = pair_model.factory(tmp_path)
    assert model.families(x).shape == (len(x), len(FAMILIES))
    p = model.p_same(x)
    assert p[same].mean() > p[~same].mean() + 0.2
    every = paths.Paths(model._booster.dump_model(), [COLUMNS])
    [total] = every.adds(model._booster.predict(x, pred_leaf=True)).T
    beyond = np.log(p / (1 - p)) - total
    assert beyond == pytest.approx(np.full(len(x), beyond[0])), "all steps sum to the log-odds less where they began"
    talk = list(FAMILIES).index("talk")
    assert np.abs(model.families(x)[:, talk]).mean() > 0.1, "what was learnt from is what speaks"


def test_a_family_that_says_nothing_is_missing_and_no_more() -> None:
    x = rows(4)[0]
    left = pair_model.without(x, ("trunk", "agent"))
    gone = [COLUMNS.index(name) for family in ("trunk", "agent") for name in FAMILIES[family]]
    assert np.isnan(left[:, gone]).all()
    assert not np.isnan(np.delete(left, gone, axis=1)).any()


def test_the_factorys_model_compares_what_this_program_compares() -> None:
    model = pair_model.factory()
    assert model.p_same(np.full((2, len(COLUMNS)), np.nan, np.float32)).shape == (2,)
    said = model.families(np.full((2, len(COLUMNS)), np.nan, np.float32))
    assert (said == 0).all(), "calls that say nothing speak for no family"
    assert "simulated" in (pair_model.FACTORY / pair_model.CARD).read_text(encoding="utf-8")


def test_a_damaged_model_is_refused(tmp_path: Path) -> None:
    (tmp_path / pair_model.TREES).write_bytes(b"nonsense")
    with pytest.raises(VerificationError, match="no usable pair model"):
        pair_model.factory(tmp_path)
