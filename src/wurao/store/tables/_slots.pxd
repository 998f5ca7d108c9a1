# The shield tables as C sees them: structs of pointers and the inline probes that decide shares with the readers.
# The arithmetic repeats wurao.core.payload; wurao.store.tables.probe is its pure twin.
from libc.stdint cimport int64_t, uint8_t, uint16_t, uint32_t, uint64_t

cdef extern from *:
    """
    #include <stdint.h>
    static inline uint64_t wurao_load(const uint64_t *p) { return __atomic_load_n(p, __ATOMIC_ACQUIRE); }
    static inline void wurao_store(uint64_t *p, uint64_t v) { __atomic_store_n(p, v, __ATOMIC_RELEASE); }
    /* the empty asm: GCC takes functions that only prefetch for pure ones and drops calls to them */
    static inline void wurao_prefetch(const void *p) {
        __builtin_prefetch(p, 0, 3);
        __asm__ volatile("" : : "r"(p));
    }
    static inline uint32_t wurao_popcount(uint64_t x) {
        x = x - ((x >> 1) & 0x5555555555555555ULL);
        x = (x & 0x3333333333333333ULL) + ((x >> 2) & 0x3333333333333333ULL);
        x = (x + (x >> 4)) & 0x0f0f0f0f0f0f0f0fULL;
        return (uint32_t)((x * 0x0101010101010101ULL) >> 56);
    }
    /* the bits of word j of a block that lie below ``bit``; without branches, as flags are random */
    static inline uint64_t wurao_below(uint64_t bit, uint64_t j) {
        int64_t n = (int64_t)bit - (int64_t)(64 * j);
        uint64_t part = (1ULL << (n & 63)) - 1;
        return -(uint64_t)(n >= 64) | (part & -(uint64_t)(n > 0));
    }
    /* a bit per slot of a line that holds ``key``; without branches, as nobody can foresee which one it is */
    static inline uint32_t wurao_match(const uint64_t *line, uint64_t key) {
        uint64_t first = key << 14;
        uint32_t found = 0;
        #pragma GCC unroll 8
        for (int k = 7; k >= 0; k--) found = 2 * found + (wurao_load(line + k) - first < 16384);
        return found;
    }
    static inline int wurao_lowest(uint32_t bits) { return __builtin_ctz(bits); }
    static const uint64_t WURAO_TEN[12] = {1ULL, 10ULL, 100ULL, 1000ULL, 10000ULL, 100000ULL, 1000000ULL,
        10000000ULL, 100000000ULL, 1000000000ULL, 10000000000ULL, 100000000000ULL};
    static inline uint64_t wurao_block(uint64_t number, uint64_t span) { return number / WURAO_TEN[span]; }
    """
    uint64_t wurao_load(const uint64_t *p) noexcept nogil
    void wurao_store(uint64_t *p, uint64_t v) noexcept nogil
    void wurao_prefetch(const void *p) noexcept nogil
    uint32_t wurao_popcount(uint64_t x) noexcept nogil
    uint64_t wurao_below(uint64_t bit, uint64_t j) noexcept nogil
    uint32_t wurao_match(const uint64_t *line, uint64_t key) noexcept nogil
    int wurao_lowest(uint32_t bits) noexcept nogil
    uint64_t wurao_block(uint64_t number, uint64_t span) noexcept nogil

cdef enum:
    ABSENT = -1
    LINE = 8                # slots of a cache line, taken in order: one with an empty last slot ends the search
    FINER = 14336           # blocks of span 1, 2, 3 inside: bits 11, 12, 13
    SPEAKS = 992
    FLAT = 0x80000000       # bit of a directory entry: one number for each of the 10,000
    PAGE = 10000
    BLOCK_BITS = 240
    BLOCK_WORDS = 16        # of 16 bits; pages begin at multiples of it
    BLOCKS = 42
    BITMAP = 667            # 16-bit words of ranks and flags before the numbers of a sparse page
    HEAD_CHANGE = 2
    HEAD_SPANS = 3
    HEAD_RISK = 4
    HEAD_RANGE = 5
    HEAD_PAIR = 6
    HEAD_WISH = 7
    PAIR_NEVER = 2047

cdef struct Slots:
    const uint64_t *words
    uint64_t size

