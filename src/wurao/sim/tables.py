"""The world's batches as Arrow tables with the columns of the facts; the truth stays out of them."""

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from wurao.core.categories import METHODS
from wurao.sim.calls import DISPOSITIONS, RELEASED_BY, Calls
from wurao.sim.complaints import GUESSES, Complaints
from wurao.sim.leaks import ARMS, KINDS, Holders
from wurao.sim.stream import call_id, report_id
from wurao.sim.world import World
from wurao.sim.written import texts


def calls(world: World, day: int, shard: int, low: int, batch: Calls) -> pa.Table:
    """Return calls, from the place ``low`` on, of a shard of a day as the fact ``calls``."""
    return pa.table(
        {
            "call_id": _ids(call_id(day, shard, 0), low, len(batch)),
            "caller": texts(batch["caller"]),
            "callee": texts(batch["callee"]),
            "start_us": batch["start_us"],
            "ring_ms": batch["ring_ms"],
            "talk_ms": batch["talk_ms"],
            "disposition": _named(DISPOSITIONS, batch["disposition"]),
            "released_by": _named(RELEASED_BY, batch["released_by"]),
            "ingress": _named([line.ingress for line in world.lines], batch["line"]),
            "user_agent": _named([line.user_agent for line in world.lines], batch["line"]),
            "attestation": _named([line.attestation for line in world.lines], batch["line"]),
            "imei_tac": _digits(batch["imei_tac"]),
            "cells": pa.array(batch["cells"].astype(np.int32), mask=batch["cells"] == 0),
        }
    )


def reports(world: World, day: int, shard: int, batch: Complaints) -> pa.Table:
    """Return the complaints about a shard's calls as the fact ``reports``."""
    sentences = [*(t for campaign in world.figures.campaigns for t in campaign.texts), ""]  # -1 is the last: none
    n = len(batch)
    return pa.table(
        {
            "report_id": pa.array([report_id(day, shard, i) for i in range(n)], pa.string()),
            "reporter": texts(batch["reporter"]),
            "target": pa.array(["call"] * n, pa.string()),
            "subject": texts(batch["subject"]),
            "occurred_us": batch["occurred_us"],
            "received_us": batch["received_us"],
            "category": _named(GUESSES, batch["category"]),
            "method": _named(METHODS, batch["method"]),
            "text": _named(sentences, batch["text"] % len(sentences)),
        }
    )


def disclosures(holders: Holders, until_us: int) -> pa.Table:
    """Return who gave a number to whom before an instant as the fact ``disclosures``."""
    n = int(np.searchsorted(holders.at_us, until_us))
    return pa.table(
        {
            "subscriber": texts(holders.subscribers[holders.subscriber[:n]]),
            "holder": _named(holders.figures.holders, holders.holder[:n]),
            "at_us": holders.at_us[:n],
            "kind": _named(KINDS, holders.kind[:n]),
            "arm": _named(ARMS, holders.arm[:n]),
            "source": pa.array(["manual"] * n, pa.string()),
        }
    )


def _named(names: Sequence[str], index: NDArray[np.integer]) -> pa.StringArray:
    """Names by index; an empty name is missing."""
    return pa.array([name or None for name in names], pa.string()).take(pa.array(index, pa.int32()))


def _ids(first: str, low: int, n: int) -> pa.StringArray:
    counted = pa.array(np.arange(low, low + n)).cast(pa.string())
    # the stubs want arguments of one type
    return pc.binary_join_element_wise(first.removesuffix("0"), counted, "")  # type: ignore[call-overload,no-any-return]


def _digits(numbers: NDArray[np.int32]) -> pa.StringArray:
    codes: pa.StringArray = pa.array(numbers, pa.int32(), mask=numbers == 0).cast(pa.string())  # type: ignore[assignment]  # stubs
    return codes
