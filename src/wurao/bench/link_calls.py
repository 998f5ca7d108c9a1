"""Calls of many campaigns at once, for the growth of the linking: a dozen for each number, drawn without a world."""

from pathlib import Path
from typing import Final

import numpy as np
import pyarrow as pa
from pyarrow import parquet

from wurao.core.clock import DAY_US, HOUR_US

CALLS: Final = 12
VESTS: Final = 50
"""Numbers of a campaign."""
_START_US: Final = 1_772_380_800_000_000
_DAYS: Final = 14
_FIRST_CALLER: Final = 86_571_5000_0000
_FIRST_CALLEE: Final = 86_138_0000_0000


def written_calls(n: int, out: Path, seed: int = 1) -> int:
    """Write the calls of ``n`` numbers, typed as intake types them, and return how many there are."""
    rng = np.random.default_rng(seed)
    campaign = np.arange(n) // VESTS
    number = _FIRST_CALLER + rng.permutation(n) * 3
    born = rng.integers(0, (_DAYS - 1) * DAY_US, n)
    caller = np.repeat(np.arange(n), CALLS)
    rows = len(caller)
    talk_s = rng.lognormal(2.3, 0.6, n // VESTS + 1)[campaign[caller]] * rng.lognormal(0, 0.5, rows)
    ring_ms = rng.uniform(12_000, 40_000, n // VESTS + 1)[campaign[caller]] + rng.normal(0, 400, rows)
    answered = rng.random(rows) < 0.55
    start = _START_US + born[caller] + rng.integers(8 * HOUR_US, 20 * HOUR_US, rows)
    trunk = campaign[caller] % 40
    table = pa.table(
        {
            "caller": number[caller].astype(np.uint64),
            "callee": (_FIRST_CALLEE + rng.integers(0, max(10 * n, 1000), rows)).astype(np.uint64),
            "start_us": start,
            "ring_ms": np.where(answered, 6_000, ring_ms).astype(np.int32),
            "talk_ms": np.where(answered, talk_s * 1000, 0).astype(np.int32),
            "disposition": np.where(answered, "answered", "no_answer"),
            "released_by": np.where(rng.random(rows) < 0.7, "callee", "caller"),
            "attestation": pa.nulls(rows, pa.string()),
            "ingress": np.char.add("trunk-", trunk.astype(str)),
        }
    )
    parquet.write_table(table, out)
    return rows
