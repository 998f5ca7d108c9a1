from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from wurao.bench import features
from wurao.detection.features import FEATURES


def test_the_baseline_has_the_same_columns(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(features, "SIZES", (1_000, 3_000))
    monkeypatch.setattr(features, "_in_a_process", _here)
    figures: dict[str, Any] = features.run(long=False)
    assert [size["calls"] for size in figures["sizes"]] == [1_000, 3_000]
    assert figures["sizes"][1]["callers"] == 60
    assert all(0 <= size["largest_difference"] < 1e-9 for size in figures["sizes"])
    assert {"cpu_seconds", "peak_gb", "baseline", "ratio", "machine"} <= figures.keys()


def _here(folder: Path, rows: int, way: str) -> dict[str, Any]:
    out = folder / f"{rows}-{way}.parquet"
    figures: dict[str, Any] = features.measure(way, folder / f"{rows}.parquet", out)
    assert pq.read_schema(out).names == ["caller", "first_us", "last_us", *FEATURES]
    return figures | {"cpu_seconds": 1.0}


def test_calls_are_the_same_for_the_same_seed(tmp_path: Path) -> None:
    for name in ("one", "other"):
        features.write_calls(tmp_path / name, 500)
    assert pq.read_table(tmp_path / "one").equals(pq.read_table(tmp_path / "other"))
