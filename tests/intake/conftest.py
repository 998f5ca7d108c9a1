"""A home to import into, and the shortest way to run one import."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import pytest

from wurao.core.clock import FixedClock, parse_instant
from wurao.intake.formats import format_of
from wurao.intake.importing import Summary
from wurao.intake.interface import Reading
from wurao.intake.into_home import run_import
from wurao.store.home import Home

NOW_US = parse_instant("2026-08-10T12:00:00+08:00")
CALLS = "call_id,caller,callee,start,ring_ms,talk_ms\n"

Importer = Callable[..., Summary]


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home.create(tmp_path / "home")


@pytest.fixture
def importer(home: Home) -> Importer:
    """Import files of a fact and return the summary."""

    def run(
        fact: str, *files: Path, named: str | None = None, zone: str = "Asia/Shanghai", subscriber: str = ""
    ) -> Summary:
        chosen = [(path, format_of(path, fact, named)) for path in files]
        reading = Reading(fact, ZoneInfo(chosen[0][1].zone or zone), subscriber)
        with home.lock():
            summary = run_import(home, reading, chosen, FixedClock(NOW_US), lambda _path, _read: None)
        assert summary.read == summary.stored + summary.duplicate + summary.quarantined
        return summary

    return run


@pytest.fixture
def write(tmp_path: Path) -> Callable[[str, str | bytes], Path]:
    """Write an input file."""

    def write(name: str, content: str | bytes) -> Path:
        path = tmp_path / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    return write


@pytest.fixture
def refused() -> Callable[[Summary], Sequence[dict[str, Any]]]:
    """Read a quarantine file."""

    def read(summary: Summary) -> Sequence[dict[str, Any]]:
        if summary.quarantine_file is None:
            return []
        return [msgspec.json.decode(line) for line in Path(summary.quarantine_file).read_bytes().splitlines()]

    return read


@pytest.fixture
def stored(home: Home) -> Callable[[str], list[dict[str, Any]]]:
    """Read all rows of a fact from the lake."""

    def read(fact: str) -> list[dict[str, Any]]:
        from wurao.store.lake import Lake

        return [row for batch in Lake(home).read(fact) for row in batch.to_pylist()]

    return read
