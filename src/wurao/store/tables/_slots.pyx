# cython: boundscheck=False, wraparound=False, initializedcheck=False, cdivision=True
"""Compiled readers over mapped shield tables, and the one writer's 8-byte stores into an overlay."""

from libc.stdint cimport int64_t, uint8_t, uint16_t, uint32_t, uint64_t
from wurao.store.tables cimport _slots
from wurao.store.tables._slots cimport Slots, wurao_prefetch

cdef enum:
    GROUP = 64


cdef Slots _table(list kept, object words, int width):
    cdef Slots table
    cdef const uint64_t[::1] held
    table.words = NULL
    table.size = 0
    if words is not None and len(words):
        held = words
        kept.append(words)
        table.words = &held[0]
        table.size = held.shape[0] // width
    return table


cdef Slots _lines(list kept, object words):
    cdef Slots table = _table(kept, words, 1)
    if table.size % _slots.LINE:
        raise ValueError("slots come in whole lines of eight")
    return table


cdef class View:
    """One generation and its overlay, mapped: everything a decision reads, and nothing that changes under it.

    Buffers come as memoryviews of 64-bit words (``wish_dir`` 32-bit, ``wish_pages`` 16-bit) by file role; absent or
    empty ones hold nothing. The view keeps the maps alive.
    """

    def __init__(self, *, dict tables, dict live, uint64_t first_segment, uint64_t span_mask, int64_t base_us):
        cdef const uint32_t[::1] directory
        cdef const uint16_t[::1] pages
        cdef Slots flat
        cdef Shield *s = &self.shield
        self.kept = []
        s.risk = _lines(self.kept, tables.get("risk"))
        s.ranges = _lines(self.kept, tables.get("range"))
        s.pair = _lines(self.kept, tables.get("pair"))
        s.emergency = _lines(self.kept, tables.get("emergency"))
        s.outside = _table(self.kept, tables.get("wish_outside"), 2)
        flat = _table(self.kept, live.get("profiles") or tables.get("profiles"), 1)
        s.profiles = flat.words
        s.n_profiles = flat.size
        s.directory = NULL
        s.pages = NULL
        s.segments = 0
        if tables.get("wish_dir") is not None and len(tables["wish_dir"]):
            directory = tables["wish_dir"]
            s.directory = &directory[0]
            s.segments = directory.shape[0]
            pages = tables["wish_pages"]
            s.pages = &pages[0]
            self.kept += [tables["wish_dir"], tables["wish_pages"]]
        s.first_segment = first_segment
        s.span_mask = span_mask
        s.base_us = base_us
        flat = _table(self.kept, live.get("head"), 1)
        s.head = flat.words
        flat = _table(self.kept, live.get("filter"), 1)
        s.filter = flat.words
        s.filter_bits = 64 * flat.size
        if s.head != NULL and s.filter == NULL:
            raise ValueError("an overlay has a filter")
        s.live_risk = _lines(self.kept, live.get("risk"))
        s.live_range = _lines(self.kept, live.get("range"))
        s.live_pair = _lines(self.kept, live.get("pair"))
        s.live_wish = _table(self.kept, live.get("wish"), 2)

    def risk(self, uint64_t number):
        """Return the payload of a number, 0 where nothing is known or it was cleared."""
        return _slots.risk_at(&self.shield, number, _slots.spread(number))

    def risk_slot(self, uint64_t number):
        """Return the number's slot in the generation, which is also its row in the detail file, or -1."""
        return _slots.slot_of(&self.shield.risk, number, _slots.spread(number))

    def in_overlay(self, uint64_t number):
        """Tell whether the overlay speaks of a number, so that the generation's detail of it is out of date."""
        return (self.shield.head != NULL
                and _slots.slot_of(&self.shield.live_risk, number, _slots.spread(number)) >= 0)

    def range(self, uint64_t number):
        """Return the payload of the smallest block around a number that says something, else 0."""
        return _slots.smallest_range(&self.shield, number, _slots.range_at(&self.shield, number, 4))

    def range_at(self, uint64_t number, uint64_t span):
        """Return the payload of the block of 10^span numbers around a number, 0 where nothing is known."""
        return _slots.range_at(&self.shield, number, span) if span <= 11 else 0

    def pairs(self, uint64_t subscriber, uint64_t caller, int64_t at_us):
        """Return a bit per PairKind that holds between a subscriber and a caller at ``at_us``."""
        cdef const Slots *table = &self.shield.pair if caller else &self.shield.emergency
        cdef uint64_t key = _slots.pair_key(subscriber, caller)
        return _slots.pairs_at(&self.shield, table, key, _slots.spread(key), at_us)

    def wish(self, uint64_t subscriber):
        """Return the profile number of a subscriber, 0 if not enrolled."""
        return _slots.wish_at(&self.shield, subscriber)

    def profile(self, uint64_t number):
        """Return the word of a profile (bit 63: it exists), 0 where there is none."""
        return wurao_load(self.shield.profiles + number) if number < self.shield.n_profiles else 0

    def wish_many(self, const uint64_t[::1] subscribers, uint16_t[::1] out):
        """Write the profile number of each subscriber to ``out``; both of one length. 64 look-ups are interleaved."""
        cdef Py_ssize_t i, start = 0, size, n = subscribers.shape[0]
        cdef const Shield *s = &self.shield
        cdef const uint64_t *asked
        cdef const uint16_t *places[GROUP]
        if out.shape[0] != n:
            raise ValueError("out must be as long as subscribers")
        with nogil:
            while start < n:
                size = min(<Py_ssize_t>GROUP, n - start)
                asked = &subscribers[start]
                for i in range(size):
                    _slots.fetch_directory(s, asked[i])
                for i in range(size):
                    _slots.fetch_page(s, asked[i])
                for i in range(size):
                    places[i] = _slots.paged_place(s, asked[i])
                    if places[i] != NULL:
                        wurao_prefetch(places[i])
                for i in range(size):
                    out[start + i] = <uint16_t>_slots.wish_from(s, asked[i], places[i])
                start += size


