"""The readers of the shield tables in plain Python: the twin of ``_slots``, to agree with and to explain from."""

from collections.abc import Iterator, Mapping

from wurao.core.payload import (
    PAYLOAD_BITS,
    PAYLOAD_MASK,
    SPEAKS,
    finer_bit,
    home_slot,
    pair_holds,
    pair_key,
    range_key,
)
from wurao.store.tables import layout
from wurao.store.tables.generation import Generation
from wurao.store.tables.wishpages import BITMAP, END_MOBILE, FIRST_MOBILE, FIRST_SEGMENT, FLAT, LINE, PAGE

Words = Mapping[str, memoryview]

_BLOCK_BITS = 240


class PureView:
    """What ``_slots.View`` reads, read slowly; ``live`` is what ``open_live`` returned or empty."""

    def __init__(self, generation: Generation, live: Words) -> None:
        self._tables: Words = generation.tables
        self._live = live
        self._manifest = generation.manifest

    def risk(self, number: int) -> int:
        """Return the payload of a number, 0 where nothing is known or it was cleared."""
        return self._payload("risk", number)

    def range_at(self, number: int, span: int) -> int:
        """Return the payload of the block of 10^span numbers around a number, 0 where nothing is known."""
        return self._payload("range", range_key(number // 10**span, span))

    def range(self, number: int) -> int:
        """Return the payload of the smallest block around a number that says something, else 0."""
        four = self.range_at(number, 4)
        known = self._manifest.span_mask | (self._live["head"][layout.HEAD_SPANS] if self._live else 0)
        spans = [
            *(span for span in (1, 2, 3) if four & finer_bit(span)),
            4,
            *(span for span in range(5, 12) if known >> span & 1),
        ]
        return next((payload for span in spans if (payload := self.range_at(number, span)) & SPEAKS), 0)

    def pairs(self, subscriber: int, caller: int, at_us: int) -> int:
        """Return a bit per PairKind that holds between a subscriber and a caller at ``at_us``."""
        key = pair_key(subscriber, caller)
        payloads = {
            payload & 7: payload for payload in _payloads(self._tables.get("pair" if caller else "emergency"), key)
        }
        if self._used("pair"):
            payloads |= {payload & 7: payload for payload in _payloads(self._live["pair"], key)}
        base_us = self._manifest.base_us
        return sum(1 << kind for kind, payload in payloads.items() if pair_holds(payload, at_us, base_us))

    def wish(self, subscriber: int) -> int:
        """Return the profile number of a subscriber, 0 if not enrolled."""
        if self._used("wish"):
            found = _wide(self._live["wish"], subscriber)
            if found is not None:
                return found
        if FIRST_MOBILE <= subscriber < END_MOBILE:
            return self._paged(subscriber - FIRST_MOBILE)
        return _wide(self._tables.get("wish_outside"), subscriber) or 0

    def profile(self, number: int) -> int:
        """Return the word of a profile (bit 63: it exists), 0 where there is none."""
        words = (self._live or self._tables).get("profiles", ())
        return words[number] if number < len(words) else 0

    def _paged(self, mobile: int) -> int:
        segment, low = divmod(mobile, PAGE)
        at = segment + FIRST_SEGMENT - self._manifest.first_segment
        directory = self._tables.get("wish_dir", ())
        if not 0 <= at < len(directory) or not directory[at]:
            return 0
        start = ((directory[at] & ~FLAT) - 1) * LINE
        pages = self._tables["wish_pages"]
        if directory[at] & FLAT:
            return int(pages[start + low])
        block, bit = divmod(low, _BLOCK_BITS)
        words = pages[start + LINE * block : start + LINE * (block + 1)].tolist()
        flags = sum(word << 16 * i for i, word in enumerate(words))
        if not flags >> bit + 16 & 1:
            return 0
        rank = (flags & 0xFFFF) + (flags >> 16 & (1 << bit) - 1).bit_count()
        return int(pages[start + BITMAP + rank])

    def _payload(self, role: str, key: int) -> int:
        if self._used(role):
            for payload in _payloads(self._live[role], key):
                return payload
        return next(_payloads(self._tables.get(role), key), 0)

    def _used(self, role: str) -> bool:
        return bool(self._live) and self._live["head"][layout.HEAD_USED[role]] > 0


def _payloads(words: memoryview | None, key: int) -> Iterator[int]:
    """Yield the payloads under a key in the order of searching."""
    lines = len(words) // layout.LINE_SLOTS if words else 0
    home = home_slot(key, lines)
    for step in range(lines):
        start = (home + step) % lines * layout.LINE_SLOTS
        line = words[start : start + layout.LINE_SLOTS].tolist() if words else []
        yield from (word & PAYLOAD_MASK for word in line if word >> PAYLOAD_BITS == key)
        if line[-1] == 0:
            return


def _wide(words: memoryview | None, key: int) -> int | None:
    """Return the value beside a key in a table of 16-byte slots, None where it has none."""
    size = len(words) // 2 if words else 0
    start = home_slot(key, size) if size else 0
    for step in range(size):
        at = 2 * ((start + step) % size)
        if words is None or words[at] == 0:
            return None
        if words[at] == key + 1:
            return words[at + 1]
    return None
