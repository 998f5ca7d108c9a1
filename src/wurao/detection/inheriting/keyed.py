"""The 64 bits of a keyed id that stand for a number in signatures: enough to meet it again, nothing to read it from."""

from __future__ import annotations  # pyarrow's types take no [Any] at run time

from typing import Any

import numpy as np

from wurao.detection.inheriting.signatures import Ints


def lead_key(its_id: bytes) -> int:
    """Return the 64 bits of one keyed id."""
    return int.from_bytes(its_id[:8], "little", signed=True)


def lead_keys(ids: Any) -> Ints:
    """Return the 64 bits of each keyed id of a column (16 bytes); of null 0."""
    raw = b"".join(one or bytes(16) for one in ids.to_pylist())
    return np.frombuffer(raw, "<i8")[::2].copy()