cdef class Cell:
    """The place where readers find the view of now; replaced whole, so that a call in flight keeps its own."""

    def __init__(self, View view):
        self.view = view

    def get(self):
        """Return the view of now."""
        return self.view

    def put(self, View view):
        """Let every following call read ``view``."""
        self.view = view


def put(uint64_t[::1] words, uint64_t key, uint64_t payload, bint by_kind, bint may_grow):
    """Store one slot in place: 0 replaced, 1 new, -1 no place for a new one.

    One aligned 8-byte store with release order, so that a reader sees the old word or the new one. ``by_kind``: the
    low three bits of the payload belong to the key (pairs).
    """
    cdef uint64_t entry = key << 14 | (payload & 0x3FFF)
    cdef int64_t slot = _slots.place_for(&words[0], words.shape[0], entry, by_kind) if words.shape[0] else -1
    cdef bint new = slot >= 0 and words[slot] == 0
    if slot < 0 or new and not may_grow:
        return -1
    wurao_store(&words[slot], entry)
    return <int>new


def put_wide(uint64_t[::1] words, uint64_t key, uint64_t value, bint may_grow):
    """Store a value of any width in a table of 16-byte slots; the value before the key. Answers as ``put``."""
    cdef uint64_t size = words.shape[0] // 2, left = size, i, word
    if left == 0:
        return -1
    i = _slots.home_slot(key, size)
    while left:
        word = words[2 * i]
        if word == 0:
            if not may_grow:
                return -1
            wurao_store(&words[2 * i + 1], value)
            wurao_store(&words[2 * i], key + 1)
            return 1
        if word == key + 1:
            wurao_store(&words[2 * i + 1], value)
            return 0
        i = i + 1 if i + 1 < size else 0
        left -= 1
    return -1


def mark(uint64_t[::1] words, uint64_t key):
    """Set a key's bit in the overlay's filter; before the key itself is stored."""
    cdef uint64_t bit = _slots.home_slot(key, 64 * words.shape[0])
    wurao_store(&words[bit >> 6], words[bit >> 6] | <uint64_t>1 << (bit & 63))


def store_word(uint64_t[::1] words, Py_ssize_t index, uint64_t value):
    """Store one word with release order; raises IndexError outside."""
    if not 0 <= index < words.shape[0]:
        raise IndexError(index)
    wurao_store(&words[index], value)
