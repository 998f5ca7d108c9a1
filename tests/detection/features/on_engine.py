"""Computes features on an engine, in a process of its own: ENGINE, CALLS, OUT and windows."""

import sys
from pathlib import Path

import pyarrow.parquet as pq

from wurao.detection.features import WINDOWS, features
from wurao.detection.features.running import calls_in, run

if __name__ == "__main__":
    engine, source, out, *windows = sys.argv[1:]
    with calls_in([Path(source)], Path(out), engine) as calls:
        for window in windows:
            pq.write_table(run(features(calls, WINDOWS[window])), Path(out) / f"{window}.parquet")
