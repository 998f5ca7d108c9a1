"""The town of ``wurao run``: its campaigns are linked beside it, and what hinders that is said, not raised."""

from pathlib import Path

import pyarrow as pa

from wurao.cli import town
from wurao.core.clock import FixedClock
from wurao.detection.linking import kept
from wurao.store.home import Home

NOW_US = 1_787_000_000_000_000


def test_a_town_without_calls_says_that_it_has_no_campaigns(tmp_path: Path) -> None:
    said: list[str] = []
    thread = town.link_beside(Home.create(tmp_path / "home"), FixedClock(NOW_US), said.append)
    assert thread is not None
    thread.join(60)
    assert len(said) == 1
    assert said[0].startswith("no campaigns: ")


def test_a_town_is_linked_once(tmp_path: Path) -> None:
    home = Home.create(tmp_path / "home")
    members, links = (pa.table({f.name: pa.array([], f.type) for f in schema}) for schema in (kept.MEMBERS, kept.LINKS))
    kept.write(home, kept.Linked(NOW_US, (), members, links))
    assert town.link_beside(home, FixedClock(NOW_US), print) is None
