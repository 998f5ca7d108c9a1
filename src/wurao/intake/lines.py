"""Records as text in the file's own encoding; what is no text becomes a fault of its row."""

from collections.abc import Iterator
from typing import Final

import numpy as np

from wurao.intake.encoding import TextDecoder
from wurao.intake.interface import Fault
from wurao.intake.opening import Source
from wurao.intake.records import Records, records

_KEPT_BYTES: Final = 1 << 16
"""What quarantine keeps of a row that is no text."""


def decoded(found: Records, decoder: TextDecoder) -> tuple[Records, bytes]:
    """Return the records that are text in the file's encoding, and that text as UTF-8; the others become faults."""
    text = decoder.utf8(found.joined())
    if text is not None and b"\0" not in text:
        return found, text
    good, faults = np.ones(len(found.starts), np.bool_), []
    for index in range(len(found.starts)):
        raw = found.raw(index)
        part = decoder.utf8(raw)
        if part is None or b"\0" in part:
            good[index] = False
            reason = f"the row isn't {decoder.name}" if part is None else "the row holds a NUL byte"
            faults.append(Fault(int(found.lines[index]), "", reason, raw[:_KEPT_BYTES]))
    kept = found.keep(good, tuple(faults))
    return kept, decoder.utf8(kept.joined()) or b""


def text_lines(source: Source) -> Iterator[tuple[list[tuple[int, str]], tuple[Fault, ...]]]:
    """Yield (line, text) of each line that isn't blank, block by block, and the faults of those that are no text."""
    decoder = TextDecoder(source.remarks)
    for found in records(source, quoted=False):
        good, text = decoded(found, decoder)
        parts = text.replace(b"\r", b"\n").decode().split("\n")
        yield list(zip(good.lines.tolist(), filter(None, parts), strict=True)), good.faults