cdef struct Shield:
    Slots risk
    Slots ranges
    Slots pair
    Slots emergency         # pairs without a caller
    Slots outside           # wide slots: subscribers that are no Chinese mobiles
    const uint32_t *directory
    const uint16_t *pages
    uint64_t first_segment
    uint64_t segments
    const uint64_t *profiles
    uint64_t n_profiles
    uint64_t span_mask
    int64_t base_us
    const uint64_t *head    # the overlay's counters, NULL without an overlay
    const uint64_t *filter  # a bit per hash of a key that the overlay may hold: small enough for the core's own cache
    uint64_t filter_bits
    Slots live_risk
    Slots live_range
    Slots live_pair
    Slots live_wish         # wide slots

cdef inline uint64_t scramble(uint64_t x) noexcept nogil:
    x ^= x >> 32
    x *= <uint64_t>0xD6E8FEB86659FD93
    x ^= x >> 32
    x *= <uint64_t>0xD6E8FEB86659FD93
    return x ^ (x >> 32)

cdef inline uint64_t spread(uint64_t key) noexcept nogil:
    """Return the 32-bit hash that places a key, in every table and in the filter."""
    key *= <uint64_t>0x9E3779B97F4A7C15
    key ^= key >> 32
    key *= <uint64_t>0xD6E8FEB86659FD93
    return key >> 32

cdef inline uint64_t home_slot(uint64_t key, uint64_t size) noexcept nogil:
    return (spread(key) * size) >> 32

cdef inline uint64_t range_key(uint64_t block, uint64_t span) noexcept nogil:
    cdef uint64_t key = scramble((block << 4) | span) >> 14
    return key if key else 1

cdef inline uint64_t pair_key(uint64_t subscriber, uint64_t caller) noexcept nogil:
    cdef uint64_t key = scramble(scramble(subscriber) ^ caller) >> 14
    return key if key else 1

