"""Reports written as short rows."""

from collections.abc import Callable

import numpy as np
import pyarrow as pa
import pytest

from wurao.core.clock import DAY_US

NOW_US = 20_000 * DAY_US + DAY_US // 2
Reports = Callable[..., pa.Table]


@pytest.fixture
def reports() -> Reports:
    """Makes a table of (reporter or None, subject, days ago) rows; keywords set columns for all of them."""

    def table(*rows: tuple[str | None, int, float], wanted: bool = False, category: str = "fraud") -> pa.Table:
        return pa.table(
            {
                "reporter": pa.array([None if who is None else who.encode() for who, _, _ in rows], pa.binary()),
                "subject": np.array([subject for _, subject, _ in rows], np.uint64),
                "occurred_us": np.array([NOW_US - int(ago * DAY_US) for _, _, ago in rows], np.int64),
                "category": pa.array([category] * len(rows), pa.string()),
                "method": pa.array(["robot"] * len(rows), pa.string()),
                "wanted": np.full(len(rows), wanted),
                "weight": np.ones(len(rows)),
            }
        )

    return table


@pytest.fixture
def now_us() -> int:
    return NOW_US
