"""The Sichuan benchmark: its columns are there, its folds are apart and stratified."""

from pathlib import Path

import numpy as np

from wurao.bench import sichuan
from wurao.detection.scoring.labelled import Labelled


def test_the_named_columns_are_there_and_the_node_is_none(shared: Path) -> None:
    data = sichuan._data(shared / "data" / sichuan.FILE)
    assert set(sichuan.LIFETIME) <= set(data.names)
    assert not {"node", "phone_no_m", "label"} & set(data.names)
    called = [name for name in data.names if not name.startswith(sichuan.BILLED)]
    assert "sms_count" in called
    assert not [name for name in called if "arpu" in name or "flow" in name]


def test_folds_test_every_row_once_and_hold_the_labels_evenly() -> None:
    y = (np.arange(203) % 3 == 0).astype(np.int64)
    data = Labelled(("a",), np.arange(203, dtype=np.float32)[:, None], y, tuple(range(203)))
    tested = np.zeros(203, np.int64)
    for fold in sichuan._folds(data, 1):
        assert abs(y[fold].mean() - y.mean()) < 0.02
        tested += fold
    assert set(tested.tolist()) == {1}


def test_what_is_pooled_is_judged_under_one_threshold() -> None:
    y = np.array([1, 0, 1, 0], np.int64)
    judged = sichuan._Judged(Labelled(("a",), np.zeros((4, 1), np.float32), y, tuple(range(4))))
    judged.add(np.array([True, True, False, False]), np.array([1.0, 0.0]), 0.5)
    judged.add(np.array([False, False, True, True]), np.array([-1.0, -2.0]), -1.5)
    figures = judged.figures()
    assert figures["auc"] == figures["macro_f1"] == 1  # each fold by itself is in order
    assert figures["pooled_auc"] == 0.75  # the second one's 1 lies below the first one's 0
