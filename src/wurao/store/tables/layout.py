"""What lies where in ``tables/``: file names, sizes, the signed manifest.

    tables/CURRENT            one line: generation and overlay that belong together, replaced by rename
    tables/000012/            a generation, never written again; manifest.json last
    tables/live/000012-0003/  an overlay of generation 12, written by one process in aligned 8-byte stores

All integers are little-endian words of the machine's own width; big-endian machines are not served.
"""

import base64
from typing import Final, Literal

import msgspec

from wurao.core.clock import DAY_US

FORMAT: Final = 3
"""3: policies with ten call-time symbols; 2: with eight. The tables themselves are those of 2."""
READABLE: Final = (2, 3)
"""Versions a reader accepts; the next format keeps its predecessor here."""
MANIFEST: Final = "manifest.json"
CURRENT: Final = "CURRENT"
LIVE: Final = "live"

Word = Literal["Q", "I", "H", "B"]
FILES: Final[dict[str, tuple[str, Word]]] = {
    "risk": ("risk.u64", "Q"),
    "range": ("range.u64", "Q"),
    "pair": ("pair.u64", "Q"),
    "emergency": ("emergency.u64", "Q"),
    "wish_dir": ("wish.dir", "I"),
    "wish_pages": ("wish.u16", "H"),
    "wish_outside": ("wish.u64", "Q"),
    "profiles": ("profiles.u64", "Q"),
    "detail": ("detail.bin", "Q"),
    "names": ("detail.json", "B"),
    "policy": ("policy.json", "B"),
}
"""Role → file name and word format.

``emergency`` holds the pairs without a caller, few and asked for by every call that wouldn't ring; ``wish_outside``
holds subscribers that are no Chinese mobiles. ``policy`` is what the levels were compiled under, in the words of
whoever built them: an edge that may not read the book judges by it.
"""
LIVE_FILES: Final = {
    "head": "head.live",
    "filter": "filter.live",
    "risk": "risk.live",
    "range": "range.live",
    "pair": "pair.live",
    "wish": "wish.live",
    "profiles": "profiles.live",
}
LINE_SLOTS: Final = 8
"""Slots of a cache line. A key lies in the line its hash names, or in the next one that had a slot left for it."""
LIVE_MAGIC: Final = int.from_bytes(b"WURAOLV2", "little")
HEAD_WORDS: Final = 8
"""head.live: magic, generation, change, span mask, entries in risk, range, pair, wish."""
HEAD_CHANGE: Final = 2
HEAD_SPANS: Final = 3
HEAD_USED: Final = {"risk": 4, "range": 5, "pair": 6, "wish": 7}
FILTER_BITS_A_SLOT: Final = 8
"""filter.live: a bit per hash of a key in any table, so that calls the overlay says nothing of pass it quickly."""
PROFILE_WORDS: Final = 65_536
PROFILE_EXISTS: Final = 1 << 63


class FileEntry(msgspec.Struct, frozen=True):
    """Size and hash of one file of a generation."""

    bytes: int
    sha256: str


class Manifest(msgspec.Struct, frozen=True):
    """What a generation holds; ``signature`` is Ed25519 over the rest as canonical JSON, in base64.

    ``change`` is the number of the last change compiled in; ``base_day`` (days since 1970 UTC) is where the expiries
    of pairs count from; ``span_mask`` has a bit per block span in use; ``first_segment`` is the first 7-digit segment
    of the wish pages. Times in microseconds UTC.
    """

    format: int
    generation: int
    change: int
    created_us: int
    as_of_us: int
    base_day: int
    span_mask: int
    first_segment: int
    counts: dict[str, int]
    files: dict[str, FileEntry]
    signature: str = ""

    @property
    def base_us(self) -> int:
        """Return the instant where the expiries of pairs count from."""
        return self.base_day * DAY_US

    def signed_bytes(self) -> bytes:
        """Return what the signature covers: everything else, keys sorted, no spaces."""
        fields = msgspec.to_builtins(self)
        del fields["signature"]
        return msgspec.json.encode(fields, order="sorted")

    def with_signature(self, signature: bytes) -> "Manifest":
        """Return the manifest signed."""
        return msgspec.structs.replace(self, signature=base64.b64encode(signature).decode())


def slots_for(count: int) -> int:
    """Return how many slots ``count`` entries get: 12/7 each, 13.7 bytes, so that two of five stay empty."""
    return whole_lines(count * 12 // 7 + 1) if count else 0


def whole_lines(slots: int) -> int:
    """Return a number of slots rounded up to whole cache lines, as searching wants them."""
    return -(-slots // LINE_SLOTS) * LINE_SLOTS


def generation_name(number: int) -> str:
    """Return the folder of a generation."""
    return f"{number:06d}"
