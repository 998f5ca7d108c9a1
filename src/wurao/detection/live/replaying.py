"""Calls at rest through the table of callers, told as an edge tells them: what a live model learns from."""

from collections.abc import Callable
from pathlib import Path
from typing import Final

import numpy as np
import pyarrow as pa
from pyarrow import parquet

from wurao.core.payload import INVALID_CALLER
from wurao.detection.live._callers import Callers
from wurao.detection.live.features import table_of
from wurao.detection.live.records import EVENT, RECORD, Kind, Void
from wurao.detection.scoring.labelled import pc

BATCH: Final = 1 << 17


def begun_in(calls: Path) -> Void:
    """Return the beginnings of typed calls (Parquet: caller, callee, start_us) in their order, as ``EVENT``.

    Who withholds the number is nobody and left out.
    """
    table = parquet.read_table(calls, columns=["caller", "callee", "start_us"]).sort_by(
        [("start_us", "ascending"), ("caller", "ascending"), ("callee", "ascending")]
    )
    events = np.zeros(table.num_rows, EVENT)
    for name, column in (("caller", "caller"), ("callee", "callee"), ("at_us", "start_us")):
        events[name] = pc.fill_null(table.column(column), 0).to_numpy().astype(EVENT[name])
    events["kind"] = Kind.BEGUN
    known: Void = events[(events["caller"] > 0) & (events["caller"] < INVALID_CALLER)]
    return known


def replayed(events: Void) -> Callable[[str], pa.Table]:
    """Return the features of each window (``k5`` …) by name, as the live table hands them out over these events.

    A caller with fewer calls has what is known of it in the end.
    """
    callers = Callers(max(len(np.unique(events["caller"])), 1))
    room, found = np.zeros(BATCH, RECORD), [np.zeros(0, RECORD)]
    for start in range(0, len(events), BATCH):
        copied = callers.update(events[start : start + BATCH], room)
        found.append(room[:copied].copy())
    reached, last = np.concatenate(found), callers.held[: callers.count]

    def features(window: str) -> pa.Table:
        k = int(window.removeprefix("k"))
        return table_of(callers, np.concatenate([reached[reached["calls"] == k], last[last["calls"] < k]]))

    return features
