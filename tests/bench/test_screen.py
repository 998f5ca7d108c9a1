from pathlib import Path
from typing import Any

import pytest

from wurao.bench import screen


def test_the_figures_say_what_was_measured(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(screen, "CALLS", 2000)
    monkeypatch.setattr(screen, "RISKS", 100)
    monkeypatch.setattr(screen, "_screened", _noted)
    figures: dict[str, Any] = screen.run()
    assert figures["calls"] == 2000
    assert {"summary_seconds", "out_seconds", "peak_gb", "baseline", "ratio"} <= figures.keys()


def _noted(home: Path, file: Path, out: Path | None = None) -> float:
    assert home.is_dir()
    assert file.stat().st_size
    if out:
        out.write_text("{}\n")
    return 1.0
