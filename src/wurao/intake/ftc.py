"""The FTC's Do-Not-Call reported calls: its published CSV, or the same columns in Parquet.

https://www.ftc.gov/policy-notices/open-government/data-sets/do-not-call-data – one unverified complaint a row, no
reporter, no zone (the agency's own: US Eastern), numbers as the consumer typed them. A complaint whose number isn't
ten digits of the North American plan is quarantined: it names no number.
"""

from collections.abc import Iterator
from typing import Final

import numpy as np
import pyarrow as pa

from wurao.core.errors import InputError
from wurao.intake import csv_, parquet
from wurao.intake.columns import contiguous, pc, picked, translated
from wurao.intake.interface import Batch, Fault, Format, Reading
from wurao.intake.opening import Source

CATEGORIES: Final = {
    "calls pretending to be government, businesses, or family and friends": "fraud",
    "charities": "other_commercial",
    "computer & technical support": "fraud",
    "dropped call or no message": "unknown",
    "energy, solar, & utilities": "other_commercial",
    "home improvement & cleaning": "renovation",
    "home security & alarms": "other_commercial",
    "lotteries, prizes & sweepstakes": "fraud",
    "medical & prescriptions": "medical_beauty",
    "no subject provided": "unknown",
    "other": "unknown",
    "reducing your debt (credit cards, mortgage, student loans)": "loan_finance",
    "vacation & timeshares": "other_commercial",
    "warranties & protection plans": "other_commercial",
    "work from home & other ways to make money": "other_commercial",
}
"""The FTC's subjects → our taxonomy; a subject it adds later is unknown until it stands here."""
METHODS: Final = {"Y": "robot"}

_NUMBER: Final = "company_phone_number"
_RENAMED: Final = {"violation_date": "occurred", "created_date": "received"}
_NEEDED: Final = (_NUMBER, *_RENAMED, "subject", "recorded_message_or_robocall")
_NANP: Final = r"^[2-9][0-9]{9}$"


def batches(source: Source, reading: Reading) -> Iterator[Batch]:
    """Yield complaints as reports; raises InputError if a column is missing."""
    raw = parquet.batches(source, reading) if source.head.startswith(b"PAR1") else csv_.tables(source)
    for batch in raw:
        yield _reports(batch, source)


def _reports(batch: Batch, source: Source) -> Batch:
    table = batch.table.rename_columns([name.lower() for name in batch.table.column_names])
    missing = [name for name in _NEEDED if name not in table.column_names]
    if missing:
        raise InputError(f"the FTC's column '{missing[0]}' is missing", where=str(source.path), mend="check --format")
    number = contiguous(pc.utf8_trim_whitespace(table.column(_NUMBER)))
    good = pc.match_substring_regex(number, _NANP).to_numpy(zero_copy_only=False)
    faults = tuple(
        Fault(
            int(batch.lines[index]), _NUMBER, _reason(number[index].as_py()), batch.table.slice(index, 1).to_pylist()[0]
        )
        for index in np.flatnonzero(~good).tolist()
    )
    shaped = {
        "subject": pc.binary_join_element_wise("+1", number, ""),
        **{ours: table.column(theirs) for theirs, ours in _RENAMED.items()},
        "category": translated(table.column("subject"), _category),
        "method": translated(table.column(_NEEDED[-1]), lambda text: METHODS.get(text.strip().upper(), "unknown")),
        "text": table.column("subject"),
    }
    others = {name: table.column(name) for name in table.column_names if name not in _NEEDED}
    rows = pa.table(shaped | others).filter(picked(good))
    return Batch(rows, batch.lines[good], batch.faults + faults)


def _category(text: str) -> str:
    return CATEGORIES.get(" ".join(text.split()).lower(), "unknown")


def _reason(text: str) -> str:
    return "is no North American number of ten digits" if text else "no number was given"


FORMAT: Final = Format(
    "ftc",
    batches,
    facts=("reports",),
    zone="America/New_York",
    remark="times carry no zone and are read as US Eastern",
)
