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
    tested: list[object] = []
    for learnt, test in sichuan._folds(data, 1):
        assert not set(learnt.ids) & set(test.ids)
        assert abs(test.y.mean() - y.mean()) < 0.02
        assert [data.ids.index(i) for i in test.ids] == test.x[:, 0].astype(int).tolist()
        tested += test.ids
    assert sorted(tested) == list(range(203))
