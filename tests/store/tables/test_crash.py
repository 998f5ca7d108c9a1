"""kill -9 at any moment of build, switch and overlay: a reader looping beside never sees half a table."""

import random
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Literal

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from wurao.core.payload import Risk
from wurao.store.tables.generation import Generation
from wurao.store.tables.live import LiveTables
from wurao.store.tables.tableset import TableSet

ME = 8_613_800_138_000
Make = Callable[..., Generation]
pytestmark = pytest.mark.crash

WRITER = """
import sys
from pathlib import Path
import numpy as np
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from wurao.core.payload import Risk
from wurao.store.tables.build import GenerationBuilder
from wurao.store.tables.generation import Generation
from wurao.store.tables.live import LiveTables
from wurao.store.tables.switch import read_current

folder, key = Path(sys.argv[1]), Ed25519PrivateKey.from_private_bytes(bytes.fromhex(sys.argv[2]))
first = int(sys.argv[3])
numbers = np.arange(first, first + 20_000, dtype=np.uint64)
current = read_current(folder)
live = LiveTables.create(Generation.open(folder / current.generation, [key.public_key()]), slots=64)
print("ready", flush=True)
level = 0
while True:
    level = level % 15 + 1
    payload = Risk(level=level).pack()
    with GenerationBuilder(folder, change=level, as_of_us=0, created_us=0) as builder:
        builder.risks(numbers, np.full(len(numbers), payload, np.uint16))
        heir = live.successor(Generation.open(builder.finish(key), [key.public_key()]), slots=64)
    heir.put_risk(7, payload)
    heir.publish()
    live.close()
    live = heir
"""


def _level(tables: TableSet, number: int) -> int:
    return Risk.unpack(tables.view.risk(number)).level


def _look(tables: TableSet, seconds: float) -> int:
    """Look until ``seconds`` are over; every number of a generation has its level, and so has its overlay."""
    switches, until = 0, time.monotonic() + seconds
    while time.monotonic() < until:
        switches += tables.refresh()
        assert tables.refused == "" or "No such file" in tables.refused  # overtaken again and again
        levels = {_level(tables, number) for number in (ME, ME + 250, ME + 499, 7)}
        assert len(levels) == 1
        assert levels != {0}
    return switches


def test_readers_never_see_half_a_table(
    make: Make,
    folder: Path,
    key: Ed25519PrivateKey,
    trusted: list[Ed25519PublicKey],
    size: Literal["desk", "ci", "long"],
) -> None:
    live = LiveTables.create(make(level=7), slots=64)
    live.put_risk(7, Risk(level=7).pack())
    live.publish()
    live.close()
    tables = TableSet.open(folder, trusted)
    chance = random.Random(11)  # noqa: S311
    switches = 0
    for _ in range({"desk": 6, "ci": 30, "long": 650}[size]):
        command = [sys.executable, "-c", WRITER, str(folder), key.private_bytes_raw().hex(), str(ME)]
        with subprocess.Popen(command, stdout=subprocess.PIPE) as writer:
            try:
                assert writer.stdout is not None
                assert writer.stdout.readline() == b"ready\n"
                switches += _look(tables, chance.uniform(0.02, 0.25))
            finally:
                writer.kill()
        assert TableSet.open(folder, trusted).view.risk(ME) > 0
    assert switches > 0
    make()
    assert not list(folder.glob(".build-*"))
