"""A home under lock, its keys, identities and lake, and rows to put in."""

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from wurao.core.clock import DAY_US
from wurao.store.home import Home
from wurao.store.identities import Identities, Numbers
from wurao.store.keys import KeyRing
from wurao.store.lake import Lake
from wurao.store.schema import at_rest

NOON_US = 1_625_630_400_000_000
"""2021-07-07 12:00 in China."""
SUBSCRIBERS = 13_800_000_000


def subscribers(numbers: Numbers) -> np.ndarray:
    return (numbers >= SUBSCRIBERS) & (numbers < SUBSCRIBERS + 1_000)


def calls_of(start: int, count: int, per_day: int = 1_000_000) -> pa.Table:
    """Calls start…start+count-1 at rest, without numbers; ``per_day`` of them on each day."""
    numbers = range(start, start + count)
    at = [NOON_US + n // per_day * DAY_US + n % per_day for n in numbers]
    rows = {"row_id": pa.array([n.to_bytes(16, "little") for n in numbers], pa.binary(16)), "start_us": at}
    schema = at_rest("calls")
    columns = [pa.array(rows[f.name], f.type) if f.name in rows else pa.nulls(count, f.type) for f in schema]
    return pa.table(columns, schema=schema)


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    with Home.create(tmp_path / "home").lock() as opened:
        yield opened


@pytest.fixture
def identities(home: Home) -> Identities:
    return Identities(KeyRing.open(home))


@pytest.fixture
def lake(home: Home) -> Lake:
    return Lake(home)


@pytest.fixture
def calls() -> Callable[..., pa.Table]:
    return calls_of


@pytest.fixture
def enrolled() -> Callable[[Numbers], np.ndarray]:
    return subscribers
