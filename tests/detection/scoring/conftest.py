"""Two tables of numbers, some of them robots: what evaluating, training and serving are tried on."""

from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from pyarrow import parquet


def drawn(rows: int, seed: int, first: int = 0) -> pa.Table:
    """Rows whose label shows in two columns, dimly; one column is empty at times, one tells nothing."""
    rng = np.random.default_rng(seed)
    bad = rng.random(rows) < 0.3
    calls = rng.lognormal(4 + bad, 1)
    answered = np.where(rng.random(rows) < 0.1, np.nan, rng.beta(3 - bad, 2 + bad))
    return pa.table(
        {
            "number": [f"1{first + i:010d}" for i in range(rows)],
            "calls": calls,
            "answered": answered,
            "noise": rng.normal(size=rows),
            "bad": bad.astype(np.int64),
        }
    )


@pytest.fixture
def tables(tmp_path: Path) -> tuple[Path, Path]:
    """A table to learn from and one to judge."""
    paths = tmp_path / "train.parquet", tmp_path / "test.parquet"
    parquet.write_table(drawn(400, 1), paths[0])
    parquet.write_table(drawn(300, 2, first=400), paths[1])
    return paths
