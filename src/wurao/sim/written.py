"""Numbers as the town writes them: digits below 10^16 and which mark stands before them, in one 64-bit integer."""

from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

Written = NDArray[np.int64]

MARK: Final = 10**16
ZERO: Final = 1 * MARK
"""A landline: trunk prefix 0 before area code and number."""
PLUS: Final = 2 * MARK
"""A number from abroad."""
NOBODY: Final = 0
"""Nobody's number: an anonymous reporter."""
_MARKS: Final = pa.array(["", "0", "+"])


def texts(numbers: Written) -> pa.StringArray:
    """Return the numbers as text; nobody is null."""
    marks = _MARKS.take(pa.array(numbers // MARK, pa.int8()))
    digits = pa.array(numbers % MARK, pa.int64(), mask=numbers == NOBODY).cast(pa.string())
    # the stubs want arguments of one type
    return pc.binary_join_element_wise(marks, digits, "")  # type: ignore[call-overload,no-any-return]


def text(number: int) -> str:
    """Return one number as text."""
    mark, digits = divmod(number, MARK)
    return f"{_MARKS[mark]}{digits}"
