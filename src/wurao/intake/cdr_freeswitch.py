"""FreeSWITCH's mod_cdr_csv with the ``example`` template, the one it is shipped with; times are local.

https://developer.signalwire.com/freeswitch/FreeSWITCH-Explained/Modules/mod_cdr_csv_1966426/ – templates that only
add columns at the end (snom, linksys) are read too.
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
    *("caller_id_name", "caller_id_number", "destination_number", "context", "start_stamp", "answer_stamp"),
    *("end_stamp", "duration", "billsec", "hangup_cause", "uuid", "bleg_uuid", "accountcode"),
    *("read_codec", "write_codec", "added_1", "added_2", "added_3", "added_4", "added_5"),
)
_ALWAYS: Final = 13
_CAUSES: Final = {
    "ORIGINATOR_CANCEL": "cancelled",
    "NO_ANSWER": "no_answer",
    "NO_USER_RESPONSE": "no_answer",
    "NORMAL_CLEARING": "no_answer",
    "USER_BUSY": "busy",
    "CALL_REJECTED": "rejected",
}
"""Hang-up causes of calls that nobody answered; every other cause is a failure."""


def batches(source: Source, _reading: Reading) -> Iterator[Batch]:
    """Yield calls; raises InputError if most rows haven't the template's columns."""
    for batch in csv_.tables(source, COLUMNS, at_least=_ALWAYS):
        yield Batch(_calls(batch.table), batch.lines, batch.faults) if batch.table.num_rows else batch


def _calls(cdr: pa.Table) -> pa.Table:
    number = contiguous(cdr.column("caller_id_number"))
    unanswered = pc.equal(cdr.column("answer_stamp"), "")
    return pa.table(
        {
            "call_id": cdr.column("uuid"),
            "caller": pc.if_else(pc.is_in(number, pa.array(["", "0000000000"])), ANONYMOUS, number),
            "callee": cdr.column("destination_number"),
            "start": cdr.column("start_stamp"),
            "ring_ms": ring_ms(cdr),
            "talk_ms": talk_ms(cdr),
            "disposition": pc.if_else(
                unanswered,
                translated(cdr.column("hangup_cause"), lambda cause: _CAUSES.get(cause, "failed")),
                "answered",
            ),
            "ingress": cdr.column("context"),
        }
    )


FORMAT: Final = Format("freeswitch", batches, facts=("calls",))
