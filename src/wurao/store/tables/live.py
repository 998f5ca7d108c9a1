"""The live overlay: small tables over one generation, written in place by one process while others read.

It carries no hash: after a crash the changes after the generation's N build a new one, and ``publish`` puts that in
force. Each entry is one aligned 8-byte store (wishes: value, then key), so a reader sees the old word or the new.
"""

from pathlib import Path
from typing import Self

from wurao.core.errors import InputError, StoreError
from wurao.core.payload import (
    FINER,
    INVALID_CALLER,
    MAX_SPAN,
    PAYLOAD_MASK,
    finer_bit,
    pair_expiry,
    pair_key,
    pair_payload,
    range_key,
)
from wurao.core.wishes import MAX_PROFILE, Profile
from wurao.core.wishes import pack as pack_profile
from wurao.store.tables import files, layout
from wurao.store.tables._slots import View, mark, put, put_wide, store_word
from wurao.store.tables.generation import Generation
from wurao.store.tables.lock import OneAtATime
from wurao.store.tables.switch import Current, prune, switch

DEFAULT_SLOTS = 1 << 18
"""Slots of each table: 2 MB, 183,000 entries."""
_FULL_AT = 0.7
_MARKER = 4
"""The span whose entry says that smaller blocks are known too."""


class LiveTables:
    """The one writer's overlay over ``generation``; made by ``create`` or ``successor``, seen after ``publish``."""

    def __init__(self, generation: Generation, change: int, slots: int, lock: OneAtATime) -> None:
        self.generation = generation
        self._lock = lock
        slots = layout.whole_lines(slots)
        self._limit = int(slots * _FULL_AT)
        self.path = _next_folder(generation)
        filter_words = max(1, slots * layout.FILTER_BITS_A_SLOT // 64)
        sizes = {
            "head": layout.HEAD_WORDS,
            "filter": filter_words,
            "profiles": layout.PROFILE_WORDS,
            "wish": 2 * slots,
        }
        self._words = {
            role: memoryview(files.map_new(self.path / name, 8 * sizes.get(role, slots))).cast("Q")
            for role, name in layout.LIVE_FILES.items()
        }
        profiles = generation.tables.get("profiles", memoryview(b"").cast("Q"))
        self._words["profiles"][: len(profiles)] = profiles
        self._head = self._words["head"]
        self._head[1] = generation.number
        self._head[layout.HEAD_CHANGE] = change
        self._head[0] = layout.LIVE_MAGIC
        self.view = view_of(generation, self._words)

    @classmethod
    def create(cls, generation: Generation, change: int | None = None, *, slots: int = DEFAULT_SLOTS) -> Self:
        """Start an empty overlay at ``change`` (default: the generation's); raises StoreError for a second writer."""
        folder = generation.path.parent / layout.LIVE
        folder.mkdir(exist_ok=True, mode=0o700)
        lock = OneAtATime(folder / ".lock", "another process writes the overlay")
        try:
            return cls(generation, generation.change if change is None else change, slots, lock)
        except BaseException:
            lock.release()
            raise

    def successor(self, generation: Generation, *, slots: int = DEFAULT_SLOTS) -> Self:
        """Start the overlay of the next generation, or a larger one, while this one is still in force."""
        return type(self)(generation, generation.change, slots, self._lock.share())

    def publish(self) -> None:
        """Put the generation and this overlay in force together and remove what is long out of force."""
        tables_dir = self.generation.path.parent
        switch(tables_dir, Current(self.generation.path.name, self.path.name))
        prune(tables_dir)

    def close(self) -> None:
        """Stop writing and let another process write; the files stay in force."""
        self._words = {}
        self._lock.release()

    @property
    def change(self) -> int:
        """The number of the last change that is applied."""
        return self._head[layout.HEAD_CHANGE]

    @change.setter
    def change(self, number: int) -> None:
        store_word(self._head, layout.HEAD_CHANGE, number)

    @property
    def fill(self) -> float:
        """Return how full the fullest table is, 0…1; at 1 a new entry is refused."""
        return max(self._head[at] for at in layout.HEAD_USED.values()) / self._limit

    def put_risk(self, number: int, payload: int) -> None:
        """Set what is known of a number (``Risk.pack``); payload 0 clears it."""
        self._put("risk", number, payload)

    def put_range(self, block: int, span: int, payload: int) -> None:
        """Set what is known of a block = number // 10^span (``Range.pack`` without FINER); payload 0 clears it."""
        if not 1 <= span <= MAX_SPAN:
            raise InputError(f"the span of a range is 1 to {MAX_SPAN}")
        if span < _MARKER:
            above = block // 10 ** (_MARKER - span)
            self._put("range", range_key(above, _MARKER), self._at_marker(above) | finer_bit(span))
        elif span == _MARKER:
            payload |= self._at_marker(block) & FINER
        self._put("range", range_key(block, span), payload)
        store_word(self._head, layout.HEAD_SPANS, self._head[layout.HEAD_SPANS] | 1 << span)

    def put_pair(self, subscriber: int, caller: int, kind: int, until_us: int) -> None:
        """Set one kind between subscriber and caller until ``until_us`` (µs UTC, 0 for ever; the past: over)."""
        expiry = pair_expiry(kind, until_us, self.generation.manifest.base_us)
        self._put("pair", pair_key(subscriber, caller), pair_payload(kind, expiry), by_kind=True)

    def drop_pair(self, subscriber: int, caller: int, kind: int) -> None:
        """Hide one kind between subscriber and caller."""
        self._put("pair", pair_key(subscriber, caller), pair_payload(kind, 0), by_kind=True)

    def put_wish(self, subscriber: int, profile: int) -> None:
        """Set a subscriber's profile number; 0 is not enrolled."""
        if not 0 <= profile <= MAX_PROFILE or not 0 < subscriber <= INVALID_CALLER:
            raise InputError("a wish is a subscriber and a profile number of 16 bits")
        mark(self._words["filter"], subscriber)
        self._count("wish", put_wide(self._words["wish"], subscriber, profile, self._may_grow("wish")))

    def put_profile(self, number: int, profile: Profile) -> None:
        """Set a profile; before the first wish that names it."""
        if not 0 < number <= MAX_PROFILE:
            raise InputError("a profile number has 16 bits")
        store_word(self._words["profiles"], number, pack_profile(profile) | layout.PROFILE_EXISTS)

    def _at_marker(self, block: int) -> int:
        return self.view.range_at(block * 10**_MARKER, _MARKER)

    def _put(self, role: str, key: int, payload: int, *, by_kind: bool = False) -> None:
        if not 0 < key <= INVALID_CALLER or not 0 <= payload <= PAYLOAD_MASK:
            raise InputError(f"a slot of {role} can't hold {key} with payload {payload}")
        mark(self._words["filter"], key)
        self._count(role, put(self._words[role], key, payload, by_kind, self._may_grow(role)))

    def _may_grow(self, role: str) -> bool:
        return self._head[layout.HEAD_USED[role]] < self._limit

    def _count(self, role: str, answer: int) -> None:
        if answer < 0:
            raise StoreError(f"the overlay's {role} table is full", where=str(self.path), mend="build a generation")
        if answer:
            at = layout.HEAD_USED[role]
            store_word(self._head, at, self._head[at] + 1)


def open_live(path: Path, generation: Generation) -> dict[str, memoryview]:
    """Map an overlay for reading; raises StoreError where it isn't whole or isn't the generation's."""
    words = {}
    for role, name in layout.LIVE_FILES.items():
        raw = files.map_read(path / name)
        whole = 8 * layout.LINE_SLOTS if role in layout.HEAD_USED else 8
        if not raw or len(raw) % whole:
            raise StoreError("the overlay isn't whole", where=str(path / name), mend="restart the writer")
        words[role] = raw.cast("Q")
    head = words["head"]
    sized = len(head) == layout.HEAD_WORDS and len(words["profiles"]) == layout.PROFILE_WORDS
    if not sized or head[0] != layout.LIVE_MAGIC or head[1] != generation.number:
        raise StoreError("the overlay isn't this generation's", where=str(path), mend="restart the writer")
    return words


def view_of(generation: Generation, live: dict[str, memoryview]) -> View:
    """Return what decisions read of a generation and its overlay (empty: none)."""
    manifest = generation.manifest
    return View(
        tables=generation.tables,
        live=live,
        first_segment=manifest.first_segment,
        span_mask=manifest.span_mask,
        base_us=manifest.base_us,
    )


def _next_folder(generation: Generation) -> Path:
    live = generation.path.parent / layout.LIVE
    name = generation.path.name
    taken = [int(path.name.partition("-")[2]) for path in live.glob(f"{name}-*") if path.name[-1].isdecimal()]
    path = live / f"{name}-{1 + max(taken, default=0):04d}"
    path.mkdir(mode=0o700)
    return path
