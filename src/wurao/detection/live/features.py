"""What a live record says of a caller, as numbers that a model learns from and is served: one code for both.

The columns are those that an edge can tell, which knows that a call began, and how often and whom: pace, fan, order and
hours. What only call records tell is missing (NaN) until they do. Whether a callee was a stranger is left out: that
depends on who is enrolled and what the network tells of earlier talks, so a model of one network would err in another.
"""

from typing import Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from wurao.detection.live._callers import Callers
from wurao.detection.live.records import Void

Floats = npt.NDArray[np.float64]

COLUMNS: Final = (
    "n",
    "uniq",
    "called_back",
    "sequential",
    "gap_mid",
    "gap_dev",
    "gap_mean",
    "gap_sd",
    "hour_entropy",
    "lunch",
    "answered",
    "short",
    "released",
    "concurrent",
)
"""After ``caller`` and ``last_us``. Gaps are logarithms of seconds, hours local, all others shares of the calls."""
_LUNCH: Final = slice(12, 14)
_AROUND_LUNCH: Final = slice(10, 16)


def table_of(callers: Callers, reached: Void) -> pa.Table:
    """Return one row a record that ``callers`` handed out: ``caller``, ``last_us``, then ``COLUMNS``."""
    calls, weight = reached["calls"].astype(np.float64), reached["weight"]
    hours = _hours(reached)
    told = {
        "n": calls,
        "uniq": np.minimum(callers.distinct(reached) / calls, 1.0),
        "called_back": _share(reached["called_back"], weight),
        "sequential": _share(reached["sequential"], weight),
        "gap_mid": reached["gap_mid"],
        "gap_dev": reached["gap_dev"],
        "gap_mean": reached["gap_log_mean"],
        "gap_sd": np.sqrt(np.maximum(reached["gap_log_var"], 0)),
        "hour_entropy": _entropy(hours),
        "lunch": _share(hours[:, _LUNCH].sum(axis=1), hours[:, _AROUND_LUNCH].sum(axis=1)),
        "answered": _share(reached["answered"], reached["ended"]),
        "short": _share(reached["brief"], reached["answered"]),
        "released": _share(reached["by_callee"], reached["answered"]),
        "concurrent": np.where(reached["ended"] > 0, _share(reached["overlapping"], weight), np.nan),
    }
    columns = {name: pa.array(np.asarray(told[name], np.float64)) for name in COLUMNS}
    return pa.table({"caller": pa.array(reached["caller"]), "last_us": pa.array(reached["last_us"]), **columns})


def _share(count: npt.NDArray[np.uint16], of: npt.NDArray[np.uint16]) -> Floats:
    """Return the shares, NaN of nothing."""
    return np.where(of > 0, count / np.maximum(of, 1), np.nan)


def _hours(reached: Void) -> npt.NDArray[np.uint16]:
    """Return [records, 24]: the calls of each local hour as the record keeps them."""
    packed = reached["hours"].reshape(len(reached), -1)
    return np.stack([packed & 15, packed >> 4], axis=2).reshape(len(reached), -1).astype(np.uint16)


def _entropy(counts: npt.NDArray[np.uint16]) -> Floats:
    """Return the entropy of each row in nats."""
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    terms: Floats = shares * np.log(np.where(shares > 0, shares, 1.0))
    entropy: Floats = np.maximum(-terms.sum(axis=1), 0.0)
    return entropy
