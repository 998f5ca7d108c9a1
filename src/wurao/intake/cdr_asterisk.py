"""Asterisk's ``Master.csv`` (cdr_csv): no header, sixteen columns and whatever cdr.conf adds; times are local.

https://docs.asterisk.org/Configuration/Reporting/Call-Detail-Records-CDR/ – durations in whole seconds. Only
``uniqueid`` with ``sequence`` names one record (a transfer writes several with one uniqueid), so a file without
sequence gives calls without an id.
"""

from collections.abc import Iterator
from typing import Final

import pyarrow as pa

from wurao.intake import csv_
from wurao.intake.cdr_columns import ANONYMOUS, ring_ms, talk_ms
from wurao.intake.columns import contiguous, pc, translated
from wurao.intake.interface import Batch, Format, Reading
from wurao.intake.opening import Source

COLUMNS: Final = (
    *("accountcode", "src", "dst", "dcontext", "clid", "channel", "dstchannel", "lastapp", "lastdata"),
    *("start", "answer", "end", "duration", "billsec", "disposition", "amaflags"),
    *("uniqueid", "userfield", "peeraccount", "linkedid", "sequence"),
)
_ALWAYS: Final = 16
_DISPOSITIONS: Final = {
    "ANSWERED": "answered",
    "NO ANSWER": "no_answer",
    "BUSY": "busy",
    "FAILED": "failed",
    "CONGESTION": "failed",
}
_TECHNOLOGY_AND_INSTANCE: Final = r"^[^/]*/(.*)-[^-]*$"
"""Channel names are TECHNOLOGY/PEER-INSTANCE."""


def batches(source: Source, _reading: Reading) -> Iterator[Batch]:
    """Yield calls; raises InputError if most rows haven't Asterisk's columns."""
    for batch in csv_.tables(source, COLUMNS, at_least=_ALWAYS):
        yield Batch(_calls(batch.table), batch.lines, batch.faults) if batch.table.num_rows else batch


def _calls(cdr: pa.Table) -> pa.Table:
    source = contiguous(cdr.column("src"))
    calls = {
        "caller": pc.if_else(pc.equal(source, ""), ANONYMOUS, source),
        "callee": cdr.column("dst"),
        "start": cdr.column("start"),
        "ring_ms": ring_ms(cdr),
        "talk_ms": talk_ms(cdr),
        "disposition": translated(cdr.column("disposition"), lambda text: _DISPOSITIONS.get(text, text)),
        "ingress": pc.replace_substring_regex(cdr.column("channel"), _TECHNOLOGY_AND_INSTANCE, r"\1"),
    }
    if "sequence" in cdr.column_names:
        calls["call_id"] = pc.binary_join_element_wise(cdr.column("uniqueid"), cdr.column("sequence"), "-")
    return pa.table(calls)


FORMAT: Final = Format("asterisk", batches, facts=("calls",))
