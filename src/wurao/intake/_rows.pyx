# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True
"""The few loops of intake that run once a row: cutting records, times, counts, keyed row hashes, occurrences.

Everything here takes whole columns (Arrow offsets and bytes, numpy arrays) and returns values beside a state, so that
the good rows never become Python objects. What a loop here doesn't decide, Python judges row by row.

The row hash is SipHash-2-4 (Aumasson and Bernstein 2012), a keyed function: without the home's key nobody can try
numbers until a row's hash fits.
"""

from libc.stdint cimport int32_t, int64_t, uint8_t, uint32_t, uint64_t
from libc.string cimport memcpy

import numpy as np

UNCLOSED = -1
TOO_LONG = -2
LOCAL = 1
UNDECIDED = 2
REPEATED = 1
CONFLICTING = 2

cdef int64_t DAY = 86400000000


# ---- records -------------------------------------------------------------------------------------------------------

def split(const uint8_t[::1] data, int64_t begin, uint8_t delimiter, uint8_t quote, bint last, int64_t limit,
          int64_t allowed, int64_t line, int64_t[::1] starts, int64_t[::1] ends, int64_t[::1] lines, int32_t[::1] fields):
    """Cut CSV text into records as RFC 4180 and Arrow do; ``quote`` 0 means that every newline ends a record.

    Fills, for each record that isn't blank, its first byte, its end without newline, its first line and the count of
    its fields (UNCLOSED: a quote that nothing closes within ``limit`` bytes, the record is then its first line alone;
    TOO_LONG: more than ``limit`` bytes). After ``allowed`` unclosed quotes every newline ends a record. ``last`` says
    that no byte follows. Returns records, bytes used, line of the first byte left, quotes found unclosed.
    """
    cdef int64_t i = begin, n = data.shape[0], start = begin, first_line = line, mark = -1, mark_line = 0
    cdef int64_t count = 0, end, unclosed = 0
    cdef int32_t columns = 1
    cdef bint in_quotes = False, at_field = True
    cdef uint8_t c
    while True:
        if i >= n:
            if not last or start >= n:
                break
            if in_quotes:  # the text ended inside quotes: give up that quote, go on after its line
                unclosed += 1
                starts[count] = start; lines[count] = first_line; fields[count] = -1
                ends[count] = mark if mark >= 0 else n
                count += 1
                if mark < 0:
                    start = n
                    break
                i = _past_newline(data, mark, n)
                line = mark_line + 1
            else:
                if n > start:
                    starts[count] = start; ends[count] = n; lines[count] = first_line
                    fields[count] = columns if n - start <= limit else -2
                    count += 1
                start = n
                break
            if unclosed >= allowed:
                quote = 0
            start = i; first_line = line; columns = 1; in_quotes = False; at_field = True; mark = -1
            continue
        c = data[i]
        if in_quotes:
            if c == quote:
                if i + 1 < n and data[i + 1] == quote:
                    i += 1
                elif i + 1 >= n and not last:
                    break  # the next byte tells whether the quote closes
                else:
                    in_quotes = False
            elif c == 10 or c == 13:
                if c == 13 and i + 1 >= n and not last:
                    break
                if mark < 0:
                    mark = i; mark_line = line
                if i - start > limit:
                    unclosed += 1
                    starts[count] = start; ends[count] = mark; lines[count] = first_line; fields[count] = -1
                    count += 1
                    i = _past_newline(data, mark, n)
                    line = mark_line + 1
                    if unclosed >= allowed:
                        quote = 0
                    start = i; first_line = line; columns = 1; in_quotes = False; at_field = True; mark = -1
                    continue
                if c == 13 and i + 1 < n and data[i + 1] == 10:
                    i += 1
                line += 1
            i += 1
            continue
        if c == 10 or c == 13:
            if c == 13 and i + 1 >= n and not last:
                break
            if i > start:
                starts[count] = start; ends[count] = i; lines[count] = first_line
                fields[count] = columns if i - start <= limit else -2
                count += 1
            i = _past_newline(data, i, n)
            line += 1
            start = i; first_line = line; columns = 1; at_field = True; mark = -1
            continue
        if c == delimiter:
            columns += 1
            at_field = True
        else:
            if at_field and c == quote and quote != 0:
                in_quotes = True
            at_field = False
        i += 1
    return count, start, first_line, unclosed


