"""Kamailio's accounting: exports of the tables ``acc``, ``missed_calls`` and ``acc_cdrs``, or its lines in syslog.

https://www.kamailio.org/docs/modules/stable/modules/acc.html – ``acc`` writes a row a transaction: an answered INVITE
and the BYE of the same Call-ID make one call; a refused INVITE is a call by itself; challenges (401, 407) and other
methods are left out. Caller and callee are the columns that the administrator configured (``db_extra``,
``log_extra``, ``cdr_extra``); read are the names of Kamailio's own examples.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import Final

import numpy as np

from wurao.core.errors import InputError
from wurao.intake import csv_
from wurao.intake.interface import Batch, Fault, Format, Reading
from wurao.intake.jsonl import as_table
from wurao.intake.lines import text_lines
from wurao.intake.opening import Source

Row = dict[str, str]

MAX_OPEN: Final = 1 << 18
"""Answered calls whose BYE is awaited; beyond, the oldest goes in without a duration."""
_CALLERS: Final = ("src_user", "caller", "caller_id", "from_user", "src_uri", "from_uri")
_CALLEES: Final = ("dst_ouser", "callee", "dst_user", "to_user", "dst_uri", "to_uri")
_IDS: Final = ("callid", "call_id", "sip_call_id")
_TRUNKS: Final = ("src_ip", "ingress", "src_domain")
_TIMES: Final = ("timestamp", "time")
_KNOWN: Final = frozenset(
    (*_CALLERS, *_CALLEES, *_IDS, *_TRUNKS, *_TIMES, "method", "sip_code", "start_time", "duration")
)
_CHALLENGES: Final = ("401", "407")
_DISPOSITIONS: Final = {
    "486": "busy",
    "600": "busy",
    "487": "cancelled",
    "603": "rejected",
    "607": "rejected",
    "608": "rejected",
    "408": "no_answer",
    "480": "no_answer",
}


def batches(source: Source, _reading: Reading) -> Iterator[Batch]:
    """Yield calls; raises InputError if the file is neither an export nor a log of acc."""
    pairing = _Pairing()
    for rows, faults, left_out in _log(source) if _is_log(source) else _export(source):
        yield pairing.calls(rows, faults, left_out)
    yield pairing.rest()


Lines = Iterator[tuple[list[tuple[int, Row]], tuple[Fault, ...], int]]


def _is_log(source: Source) -> bool:
    head = next(source.blocks(), b"")
    return b"method=" in head or b"start_time=" in head


def _export(source: Source) -> Lines:
    for batch in csv_.tables(source, delimiter=csv_.delimiter_of(source, _KNOWN.__contains__)):
        if not _KNOWN.intersection(batch.table.column_names):
            raise InputError("no column is one of acc's", where=str(source.path), mend="export it with its header")
        yield list(zip(batch.lines.tolist(), batch.table.to_pylist(), strict=True)), batch.faults, 0


def _log(source: Source) -> Lines:
    for lines, faults in text_lines(source):
        parsed = [(line, _fields(text)) for line, text in lines]
        rows = [(line, row) for line, row in parsed if "method" in row or "start_time" in row]
        yield rows, faults, len(parsed) - len(rows)


def _fields(line: str) -> Row:
    """Return the ``name=value`` fields of one line; what stands before the first belongs to syslog."""
    parts = (part.partition("=") for part in line.split(";"))
    fields = {name.strip().rpartition(" ")[2]: value.strip() for name, equals, value in parts if equals}
    return fields | ({"sip_code": fields["code"]} if "code" in fields else {})


class _Pairing:
    """Joins the INVITE and the BYE of a call."""

    def __init__(self) -> None:
        self._open: dict[str, tuple[int, Row]] = {}

    def calls(self, rows: list[tuple[int, Row]], faults: tuple[Fault, ...], left_out: int) -> Batch:
        """Return the calls that these rows complete."""
        done: list[tuple[int, Row]] = []
        for line, row in rows:
            call = self._call(line, row)
            done += call
        left_out += len(rows) - len(done)  # an INVITE that waits is counted when its BYE makes it a call
        return _batch(done, faults, left_out)

    def rest(self) -> Batch:
        """Return the answered calls whose BYE never came."""
        done = list(self._open.values())
        self._open = {}
        return _batch(done, (), -len(done))

    def _call(self, line: int, row: Row) -> list[tuple[int, Row]]:
        if row.get("start_time"):
            return [(line, _from_cdr(row))]
        call_id = _first(row, _IDS)
        method, code = row.get("method", "INVITE").upper(), row.get("sip_code", "")
        if method == "BYE" and call_id in self._open:
            return [_ended(self._open.pop(call_id), row)]
        if method != "INVITE" or code in _CHALLENGES or call_id in self._open:
            return []
        call = _from_invite(row, call_id, code)
        if not code.startswith("2"):
            return [(line, call)]
        self._open[call_id] = (line, call)
        return [self._open.pop(next(iter(self._open)))] if len(self._open) > MAX_OPEN else []


def _batch(done: list[tuple[int, Row]], faults: tuple[Fault, ...], left_out: int) -> Batch:
    return Batch(as_table([row for _, row in done]), np.array([line for line, _ in done], np.int64), faults, left_out)


def _parties(row: Row) -> Row:
    trunk = {"ingress": _first(row, _TRUNKS)}
    return {"caller": _first(row, _CALLERS) or "anonymous", "callee": _first(row, _CALLEES)} | trunk


def _from_invite(row: Row, call_id: str, code: str) -> Row:
    answered = code.startswith("2")
    disposition = "answered" if answered else _DISPOSITIONS.get(code, "failed")
    talk = {} if answered else {"talk_ms": "0"}
    return {"call_id": call_id, "start": _first(row, _TIMES), "disposition": disposition} | talk | _parties(row)


def _from_cdr(row: Row) -> Row:
    try:
        talk = str(round(float(row.get("duration", "")) * 1000))
    except (ValueError, OverflowError):
        talk = row.get("duration", "")
    call = {"start": row["start_time"], "talk_ms": talk, "disposition": "answered"} | _parties(row)
    return call | ({"call_id": call_id} if (call_id := _first(row, _IDS)) else {})


def _ended(opened: tuple[int, Row], bye: Row) -> tuple[int, Row]:
    line, call = opened
    began, ended = _seconds(call["start"]), _seconds(_first(bye, _TIMES))
    if began is not None and ended is not None:
        call["talk_ms"] = str(round((ended - began) * 1000))
    return line, call


def _seconds(text: str) -> float | None:
    """Return a moment in seconds, comparable with others of the same file; None if it is none."""
    try:
        return float(text) if text.replace(".", "", 1).isdigit() else datetime.fromisoformat(text).timestamp()
    except (ValueError, OverflowError):
        return None


def _first(row: Row, names: tuple[str, ...]) -> str:
    return next((value for name in names if (value := row.get(name))), "")


FORMAT: Final = Format("kamailio", batches, facts=("calls",))
