"""Telephone numbers of a column: the compiled fast path for all, the slow judge once per distinct text it left."""

from functools import lru_cache

import numpy as np

from wurao.core import numbers
from wurao.core.errors import InputError
from wurao.intake.columns import Array, texts
from wurao.store.identities import Numbers


def read_numbers(column: Array, *, names: bool) -> tuple[Numbers, dict[int, str]]:
    """Return the number of each text (0 = anonymous or empty) and, by index, why a text is no number.

    ``names`` lets the alphanumeric senders of messages in.
    """
    values, status = np.zeros(len(column), np.uint64), np.zeros(len(column), np.uint8)
    offsets, data = texts(column)
    faults: dict[int, str] = {}
    if not numbers.read_many(offsets.data, data.data, values.data, status.data):
        return values, faults
    for index in np.flatnonzero(status == numbers.Status.UNDECIDED).tolist():
        value = _judged(column[index].as_py(), names)
        if isinstance(value, str):
            faults[index] = value
        else:
            values[index] = value
    return values, faults


@lru_cache(maxsize=1 << 16)
def _judged(text: str, names: bool) -> int | str:  # noqa: FBT001 - part of the cached question
    try:
        return numbers.read(text, names=names) if text.strip() else 0
    except InputError as error:
        return error.what
