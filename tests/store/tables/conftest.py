"""Small generations for the tests of the tables."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from wurao.core.clock import DAY_US
from wurao.core.payload import PairKind, Range, Risk
from wurao.core.wishes import default_profile, strict_profile
from wurao.store.tables import detail
from wurao.store.tables.build import GenerationBuilder
from wurao.store.tables.generation import Generation

AS_OF_US = 20_000 * DAY_US
ME = 8_613_800_138_000

Make = Callable[..., Generation]


@pytest.fixture(scope="session")
def key() -> Ed25519PrivateKey:
    return Ed25519PrivateKey.generate()


@pytest.fixture(scope="session")
def trusted(key: Ed25519PrivateKey) -> list[Ed25519PublicKey]:
    return [key.public_key()]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "tables"


@pytest.fixture
def make(folder: Path, key: Ed25519PrivateKey) -> Make:
    """Build and open a generation whose every risk has the same level; every file has something in it."""

    def build(level: int = 7, change: int = 1) -> Generation:
        numbers = np.arange(ME, ME + 500, dtype=np.uint64)
        payloads = np.full(500, Risk(category=5, level=level).pack(), np.uint16)
        words = detail.pack(
            np.full(500, 10 * level + 3, np.uint16),
            np.ones(500, np.uint8),
            np.ones(500, np.uint16),
            np.ones(500, np.uint32),
        )
        with GenerationBuilder(folder, change=change, as_of_us=AS_OF_US, created_us=AS_OF_US) as builder:
            builder.risks(numbers, payloads, words, detail.Names(("", "c-1"), ((), ("REPORTED",))))
            builder.ranges(
                np.array([ME // 100, ME // 10_000, 861_390_000], np.uint64),
                np.array([2, 4, 4], np.uint8),
                np.array([Range(level=3).pack(), Range(level=2).pack(), Range(level=1).pack()], np.uint16),
            )
            builder.pairs(
                np.full(3, ME, np.uint64),
                np.array([5, 6, 0], np.uint64),
                np.array([PairKind.CONTACT, PairKind.EXPECTED, PairKind.EMERGENCY], np.uint8),
                np.array([0, AS_OF_US + DAY_US, AS_OF_US + DAY_US]),
            )
            wishes = np.append(numbers, np.uint64(10**15 + 95_588))
            builder.wishes([(wishes, np.full(501, 2, np.uint16))], {1: default_profile(), 2: strict_profile()})
            builder.policy(b"{}")
            path = builder.finish(key)
        return Generation.open(path, [key.public_key()])

    return build