cdef int64_t _past_newline(const uint8_t[::1] data, int64_t i, int64_t n) noexcept nogil:
    if data[i] == 13 and i + 1 < n and data[i + 1] == 10:
        return i + 2
    return i + 1


# ---- times and counts ----------------------------------------------------------------------------------------------

cdef inline int64_t _digits(const uint8_t* text, int count) noexcept nogil:
    cdef int64_t value = 0
    cdef int k
    for k in range(count):
        if text[k] < 48 or text[k] > 57:
            return -1
        value = value * 10 + (text[k] - 48)
    return value


cdef int64_t _days(int64_t year, int64_t month, int64_t day) noexcept nogil:
    """Days since 1970-01-01 of a proleptic Gregorian date (Hinnant, days_from_civil)."""
    if month <= 2:
        year -= 1
    cdef int64_t era = year // 400
    cdef int64_t yoe = year - era * 400
    cdef int64_t doy = (153 * (month + (-3 if month > 2 else 9)) + 2) // 5 + day - 1
    return era * 146097 + yoe * 365 + yoe // 4 - yoe // 100 + doy - 719468


cdef int _month_days(int64_t year, int64_t month) noexcept nogil:
    if month == 2:
        return 29 if (year % 4 == 0 and year % 100 != 0) or year % 400 == 0 else 28
    return 30 if month in (4, 6, 9, 11) else 31


cdef int _time(const uint8_t* s, int64_t n, int64_t* value) noexcept nogil:
    """Read ``YYYY-MM-DD[T ]HH:MM:SS[.ffffff][Z|±HH[:]MM]`` or 15–16 digits of microseconds; returns the state."""
    cdef int64_t year, month, day, hour, minute, second, micros = 0, scale = 100000, offset, k
    if n == 15 or n == 16:
        value[0] = _digits(s, <int>n)
        return 0 if value[0] >= 0 else 2
    if n < 19 or s[4] != s[7] or not (s[4] == 45 or s[4] == 47) or not (s[10] == 32 or s[10] == 84):
        return 2
    if s[13] != 58 or s[16] != 58:
        return 2
    year = _digits(s, 4); month = _digits(s + 5, 2); day = _digits(s + 8, 2)
    hour = _digits(s + 11, 2); minute = _digits(s + 14, 2); second = _digits(s + 17, 2)
    if year < 1 or month < 1 or month > 12 or day < 1 or hour < 0 or minute < 0 or second < 0:
        return 2
    if hour > 23 or minute > 59 or second > 59 or day > _month_days(year, month):
        return 2
    k = 19
    if k < n and s[k] == 46:
        k += 1
        if k == n:
            return 2
        while k < n and 48 <= s[k] <= 57:
            micros += (s[k] - 48) * scale
            scale = scale // 10
            k += 1
        if k > 29:
            return 2
    value[0] = _days(year, month, day) * DAY + ((hour * 60 + minute) * 60 + second) * 1000000 + micros
    if k == n:
        return 1
    if s[k] == 90:
        return 0 if k + 1 == n else 2
    if s[k] != 43 and s[k] != 45:
        return 2
    hour = _digits(s + k + 1, 2) if n >= k + 3 else -1
    if n == k + 6 and s[k + 3] == 58:
        minute = _digits(s + k + 4, 2)
    elif n == k + 5:
        minute = _digits(s + k + 3, 2)
    else:
        minute = 0 if n == k + 3 else -1
    if hour < 0 or minute < 0 or hour > 23 or minute > 59:
        return 2
    offset = (hour * 60 + minute) * 60000000
    value[0] += offset if s[k] == 45 else -offset
    return 0


