"""The town of ``wurao run``: its campaigns are linked beside it, and what hinders that is said, not raised."""

from pathlib import Path

import pyarrow as pa
import pytest

from wurao.cli import town
from wurao.detection.linking import kept
from wurao.store.home import Home

NOW_US = 1_787_000_000_000_000


def test_a_town_without_calls_says_that_it_has_no_campaigns(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    with town.linking_beside(Home.create(tmp_path / "home")) as process:
        assert process is not None
        assert process.wait(60) == 2
    assert "no calls of the last 11 days" in capfd.readouterr().err


def test_linking_ends_with_the_town(tmp_path: Path) -> None:
    with town.linking_beside(Home.create(tmp_path / "home")) as process:
        assert process is not None
    assert process.returncode is not None


def test_a_town_is_linked_once(tmp_path: Path) -> None:
    home = Home.create(tmp_path / "home")
    members, links = (pa.table({f.name: pa.array([], f.type) for f in schema}) for schema in (kept.MEMBERS, kept.LINKS))
    kept.write(home, kept.Linked(NOW_US, (), members, links))
    with town.linking_beside(home) as process:
        assert process is None