cdef inline uint64_t home_line(uint64_t hash, uint64_t size) noexcept nogil:
    """Return the first slot of the line where the search for a key of this ``spread`` begins."""
    return ((hash * (size // LINE)) >> 32) * LINE

cdef inline uint64_t next_line(uint64_t line, uint64_t size) noexcept nogil:
    return line + LINE if line + LINE < size else 0

cdef inline int64_t slot_of(const Slots *t, uint64_t key, uint64_t hash) noexcept nogil:
    """Return the slot that holds ``key`` or ABSENT; ends after one round even in a full table."""
    cdef uint64_t left = t.size, line
    cdef uint32_t found
    if left == 0:
        return ABSENT
    line = home_line(hash, left)
    while left:
        found = wurao_match(t.words + line, key)
        if found:
            return <int64_t>line + wurao_lowest(found)
        if wurao_load(t.words + line + LINE - 1) == 0:
            return ABSENT
        line = next_line(line, t.size)
        left -= LINE
    return ABSENT

cdef inline int64_t place_for(const uint64_t *words, uint64_t size, uint64_t entry, bint by_kind) noexcept nogil:
    """Return the slot of an entry's key, else the first empty one, ABSENT where all are taken.

    ``by_kind``: the low three bits of the payload belong to the key (pairs).
    """
    cdef uint64_t line, left = size, slot, word
    line = home_line(spread(entry >> 14), size)
    while left:
        for slot in range(line, line + LINE):
            word = words[slot]
            if word == 0 or (word >> 14 == entry >> 14 and (not by_kind or (word ^ entry) & 7 == 0)):
                return <int64_t>slot
        line = next_line(line, size)
        left -= LINE
    return ABSENT

cdef inline int64_t payload_of(const Slots *t, uint64_t key, uint64_t hash) noexcept nogil:
    cdef int64_t i = slot_of(t, key, hash)
    return ABSENT if i < 0 else <int64_t>(wurao_load(t.words + i) & 0x3FFF)

cdef inline int64_t wide_value(const Slots *t, uint64_t key) noexcept nogil:
    """Return the value beside ``key`` in a table of 16-byte slots (key + 1, value), or ABSENT."""
    cdef uint64_t i, left = t.size, word
    if left == 0:
        return ABSENT
    i = home_slot(key, t.size)
    while left:
        word = wurao_load(t.words + 2 * i)
        if word == 0:
            return ABSENT
        if word == key + 1:
            return <int64_t>wurao_load(t.words + 2 * i + 1)
        i += 1
        if i == t.size:
            i = 0
        left -= 1
    return ABSENT

cdef inline bint may_hold(const Shield *s, int table, uint64_t hash) noexcept nogil:
    """Tell whether the overlay's table, named by its counter in the head, may hold a key; no is certain."""
    cdef uint64_t bit
    if s.head == NULL or wurao_load(s.head + table) == 0:
        return False
    bit = (hash * s.filter_bits) >> 32
    return (wurao_load(s.filter + (bit >> 6)) >> (bit & 63)) & 1

cdef inline uint32_t payload_at(const Shield *s, int head, const Slots *live, const Slots *t, uint64_t key,
                               uint64_t hash) noexcept nogil:
    """Return the payload of a key in the overlay's table, else in the generation's, else 0."""
    cdef int64_t found = ABSENT
    if may_hold(s, head, hash):
        found = payload_of(live, key, hash)
    if found < 0:
        found = payload_of(t, key, hash)
    return 0 if found < 0 else <uint32_t>found

cdef inline uint32_t risk_at(const Shield *s, uint64_t number, uint64_t hash) noexcept nogil:
    return payload_at(s, HEAD_RISK, &s.live_risk, &s.risk, number, hash)

cdef inline uint32_t range_of(const Shield *s, uint64_t key, uint64_t hash) noexcept nogil:
    return payload_at(s, HEAD_RANGE, &s.live_range, &s.ranges, key, hash)

cdef inline uint32_t range_at(const Shield *s, uint64_t number, uint64_t span) noexcept nogil:
    cdef uint64_t key = range_key(wurao_block(number, span), span)
    return range_of(s, key, spread(key))

cdef inline uint32_t smallest_range(const Shield *s, uint64_t number, uint32_t four) noexcept nogil:
    """Return the payload of the smallest block around ``number`` that has a level or is verified, else 0.

    ``four`` is ``range_at(s, number, 4)``.
    """
    cdef uint32_t payload
    cdef uint64_t span, mask
    if four & FINER:
        for span in range(1, 4):
            if (four >> (10 + span)) & 1:
                payload = range_at(s, number, span)
                if payload & SPEAKS:
                    return payload
    if four & SPEAKS:
        return four
    mask = s.span_mask
    if s.head != NULL:
        mask |= wurao_load(s.head + HEAD_SPANS)
    if mask >> 5:
        for span in range(5, 12):
            if (mask >> span) & 1:
                payload = range_at(s, number, span)
                if payload & SPEAKS:
                    return payload
    return 0

cdef inline bint pair_holds(uint64_t payload, int64_t at_us, int64_t base_us) noexcept nogil:
    cdef int64_t expiry = <int64_t>(payload >> 3), unit = <int64_t>86400000000
    cdef uint64_t kind = payload & 7
    if expiry == 0 or expiry == PAIR_NEVER:
        return expiry == PAIR_NEVER
    if kind == 4 or kind == 6:
        unit = 900000000
    return at_us < base_us + expiry * unit

cdef inline uint32_t pairs_in(const Slots *t, uint64_t key, uint64_t hash, int64_t at_us, int64_t base_us,
                              uint32_t *seen) noexcept nogil:
    """Return the bits of the kinds that hold for ``key``, leaving out kinds in ``seen``; adds all met to it."""
    cdef uint64_t line, left = t.size, word
    cdef uint32_t holds = 0, met = 0, found, bit
    if left == 0:
        return 0
    line = home_line(hash, left)
    while left:
        found = wurao_match(t.words + line, key)
        while found:
            word = wurao_load(t.words + line + wurao_lowest(found))
            found &= found - 1
            bit = <uint32_t>1 << (word & 7)
            met |= bit
            if not (seen[0] & bit) and pair_holds(word & 0x3FFF, at_us, base_us):
                holds |= bit
        if wurao_load(t.words + line + LINE - 1) == 0:
            break
        line = next_line(line, t.size)
        left -= LINE
    seen[0] |= met
    return holds

cdef inline uint32_t pairs_at(const Shield *s, const Slots *t, uint64_t key, uint64_t hash,
                             int64_t at_us) noexcept nogil:
    """Return a bit per PairKind that holds for ``key`` in the overlay or in ``t``, the table of its kind of pairs."""
    cdef uint32_t seen = 0, holds = 0
    if may_hold(s, HEAD_PAIR, hash):
        holds = pairs_in(&s.live_pair, key, hash, at_us, s.base_us, &seen)
    return holds | pairs_in(t, key, hash, at_us, s.base_us, &seen)

cdef inline bint is_mobile(uint64_t number) noexcept nogil:
    return <uint64_t>8613000000000 <= number < <uint64_t>8620000000000

cdef inline const uint16_t *page_of(const Shield *s, uint32_t entry) noexcept nogil:
    """Return where the page of a directory entry other than 0 begins; entries count lines of 32 bytes from 1."""
    return s.pages + (<uint64_t>(entry & ~<uint32_t>FLAT) - 1) * BLOCK_WORDS

cdef inline const uint16_t *wish_place(const Shield *s, uint64_t subscriber) noexcept nogil:
    """Return where a Chinese mobile's profile number lies in the pages, NULL where it has none."""
    cdef uint64_t segment = subscriber // PAGE - 860000000 - s.first_segment, low = subscriber % PAGE
    cdef uint64_t bit, j, rank
    cdef uint32_t entry
    cdef const uint16_t *page
    cdef const uint64_t *block
    if segment >= s.segments:
        return NULL
    entry = s.directory[segment]
    if entry == 0:
        return NULL
    page = page_of(s, entry)
    if entry & <uint32_t>FLAT:
        return page + low
    block = <const uint64_t *>page + low // BLOCK_BITS * 4
    bit = low % BLOCK_BITS + 16
    j = bit >> 6
    if not (block[j] >> (bit & 63)) & 1:
        return NULL
    # the rank before this block stands in its first 16 bits; the flags between there and the bit add to it
    rank = (block[0] & 0xFFFF) + wurao_popcount((block[0] >> 16) & wurao_below(bit, 0) >> 16)
    for j in range(1, 4):
        rank += wurao_popcount(block[j] & wurao_below(bit, j))
    return page + BITMAP + rank

cdef inline const uint16_t *paged_place(const Shield *s, uint64_t subscriber) noexcept nogil:
    return wish_place(s, subscriber) if is_mobile(subscriber) else NULL

cdef inline uint32_t wish_from(const Shield *s, uint64_t subscriber, const uint16_t *place) noexcept nogil:
    """Return the profile number of a subscriber whose place in the pages is known; 0 if not enrolled."""
    cdef int64_t found = ABSENT
    if may_hold(s, HEAD_WISH, spread(subscriber)):
        found = wide_value(&s.live_wish, subscriber)
    if found < 0 and place != NULL:
        return place[0]
    if found < 0 and not is_mobile(subscriber):
        found = wide_value(&s.outside, subscriber)
    return 0 if found < 0 else <uint32_t>found

cdef inline uint32_t wish_at(const Shield *s, uint64_t subscriber) noexcept nogil:
    return wish_from(s, subscriber, paged_place(s, subscriber))

cdef inline void fetch_line(const Slots *t, uint64_t hash) noexcept nogil:
    """Ask for the first line of a hash; nearly nine of ten searches for an unknown key end there."""
    if t.size:
        wurao_prefetch(t.words + home_line(hash, t.size))

cdef inline void fetch_wide(const Slots *t, uint64_t key) noexcept nogil:
    if t.size:
        wurao_prefetch(t.words + 2 * home_slot(key, t.size))

cdef inline void fetch_directory(const Shield *s, uint64_t subscriber) noexcept nogil:
    cdef uint64_t segment = subscriber // PAGE - 860000000 - s.first_segment
    if is_mobile(subscriber) and segment < s.segments:
        wurao_prefetch(s.directory + segment)
    if may_hold(s, HEAD_WISH, spread(subscriber)):
        fetch_wide(&s.live_wish, subscriber)

cdef inline void fetch_page(const Shield *s, uint64_t subscriber) noexcept nogil:
    cdef uint64_t segment = subscriber // PAGE - 860000000 - s.first_segment, low = subscriber % PAGE
    cdef uint32_t entry
    if is_mobile(subscriber):
        if segment < s.segments:
            entry = s.directory[segment]
            if entry & <uint32_t>FLAT:
                wurao_prefetch(page_of(s, entry) + low)
            elif entry:
                wurao_prefetch(page_of(s, entry) + low // BLOCK_BITS * BLOCK_WORDS)
    else:
        fetch_wide(&s.outside, subscriber)

cdef inline void fetch_finer(const Shield *s, uint64_t number, uint32_t four) noexcept nogil:
    """Ask for the blocks inside a 10,000-block whose entry is at hand and says that there are some."""
    cdef uint64_t span, hash
    if four & FINER == 0:
        return
    for span in range(1, 4):
        if (four >> (10 + span)) & 1:
            hash = spread(range_key(wurao_block(number, span), span))
            fetch_line(&s.ranges, hash)
            if may_hold(s, HEAD_RANGE, hash):
                fetch_line(&s.live_range, hash)

cdef class View:
    cdef Shield shield
    cdef list kept

cdef class Cell:
    cdef View view