def parse_times(const int32_t[::1] offsets, const uint8_t[::1] data):
    """Return (microseconds, state) of each text: 0 UTC, LOCAL (the zone is still to be taken off) or UNDECIDED."""
    cdef int64_t rows = offsets.shape[0] - 1, i
    values, states = np.zeros(rows, np.int64), np.empty(rows, np.uint8)
    cdef int64_t[::1] value = values
    cdef uint8_t[::1] state = states
    with nogil:
        for i in range(rows):
            if offsets[i + 1] == offsets[i]:
                state[i] = 2
            else:
                state[i] = <uint8_t>_time(&data[offsets[i]], offsets[i + 1] - offsets[i], &value[i])
    return values, states


def parse_counts(const int32_t[::1] offsets, const uint8_t[::1] data):
    """Return (value, undecided) of each text of 1 to 18 digits."""
    cdef int64_t rows = offsets.shape[0] - 1, i, n
    values, states = np.zeros(rows, np.int64), np.ones(rows, np.uint8)
    cdef int64_t[::1] value = values
    cdef uint8_t[::1] state = states
    with nogil:
        for i in range(rows):
            n = offsets[i + 1] - offsets[i]
            if 0 < n < 19:
                value[i] = _digits(&data[offsets[i]], <int>n)
                state[i] = value[i] < 0
    return values, states.view(np.bool_)


# ---- keyed row hashes ----------------------------------------------------------------------------------------------

cdef inline uint64_t _rotl(uint64_t x, int b) noexcept nogil:
    return (x << b) | (x >> (64 - b))


cdef inline void _round(uint64_t* v) noexcept nogil:
    v[0] += v[1]; v[1] = _rotl(v[1], 13); v[1] ^= v[0]; v[0] = _rotl(v[0], 32)
    v[2] += v[3]; v[3] = _rotl(v[3], 16); v[3] ^= v[2]
    v[0] += v[3]; v[3] = _rotl(v[3], 21); v[3] ^= v[0]
    v[2] += v[1]; v[1] = _rotl(v[1], 17); v[1] ^= v[2]; v[2] = _rotl(v[2], 32)


cdef uint64_t _siphash(uint64_t k0, uint64_t k1, const uint8_t* text, int64_t n) noexcept nogil:
    cdef uint64_t v[4]
    cdef uint64_t word
    cdef int64_t i, whole = n - n % 8
    v[0] = k0 ^ <uint64_t>0x736f6d6570736575; v[1] = k1 ^ <uint64_t>0x646f72616e646f6d
    v[2] = k0 ^ <uint64_t>0x6c7967656e657261; v[3] = k1 ^ <uint64_t>0x7465646279746573
    for i in range(0, whole, 8):
        memcpy(&word, text + i, 8)
        v[3] ^= word
        _round(v); _round(v)
        v[0] ^= word
    word = <uint64_t>(n & 255) << 56
    for i in range(whole, n):
        word |= <uint64_t>text[i] << (8 * (i - whole))
    v[3] ^= word
    _round(v); _round(v)
    v[0] ^= word
    v[2] ^= 255
    _round(v); _round(v); _round(v); _round(v)
    return v[0] ^ v[1] ^ v[2] ^ v[3]


def siphash(uint64_t k0, uint64_t k1, bytes text):
    """Return SipHash-2-4 of ``text`` under the key (k0, k1)."""
    return _siphash(k0, k1, <const uint8_t*>(<const char*>text), len(text))


def mix_texts(uint64_t k0, uint64_t k1, uint64_t[::1] state, const int32_t[::1] offsets, const uint8_t[::1] data):
    """Chain a column of texts into each row's hash: state = SipHash(key xor state, text)."""
    cdef int64_t i
    cdef const uint8_t* text = &data[0] if data.shape[0] else NULL
    with nogil:
        for i in range(state.shape[0]):
            state[i] = _siphash(k0 ^ state[i], k1, text + offsets[i], offsets[i + 1] - offsets[i])


