# cython: boundscheck=False, wraparound=False, initializedcheck=False, cdivision=True
"""The table of callers: one record of 128 bytes each, brought forward by every call; ``pure`` is its plain twin.

Records lie densely; an open-addressed index of 8-byte words (32 bits of hash, 32 bits of place) finds them. Distinct
callees: exact to 8, then a bit each of 128, then a HyperLogLog of 64 bytes in a pool of its own.
"""

from libc.math cimport fabs, log
from libc.stdint cimport int64_t, uint8_t, uint16_t, uint32_t, uint64_t
from libc.string cimport memcpy, memset
from wurao.store.tables._slots cimport scramble, wurao_popcount, wurao_prefetch

import mmap
import os

import numpy as np

from wurao.core.clock import CHINA_OFFSET_US
from wurao.detection.live.records import EVENT, RECORD, REGISTERS

cdef enum:
    STRIDE = 8              # events between two stages of the pipeline
    WINDOW = 32             # a power of two above three strides
    LOOKED = 16             # records among which the oldest one makes room
    FULL = 65535
    SHORT_MS = 8000
    NEAR = 10               # |callee - last callee| of sequential dialling
    SMOOTH = 8
    SLOWEST = 32            # the median of gaps goes on learning at one in so many
    LISTED = 8
    BITS = 128
    PROMOTED_FROM = 64      # bits set
    PER_PLACE = 16          # callers for one HyperLogLog
    BEGUN = 1
    ENDED = 2
    ANSWERED = 1
    BY_CALLEE = 2
    FRESH = 4
    REFUSED = 8
    FOLLOWED = 16
    LIST = 0
    BITMAP = 1
    LOGLOG = 2
    COUNTED = 3             # of a copy: the number itself

cdef int64_t STALE_US = 14400000000     # a call of four hours ago isn't under way: its end got lost
cdef int64_t HOUR_US = 3600000000
cdef int64_t MAX_BUSY_MS = 86400000

cdef struct Event:
    int64_t at_us
    uint64_t caller
    uint64_t callee
    uint32_t talk_ms
    uint16_t ring_cs
    uint8_t kind
    uint8_t traits

cdef struct Record:
    uint64_t caller
    int64_t last_us
    uint64_t last_callee
    uint32_t first_s
    uint32_t busy_ms        # from last_us to the latest end that is known
    uint32_t calls
    float gap_ewma_s
    float gap_log_mean
    float gap_log_var
    float gap_mid
    float gap_dev
    uint16_t under_way
    uint16_t peak
    uint16_t sketch_kind
    uint16_t weight         # calls as the other counts have them: all are halved when one is full
    uint16_t ended
    uint16_t answered
    uint16_t brief
    uint16_t by_callee
    uint16_t unanswered
    uint16_t fresh
    uint16_t called_back
    uint16_t sequential
    uint16_t overlapping
    uint16_t refused
    float talk_mean
    float talk_var
    float ring_mean
    float ring_var
    uint8_t hours[12]
    uint16_t sketch[LISTED]  # a LOGLOG's place in the pool lies in the first four bytes

cdef inline uint32_t word_of(uint64_t number) noexcept nogil:
    """Return what a sketch knows of a callee: 7 bits of register, 9 of rank; never 0."""
    cdef uint32_t word = <uint32_t>(scramble(number + 1) >> 48)
    return word if word else 1

cdef inline uint32_t rank_in(uint32_t bits) noexcept nogil:
    """Return the rank 1…10 that the nine bits above the register tell."""
    cdef uint32_t rank = 1
    bits |= 512
    while not bits & 1:
        bits >>= 1
        rank += 1
    return rank

cdef inline uint32_t hash_of(uint64_t caller, uint64_t seed) noexcept nogil:
    return <uint32_t>(scramble(caller ^ seed) >> 32)

cdef inline uint64_t place_in(uint64_t word) noexcept nogil:
    """Return the place of the record that a word of the index names."""
    return <uint64_t><uint32_t>word - 1

cdef inline void halve(Record *r) noexcept nogil:
    cdef uint16_t *count = &r.weight
    cdef int i
    for i in range(11):
        count[i] >>= 1

