"""What switches' call records have in common: whole seconds as ``duration`` (from the start) and ``billsec`` (talk)."""

from typing import Final

import numpy as np
import pyarrow as pa

from wurao.intake import _rows
from wurao.intake.columns import Array, contiguous, pc, texts

ANONYMOUS: Final = "anonymous"


def talk_ms(cdr: pa.Table) -> Array:
    """Return ``billsec`` in milliseconds as text; what is no count stays as it is, for validation to refuse."""
    seconds = contiguous(cdr.column("billsec"))
    return pc.if_else(pc.equal(seconds, ""), "", pc.binary_join_element_wise(seconds, "000", ""))


def ring_ms(cdr: pa.Table) -> Array:
    """Return ``duration`` less ``billsec`` in milliseconds as text, "" where either is no count."""
    total, no_total = _rows.parse_counts(*texts(contiguous(cdr.column("duration"))))
    talk, no_talk = _rows.parse_counts(*texts(contiguous(cdr.column("billsec"))))
    ring = np.maximum(total - talk, 0) * 1000
    return pc.fill_null(pa.array(ring, mask=no_total | no_talk).cast(pa.string()), "")