def mix_words(uint64_t k0, uint64_t k1, uint64_t[::1] state, const uint64_t[::1] words):
    """Chain a column of 64-bit values into each row's hash."""
    cdef int64_t i
    with nogil:
        for i in range(state.shape[0]):
            state[i] = _siphash(k0 ^ state[i], k1, <const uint8_t*>&words[i], 8)


# ---- what was seen before in this import -----------------------------------------------------------------------------

cdef class Seen:
    """An open-addressed table of 64-bit hashes, each with a 32-bit value; forgets all when ``limit`` are held.

    12 bytes a slot, at most 2/3 full. After forgetting, a repeated row is merely met by the lake's own look at ids.
    """

    cdef object _keys, _values
    cdef uint64_t _mask
    cdef int64_t _held, _limit

    def __init__(self, int64_t limit):
        self._limit = limit
        self._make(1 << 12)

    cdef _make(self, int64_t slots):
        self._keys, self._values = np.zeros(slots, np.uint64), np.zeros(slots, np.uint32)
        self._mask = <uint64_t>(slots - 1)
        self._held = 0

    cdef _reserve(self, int64_t more):
        keys, values = self._keys, self._values
        if self._held + more > self._limit:
            self._make(1 << 12)
            keys, values = self._keys, self._values
        if (self._held + more) * 3 <= len(keys) * 2:
            return
        slots = len(keys)
        while (self._held + more) * 3 > slots * 2:
            slots *= 2
        held = keys != 0
        self._make(slots)
        self._fill(keys[held], values[held])

    cdef _fill(self, const uint64_t[::1] keys, const uint32_t[::1] values):
        cdef uint64_t[::1] slot = self._keys
        cdef uint32_t[::1] value = self._values
        cdef int64_t i
        cdef uint64_t at
        for i in range(keys.shape[0]):
            at = _slot(slot, keys[i], self._mask)
            slot[at] = keys[i]
            value[at] = values[i]
        self._held = keys.shape[0]

    def count(self, const uint64_t[::1] keys):
        """Return how often each hash was met before, in order, and remember it."""
        self._reserve(keys.shape[0])
        cdef uint64_t[::1] slot = self._keys
        cdef uint32_t[::1] value = self._values
        before = np.zeros(keys.shape[0], np.uint64)
        cdef uint64_t[::1] earlier = before
        cdef int64_t i
        cdef uint64_t at, key
        with nogil:
            for i in range(keys.shape[0]):
                key = keys[i] | 1
                at = _slot(slot, key, self._mask)
                if slot[at] == 0:
                    slot[at] = key
                    self._held += 1
                earlier[i] = value[at]
                value[at] += 1
        return before

    def compare(self, const uint64_t[::1] keys, const uint64_t[::1] contents):
        """Return 0 for a new id, REPEATED for one met with the same content, CONFLICTING with another content."""
        self._reserve(keys.shape[0])
        cdef uint64_t[::1] slot = self._keys
        cdef uint32_t[::1] value = self._values
        states = np.zeros(keys.shape[0], np.uint8)
        cdef uint8_t[::1] state = states
        cdef int64_t i
        cdef uint64_t at, key
        with nogil:
            for i in range(keys.shape[0]):
                key = keys[i] | 1
                at = _slot(slot, key, self._mask)
                if slot[at] == 0:
                    slot[at] = key
                    value[at] = <uint32_t>contents[i]
                    self._held += 1
                else:
                    state[i] = 1 if value[at] == <uint32_t>contents[i] else 2
        return states


cdef inline uint64_t _slot(uint64_t[::1] slot, uint64_t key, uint64_t mask) noexcept nogil:
    # the keys are keyed hashes already: their upper bits spread evenly
    cdef uint64_t at = (key >> 20) & mask
    while slot[at] != 0 and slot[at] != key:
        at = (at + 1) & mask
    return at