cdef inline void bump(Record *r, uint16_t *count) noexcept nogil:
    if count[0] == FULL:
        halve(r)
    count[0] += 1

cdef inline void fold(float *mean, float *var, double x, double count) noexcept nogil:
    """Take ``x``, the ``count``-th value, into a mean and a variance."""
    cdef double before = x - mean[0], now = mean[0] + before / count
    var[0] = <float>(var[0] + (before * (x - now) - var[0]) / count)
    mean[0] = <float>now

cdef inline void pace(Record *r, double gap_s) noexcept nogil:
    cdef double x = log(gap_s if gap_s > 0.001 else 0.001), away, rate
    if r.weight <= 1:
        r.gap_ewma_s = <float>gap_s
        r.gap_mid = <float>x
    else:
        r.gap_ewma_s = <float>(r.gap_ewma_s + (gap_s - r.gap_ewma_s) / SMOOTH)
        rate = 1.0 / (r.weight if r.weight < SLOWEST else SLOWEST)
        away = x - r.gap_mid
        r.gap_dev = <float>(r.gap_dev + (fabs(away) - r.gap_dev) * rate)
        r.gap_mid = <float>(r.gap_mid + (r.gap_dev if away > 0 else -r.gap_dev if away < 0 else 0) * 2 * rate)
    fold(&r.gap_log_mean, &r.gap_log_var, x, r.weight)

cdef inline void strike(Record *r, int64_t local_us) noexcept nogil:
    """Count the hour; 4 bits each, all are halved when one is full."""
    cdef uint32_t hour = <uint32_t>((local_us // HOUR_US) % 24), i
    if (r.hours[hour >> 1] >> (4 * (hour & 1))) & 15 == 15:
        for i in range(12):
            r.hours[i] = (r.hours[i] >> 1) & 0x77
    r.hours[hour >> 1] += 1 << (4 * (hour & 1))

cdef inline uint32_t register_of(const uint8_t *loglog, uint32_t at) noexcept nogil:
    return (loglog[at >> 1] >> (4 * (at & 1))) & 15

cdef inline void raise_register(uint8_t *loglog, uint32_t at, uint32_t rank) noexcept nogil:
    cdef uint32_t held = register_of(loglog, at)
    if rank > held:
        loglog[at >> 1] += (rank - held) << (4 * (at & 1))


cdef class Callers:
    """At most ``capacity`` callers; when full, an old one makes room for a new one. For one thread."""

    cdef readonly uint64_t capacity, count, evicted, strays
    cdef readonly object held, pool, index
    cdef Record *records
    cdef uint8_t *loglogs
    cdef uint64_t *words
    cdef uint64_t slots, hand, seed, places
    cdef uint32_t[::1] free
    cdef readonly uint64_t used, spare
    cdef int64_t zone_us

    def __init__(self, uint64_t capacity, int64_t zone_us=CHINA_OFFSET_US):
        if not 1 <= capacity <= 1 << 30:
            raise ValueError("a table of callers holds 1…2^30")
        self.capacity = capacity
        self.zone_us = zone_us
        self.slots = capacity * 10 // 7 + 8
        self.seed = int.from_bytes(os.urandom(8), "little")  # whoever forges callers must not choose where they fall
        self.places = capacity // PER_PLACE + 1
        self.held = aligned(capacity, RECORD)
        self.pool = aligned(self.places, np.dtype((np.uint8, REGISTERS // 2)))
        self.index = aligned(self.slots, np.dtype(np.uint64))
        self.free = np.zeros(self.places, np.uint32)
        self.records = <Record *><size_t>self.held.ctypes.data
        self.loglogs = <uint8_t *><size_t>self.pool.ctypes.data
        self.words = <uint64_t *><size_t>self.index.ctypes.data

    def __len__(self):
        return self.count

    @property
    def bytes(self):
        """Memory of the whole table at its capacity."""
        return self.held.nbytes + self.pool.nbytes + self.index.nbytes + self.free.nbytes

    @property
    def state(self):
        """What a snapshot must say beside records and pool: how many of each, and whose turn to go is next."""
        return self.count, self.used, self.hand

    def update(self, events, reached=None):
        """Bring the table forward by events (``EVENT``, in the order they happened).

        Where a caller's 5th, 10th, 20th, 50th or 100th call begins, its record as it is then is copied to ``reached``
        (``RECORD``) as long as there is room; returns how many were.
        """
        cdef const uint64_t[::1] given = np.ascontiguousarray(events, EVENT).view(np.uint64)
        cdef Py_ssize_t n = given.shape[0] // (sizeof(Event) // 8)
        cdef uint8_t[::1] out
        cdef Record *copies = NULL
        cdef Py_ssize_t room = 0, copied
        if n == 0:
            return 0
        if reached is not None and len(reached):
            out = reached.view(np.uint8)
            room = len(reached)
            copies = <Record *>&out[0]
        with nogil:
            copied = self.run(<const Event *>&given[0], n, copies, room)
        return copied

    cdef Py_ssize_t run(self, const Event *events, Py_ssize_t n, Record *copies, Py_ssize_t room) noexcept nogil:
        """Stages, each a stride behind the one before it, so that the next records are in the cache in time."""
        cdef uint32_t hashes[WINDOW]
        cdef uint32_t others[WINDOW]
        cdef int64_t guesses[WINDOW]
        cdef int64_t back[WINDOW]
        cdef Py_ssize_t i, at, copied = 0
        cdef const Event *e
        cdef Record *r
        for i in range(n + 3 * STRIDE):
            if i < n:
                hashes[i % WINDOW] = hash_of(events[i].caller, self.seed)
                others[i % WINDOW] = hash_of(events[i].callee, self.seed)
                wurao_prefetch(&self.words[self.home(hashes[i % WINDOW])])
                wurao_prefetch(&self.words[self.home(others[i % WINDOW])])
            at = i - STRIDE
            if 0 <= at < n:
                guesses[at % WINDOW] = self.guess(hashes[at % WINDOW])
                back[at % WINDOW] = self.guess(others[at % WINDOW])
            at -= STRIDE
            if 0 <= at < n:
                self.fetch_sketch(guesses[at % WINDOW])
            at -= STRIDE
            if 0 <= at < n:
                e = &events[at]
                r = self.apply(e, hashes[at % WINDOW], guesses[at % WINDOW], others[at % WINDOW], back[at % WINDOW])
                if r != NULL and copied < room and e.kind & BEGUN and first_k(r.calls):
                    memcpy(&copies[copied], r, sizeof(Record))
                    if r.sketch_kind == LOGLOG:     # the pool goes on changing, the copy must not
                        copies[copied].sketch_kind = COUNTED
                        (<double *>copies[copied].sketch)[0] = self.distinct_of(r)
                    copied += 1
        return copied

    cdef inline uint64_t home(self, uint32_t hash) noexcept nogil:
        return (<uint64_t>hash * self.slots) >> 32

    cdef inline int64_t guess(self, uint32_t hash) noexcept nogil:
        """Return where the record of this hash probably lies, fetching it, or -1."""
        cdef uint64_t slot = self.home(hash), word
        while True:
            word = self.words[slot]
            if word == 0:
                return -1
            if word >> 32 == hash:
                word = place_in(word)
                wurao_prefetch(&self.records[word])
                wurao_prefetch(<const uint8_t *>&self.records[word] + 64)
                return <int64_t>word
            slot = slot + 1 if slot + 1 < self.slots else 0

    cdef inline void fetch_sketch(self, int64_t guess) noexcept nogil:
        if guess >= 0 and self.records[guess].sketch_kind == LOGLOG:
            wurao_prefetch(self.loglog(&self.records[guess]))

    cdef inline uint8_t *loglog(self, const Record *r) noexcept nogil:
        return self.loglogs + <uint64_t>(<const uint32_t *>r.sketch)[0] * (BITS // 2)

    cdef inline int64_t find(self, uint64_t caller, uint32_t hash, int64_t guess) noexcept nogil:
        """Return the place of a caller's record or -1; ``guess`` is looked at first."""
        cdef uint64_t slot = self.home(hash), word
        if guess >= 0 and self.records[guess].caller == caller:
            return guess
        while True:
            word = self.words[slot]
            if word == 0:
                return -1
            if word >> 32 == hash and self.records[place_in(word)].caller == caller:
                return <int64_t>place_in(word)
            slot = slot + 1 if slot + 1 < self.slots else 0

    cdef Record *apply(self, const Event *e, uint32_t hash, int64_t guess, uint32_t other, int64_t back) noexcept nogil:
        cdef int64_t place
        cdef Record *r
        if e.caller == 0:
            return NULL     # a withheld number is nobody
        place = self.find(e.caller, hash, guess)
        if place < 0:
            if not e.kind & BEGUN:
                self.strays += 1
                return NULL
            place = self.insert(e.caller, hash)
        r = &self.records[place]
        if e.kind & BEGUN:
            self.begin(r, e)
            place = self.find(e.callee, other, back) if e.callee else -1
            if place >= 0 and self.has(&self.records[place], word_of(e.caller)):
                bump(&self.records[place], &self.records[place].called_back)
        if e.kind & ENDED:
            end(r, e)
        return r

    cdef void begin(self, Record *r, const Event *e) noexcept nogil:
        cdef int64_t passed = e.at_us - r.last_us, left, lasts
        cdef bint met = False
        cdef uint64_t step
        if r.calls == 0:
            r.first_s = <uint32_t>(e.at_us // 1000000)
            r.last_us = e.at_us
            passed = left = 0
        else:
            left = <int64_t>r.busy_ms - passed // 1000
            if passed >= STALE_US:
                r.under_way = 0
            met = r.under_way > 0 or (passed >= 0 and left > 0)
            step = e.callee - r.last_callee if e.callee > r.last_callee else r.last_callee - e.callee
            if e.callee and r.last_callee and 0 < step <= NEAR:
                bump(r, &r.sequential)
            if passed >= 0:
                pace(r, passed / 1e6)
            if met:
                bump(r, &r.overlapping)
        r.calls += 1
        bump(r, &r.weight)
        if e.traits & FRESH:
            bump(r, &r.fresh)
        strike(r, e.at_us + self.zone_us)
        self.add(r, word_of(e.callee))
        if e.kind & ENDED:
            r.peak = max(r.peak, <uint16_t>(2 if met else 1))
        elif e.traits & FOLLOWED:
            if r.under_way < FULL:
                r.under_way += 1
            r.peak = max(r.peak, r.under_way)
        if passed >= 0:
            lasts = <int64_t>e.talk_ms + 10 * <int64_t>e.ring_cs if e.kind & ENDED else 0
            left = max(left, lasts, 0)
            r.busy_ms = <uint32_t>min(left, MAX_BUSY_MS)
            r.last_us = e.at_us
            r.last_callee = e.callee

    cdef bint has(self, const Record *r, uint32_t word) noexcept nogil:
        """Tell whether the sketch may hold a callee; no is certain."""
        cdef uint32_t at = word & (BITS - 1)
        cdef int i
        if r.sketch_kind == LIST:
            for i in range(LISTED):
                if r.sketch[i] == word:
                    return True
            return False
        if r.sketch_kind == BITMAP:
            return ((<const uint64_t *>r.sketch)[at >> 6] >> (at & 63)) & 1
        return register_of(self.loglog(r), at) >= rank_in(word >> 7)

    cdef void add(self, Record *r, uint32_t word) noexcept nogil:
        cdef uint32_t at = word & (BITS - 1)
        cdef uint64_t *bits = <uint64_t *>r.sketch
        cdef uint64_t spread[2]
        cdef int i
        if r.sketch_kind == LIST:
            for i in range(LISTED):
                if r.sketch[i] == 0 or r.sketch[i] == word:
                    r.sketch[i] = <uint16_t>word
                    return
            spread[0] = spread[1] = 0
            for i in range(LISTED):
                spread[(r.sketch[i] >> 6) & 1] |= (<uint64_t>1) << (r.sketch[i] & 63)
            memcpy(bits, spread, 16)
            r.sketch_kind = BITMAP
        if r.sketch_kind == BITMAP:
            if not (bits[at >> 6] >> (at & 63)) & 1:
                bits[at >> 6] |= (<uint64_t>1) << (at & 63)
                if wurao_popcount(bits[0]) + wurao_popcount(bits[1]) > PROMOTED_FROM:
                    self.promote(r)
        else:
            raise_register(self.loglog(r), at, rank_in(word >> 7))

    cdef void promote(self, Record *r) noexcept nogil:
        """Turn bits into registers; their ranks are lost, so they are drawn anew. A full pool leaves the bits."""
        cdef uint64_t bits[2]
        cdef uint32_t place, at
        cdef uint8_t *loglog
        if self.spare:
            self.spare -= 1
            place = self.free[self.spare]
        elif self.used < self.places:
            place = <uint32_t>self.used
            self.used += 1
        else:
            return
        memcpy(bits, r.sketch, 16)
        memset(r.sketch, 0, 16)
        (<uint32_t *>r.sketch)[0] = place
        r.sketch_kind = LOGLOG
        loglog = self.loglog(r)
        memset(loglog, 0, BITS // 2)
        for at in range(BITS):
            if (bits[at >> 6] >> (at & 63)) & 1:
                raise_register(loglog, at, rank_in(<uint32_t>(scramble(r.caller * BITS + at) >> 55)))

    cdef int64_t insert(self, uint64_t caller, uint32_t hash) noexcept nogil:
        cdef uint64_t place
        if self.count < self.capacity:
            place = self.count
            self.count += 1
        else:
            place = self.oldest()
            self.leave(place)
            self.evicted += 1
        self.records[place].caller = caller
        self.enter(hash, place)
        return <int64_t>place

    cdef uint64_t oldest(self) noexcept nogil:
        """Return the place of the caller that has been silent longest among the next few."""
        cdef uint64_t best = self.hand, place = self.hand
        cdef int i
        for i in range(LOOKED):
            if self.records[place].last_us < self.records[best].last_us:
                best = place
            place = place + 1 if place + 1 < self.count else 0
        self.hand = place
        return best

    cdef void enter(self, uint32_t hash, uint64_t place) noexcept nogil:
        cdef uint64_t slot = self.home(hash)
        while self.words[slot]:
            slot = slot + 1 if slot + 1 < self.slots else 0
        self.words[slot] = <uint64_t>hash << 32 | (place + 1)

    cdef void leave(self, uint64_t place) noexcept nogil:
        """Empty a record: out of the index, its HyperLogLog freed."""
        cdef Record *r = &self.records[place]
        if r.sketch_kind == LOGLOG:
            self.free[self.spare] = (<uint32_t *>r.sketch)[0]
            self.spare += 1
        self.remove(self.slot_of(place))
        memset(r, 0, sizeof(Record))

    cdef uint64_t slot_of(self, uint64_t place) noexcept nogil:
        cdef uint64_t slot = self.home(hash_of(self.records[place].caller, self.seed))
        while place_in(self.words[slot]) != place:
            slot = slot + 1 if slot + 1 < self.slots else 0
        return slot

    cdef void remove(self, uint64_t hole) noexcept nogil:
        """Empty a slot and move back what was pushed behind it, so that no search ends too early."""
        cdef uint64_t slot = hole, home
        while True:
            slot = slot + 1 if slot + 1 < self.slots else 0
            if self.words[slot] == 0:
                break
            home = self.home(<uint32_t>(self.words[slot] >> 32))
            if (home <= hole) if hole < slot and home <= slot else (hole < slot or slot < home <= hole):
                self.words[hole] = self.words[slot]
                hole = slot
        self.words[hole] = 0

    def find_caller(self, uint64_t caller):
        """Return a copy of a caller's record (``RECORD``, one row), none where it isn't known."""
        cdef int64_t place = self.find(caller, hash_of(caller, self.seed), -1) if caller else -1
        return self.held[place : place + 1].copy() if place >= 0 else self.held[:0].copy()

    def distinct(self, records):
        """Return how many different callees each of these records has met: of this table as it is now, or handed out."""
        cdef const uint8_t[::1] given = np.ascontiguousarray(records, RECORD).view(np.uint8)
        cdef double[::1] out = np.zeros(len(records))
        cdef const Record *r
        cdef Py_ssize_t i
        for i in range(out.shape[0]):
            r = <const Record *>&given[i * sizeof(Record)]
            out[i] = self.distinct_of(r)
        return np.asarray(out)

    cdef double distinct_of(self, const Record *r) noexcept nogil:
        cdef const uint64_t *bits = <const uint64_t *>r.sketch
        cdef uint32_t empty = 0, at
        cdef double sum = 0, raw
        if r.sketch_kind == COUNTED:
            return (<const double *>r.sketch)[0]
        if r.sketch_kind == LIST:
            for at in range(LISTED):
                empty += r.sketch[at] == 0
            return LISTED - empty
        if r.sketch_kind == BITMAP:
            empty = BITS - wurao_popcount(bits[0]) - wurao_popcount(bits[1])
        else:
            for at in range(BITS):
                empty += register_of(self.loglog(r), at) == 0
                sum += 1.0 / (1 << register_of(self.loglog(r), at))
            raw = 0.7213 / (1 + 1.079 / BITS) * BITS * BITS / sum
            if raw > 2.5 * BITS or empty == 0:
                return raw
        return BITS * log(<double>BITS / max(empty, 1))

    def forget(self, uint64_t caller):
        """Drop a caller's record; False where there is none."""
        cdef int64_t place = self.find(caller, hash_of(caller, self.seed), -1) if caller else -1
        cdef uint64_t last = self.count - 1
        if place < 0:
            return False
        self.leave(place)
        if <uint64_t>place != last:
            self.words[self.slot_of(last)] += <uint64_t>place - last
            memcpy(&self.records[place], &self.records[last], sizeof(Record))
            memset(&self.records[last], 0, sizeof(Record))
        self.count = last
        if self.hand >= last:
            self.hand = 0
        return True

    def restore(self, uint64_t count, uint64_t used, uint64_t hand):
        """Take ``held`` and ``pool`` as a snapshot filled them; raises ValueError where that can't be one."""
        cdef uint64_t i, place
        if self.count:
            raise ValueError("a table is restored before it is used")
        if count > self.capacity or used > self.places or hand >= self.capacity:
            raise ValueError("the snapshot holds more than this table")
        taken = np.zeros(used, np.bool_)
        heavy = self.held[:count][self.held["sketch_kind"][:count] == LOGLOG]
        at = heavy["sketch"].reshape(-1, LISTED)[:, :2].copy().view(np.uint32).ravel()
        if (at >= used).any() or len(np.unique(at)) < len(at) or (self.held["sketch_kind"][:count] > LOGLOG).any():
            raise ValueError("a sketch lies outside the pool")
        taken[at] = True
        free = np.flatnonzero(~taken).astype(np.uint32)
        np.asarray(self.free)[: len(free)] = free
        self.spare, self.used, self.hand, self.count = len(free), used, hand, count
        for i in range(count):
            self.enter(hash_of(self.records[i].caller, self.seed), i)


cdef inline bint first_k(uint32_t calls) noexcept nogil:
    return calls == 5 or calls == 10 or calls == 20 or calls == 50 or calls == 100


cdef void end(Record *r, const Event *e) noexcept nogil:
    bump(r, &r.ended)
    if not e.kind & BEGUN and r.under_way:
        r.under_way -= 1
    if e.traits & ANSWERED:
        bump(r, &r.answered)
        fold(&r.talk_mean, &r.talk_var, e.talk_ms / 1000.0, r.answered)
        if e.talk_ms < SHORT_MS:
            bump(r, &r.brief)
        if e.traits & BY_CALLEE:
            bump(r, &r.by_callee)
    else:
        bump(r, &r.unanswered)
        fold(&r.ring_mean, &r.ring_var, e.ring_cs / 100.0, r.unanswered)
    if e.traits & REFUSED:
        bump(r, &r.refused)


def aligned(count, kind):
    """Return zeros of this kind in pages of their own, large ones where the system has them, so that few are missed."""
    pages = mmap.mmap(-1, max(count * kind.itemsize, 1), flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
    if hasattr(mmap, "MADV_HUGEPAGE"):
        try:
            pages.madvise(mmap.MADV_HUGEPAGE)
        except OSError:
            pass    # a kernel without them
    return np.frombuffer(pages, kind.base, count * kind.itemsize // kind.base.itemsize).reshape((count, *kind.shape))
