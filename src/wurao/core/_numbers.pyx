# cython: boundscheck=False, wraparound=False, cdivision=True
"""The compiled fast path from text to number; its grammar and its twin are in ``numbers_pure``.

``judge_bytes`` reads at most 64 bytes and 20 digits, touches no Python object and can be called without the lock.
"""

from libc.stdint cimport int32_t, int64_t, uint8_t, uint64_t
from libc.string cimport strlen

from wurao.core import numbering

cdef enum:
    MAX_TEXT = 64
    MAX_DIGITS = 20

cdef enum:
    DECIDED = 0
    IS_ANONYMOUS = 1
    UNDECIDED = 2
    EMPTY = 3

cdef enum:
    KIND_ANONYMOUS = 0
    KIND_MOBILE = 1
    KIND_FIXED = 2
    KIND_95 = 3
    KIND_96 = 4
    KIND_400 = 5
    KIND_106 = 6
    KIND_SHORT = 7
    KIND_OVERSEAS = 8
    KIND_HKMOTW = 9
    KIND_RELAY700 = 10
    KIND_NAME = 11

# what a byte sequence means: digit 0…9, or one of these
cdef enum:
    SKIP = 10
    BRACKET = 11
    PLUS = 12
    FOREIGN = 13

cdef uint64_t SERVICE = numbering.SERVICE
cdef uint64_t HASHED = numbering.HASHED
cdef uint64_t E11 = 100_000_000_000
cdef uint64_t MOBILE_LOW = 8_613_000_000_000
cdef uint64_t MOBILE_HIGH = 8_620_000_000_000
cdef uint8_t IS_AREA[1000]
cdef uint8_t IS_EIGHT[1000]
cdef uint8_t IS_COUNTRY[1000]
cdef uint8_t IS_ELEVEN[1000]
cdef uint64_t PUBLIC_SHORT[64]
cdef uint64_t PUBLIC_RANGES[8][2]
cdef int PUBLIC_SHORTS = 0
cdef int PUBLIC_RANGE_COUNT = 0
cdef bytes WORD_BYTES = b"\0".join(numbering.ANONYMOUS_WORDS) + b"\0\0"
cdef const char* WORDS = WORD_BYTES


def _fill():
    global PUBLIC_SHORTS, PUBLIC_RANGE_COUNT
    cdef int i
    for i in range(1000):
        IS_AREA[i] = i in numbering.AREA_CODES
        IS_EIGHT[i] = i in numbering.EIGHT_DIGIT_AREAS
        IS_COUNTRY[i] = i in numbering.COUNTRY_CODES
        IS_ELEVEN[i] = i in numbering.ELEVEN_DIGITS
    if len(numbering.PUBLIC_SHORT) > 64 or len(numbering.PUBLIC_RANGES) > 8:
        raise OverflowError("more public numbers than the compiled tables hold")
    for i, short in enumerate(sorted(numbering.PUBLIC_SHORT)):
        PUBLIC_SHORT[i] = short
    for i, (low, high) in enumerate(numbering.PUBLIC_RANGES):
        PUBLIC_RANGES[i][0] = low
        PUBLIC_RANGES[i][1] = high
    PUBLIC_SHORTS = len(numbering.PUBLIC_SHORT)
    PUBLIC_RANGE_COUNT = len(numbering.PUBLIC_RANGES)


_fill()


cdef inline uint64_t value(const uint8_t* d, int n) noexcept nogil:
    cdef uint64_t v = 0
    cdef int i
    for i in range(n):
        v = v * 10 + d[i]
    return v


cdef inline uint64_t china(const uint8_t* d, int n) noexcept nogil:
    """86 and the national digits, fewer than 14 of them."""
    cdef uint64_t scale = 1
    cdef int i
    for i in range(n):
        scale *= 10
    return 86 * scale + value(d, n)


cdef inline uint64_t hashed(uint64_t tag, const uint8_t* d, int n) noexcept nogil:
    cdef uint64_t mix = 0xCBF29CE484222325ULL
    cdef int i
    for i in range(n):
        mix = (mix ^ <uint64_t>(d[i] + 48)) * 0x100000001B3ULL
    mix = (mix ^ (mix >> 33)) * 0xFF51AFD7ED558CCDULL
    mix = (mix ^ (mix >> 33)) * 0xC4CEB9FE1A85EC53ULL
    return HASHED + (tag << 42) + (mix >> 22)


cdef inline bint is_mobile(const uint8_t* d, int n) noexcept nogil:
    return n == 11 and d[0] == 1 and d[1] >= 3


cdef inline bint is_freephone(const uint8_t* d, int n) noexcept nogil:
    return n == 10 and (d[0] == 4 or d[0] == 8) and d[1] == 0 and d[2] == 0


cdef bint is_service_of_1(const uint8_t* d, int n) noexcept nogil:
    if n == 3:
        return d[1] == 1 or d[1] == 2
    if n < 5:
        return False
    if d[1] == 0:
        if d[2] == 6:
            return 8 <= n <= 14
        if d[2] == 0:
            return n <= 8
        if d[2] == 1:
            return (n <= 6 and (d[3] == 0 or d[3] >= 3)) or (n == 8 and d[3] == 0)
        return False
    if d[1] == 1:
        return n <= 6
    if d[1] == 2:
        return n <= 8 or (n <= 14 and d[2] == 5) or (n == 9 and d[2] == 1 and d[3] == 2 and d[4] == 3)
    if d[1] == 6:
        return n <= 8
    return d[1] == 7 and n == 5


cdef bint is_service(const uint8_t* d, int n) noexcept nogil:
    if n == 4:
        return d[0] != 0
    if d[0] == 1:
        return is_service_of_1(d, n)
    if d[0] == 9:
        if n == 3:
            return d[1] == 9 and d[2] == 9
        return (d[1] == 5 and 5 <= n <= 14) or (d[1] == 6 and 5 <= n <= 8)
    return is_freephone(d, n)


cdef uint64_t bare(const uint8_t* d, int n) noexcept nogil:
    if is_mobile(d, n):
        return 86 * E11 + value(d, n)
    if is_service(d, n):
        return SERVICE + value(d, n)
    if (n == 14 or n == 15) and d[0] == 7 and d[1] == 0 and d[2] == 0:
        return hashed(0, d, n)
    if n >= 15 and d[0] == 1 and d[1] == 0 and d[2] == 6:
        return hashed(1, d, n)
    return 0


cdef inline bint is_area_short(const uint8_t* d, int n) noexcept nogil:
    if d[0] == 1:
        return (n == 3 and (d[1] == 1 or d[1] == 2)) or (n == 5 and d[1] <= 2)
    return d[0] == 9 and d[1] == 6 and (n == 5 or n == 6)


cdef uint64_t fixed(const uint8_t* d, int n, bint short) noexcept nogil:
    cdef int area = 3
    cdef int rest
    if n < 5:
        return 0
    if d[0] == 1:
        if d[1] != 0:
            return 0
        area = 2
    elif d[0] == 2:
        if d[1] == 6:
            return 0
        area = 2
    elif d[0] == 0 or not IS_AREA[100 * d[0] + 10 * d[1] + d[2]]:
        return 0
    rest = n - area
    if rest < 3 or rest > 9:
        return 0
    if 2 <= d[area] <= 8:
        return china(d, n) if rest == 8 or (rest == 7 and area == 3) else 0
    if not short:
        return 0
    if d[area] == 9 and d[area + 1] == 5 and rest >= 5:
        return SERVICE + value(d + area, rest)
    return china(d, n) if is_area_short(d + area, rest) else 0


cdef uint64_t trunk(const uint8_t* d, int n) noexcept nogil:
    cdef uint64_t number
    if is_mobile(d, n):
        return 86 * E11 + value(d, n)
    number = fixed(d, n, True)
    if number == 0 and is_freephone(d, n):
        number = SERVICE + value(d, n)
    return number


cdef uint64_t national(const uint8_t* d, int n) noexcept nogil:
    cdef uint64_t number
    if n < 3:
        return 0
    if d[0] == 0:
        return trunk(d + 1, n - 1)
    number = fixed(d, n, not (d[0] == 9 and d[1] == 5))
    return number if number else bare(d, n)


cdef uint64_t abroad(const uint8_t* d, int n) noexcept nogil:
    cdef int width
    cdef int code = 0
    if n < 7 or n > 15 or d[0] == 0:
        return 0
    for width in range(1, 4):
        code = 10 * code + d[width - 1]
        if IS_COUNTRY[code]:
            break
    else:
        return 0
    if d[width] == 0 or (IS_ELEVEN[code] and n != 11):
        return 0
    return value(d, n)


cdef uint64_t number_of(const uint8_t* d, int n, bint plus, bint brackets) noexcept nogil:
    cdef uint64_t number
    if not plus and n >= 2 and d[0] == 0 and d[1] == 0:
        plus = True
        d += 2
        n -= 2
    if plus:
        if n >= 2 and d[0] == 8 and d[1] == 6:
            return national(d + 2, n - 2)
        return 0 if brackets else abroad(d, n)
    if d[0] == 0:
        return trunk(d + 1, n - 1)
    if n >= 12 and d[0] == 8 and d[1] == 6:
        return national(d + 2, n - 2)
    if n < 3:
        return 0
    number = bare(d, n)
    if number == 0 and n == 11 and d[0] == 8 and d[1] == 5 and (d[2] == 2 or d[2] == 3) and 2 <= d[3]:
        number = value(d, n)
    if number == 0 and ((n == 11 and IS_EIGHT[100 * d[0] + 10 * d[1] + d[2]]) or (n == 10 and d[0] <= 2)):
        number = fixed(d, n, False)
    return number


cdef int meaning(const uint8_t* s, Py_ssize_t left, int* width) noexcept nogil:
    """The meaning of the character at ``s``; its bytes go to ``width``."""
    cdef uint8_t a = s[0]
    width[0] = 1
    if 48 <= a <= 57:
        return a - 48
    if a == 32 or a == 9 or a == 45 or a == 46 or a == 95:
        return SKIP
    if a == 40 or a == 41:
        return BRACKET
    if a == 43:
        return PLUS
    if a == 0xC2 and left >= 2 and s[1] == 0xA0:
        width[0] = 2
        return SKIP
    width[0] = 3
    if left < 3:
        return FOREIGN
    if a == 0xEF and s[1] == 0xBC:
        return full_width(s[2])
    if a == 0xE2 and s[1] == 0x80 and is_mark(s[2]):
        return SKIP
    return SKIP if a == 0xE3 and s[1] == 0x80 and s[2] == 0x80 else FOREIGN


cdef inline int full_width(uint8_t last) noexcept nogil:
    if 0x90 <= last <= 0x99:
        return last - 0x90
    if last == 0x8B:
        return PLUS
    if last == 0x88 or last == 0x89:
        return BRACKET
    return SKIP if last == 0x8D or last == 0x8E else FOREIGN


cdef inline bint is_mark(uint8_t last) noexcept nogil:
    """Hyphens, dashes and the direction marks that copying from an address book leaves."""
    return 0x90 <= last <= 0x95 or last == 0x8E or last == 0x8F or last == 0xAA or last == 0xAC or last == 0xAD


cdef inline bint same_word(const char* s, const char* word, Py_ssize_t n) noexcept nogil:
    cdef Py_ssize_t i
    cdef char c
    for i in range(n):
        c = s[i]
        if 65 <= c <= 90:
            c += 32
        if c != word[i]:
            return False
    return True


cdef bint is_anonymous(const char* s, Py_ssize_t n) noexcept nogil:
    cdef const char* word = WORDS
    cdef Py_ssize_t length
    while n and s[0] == 32:
        s += 1
        n -= 1
    while n and s[n - 1] == 32:
        n -= 1
    while word[0]:
        length = strlen(word)
        if length == n and same_word(s, word, n):
            return True
        word += length + 1
    return False


cdef inline Py_ssize_t scheme(const char* s, Py_ssize_t n) noexcept nogil:
    if n >= 4 and (same_word(s, b"tel:", 4) or same_word(s, b"sip:", 4)):
        return 4
    return 5 if n >= 5 and same_word(s, b"sips:", 5) else 0


cdef uint64_t judge_bytes(const char* s, Py_ssize_t n, uint8_t* status) noexcept nogil:
    cdef uint8_t digits[MAX_DIGITS]
    cdef int count = 0
    cdef bint plus = False
    cdef bint brackets = False
    cdef int width = 0
    cdef int what
    cdef Py_ssize_t at
    cdef uint64_t number
    status[0] = UNDECIDED
    if n > MAX_TEXT:
        return 0
    at = scheme(s, n)
    s += at
    n -= at
    at = 0
    while at < n and s[at] != 59 and s[at] != 64:
        at += 1
    n = at
    at = 0
    while at < n:
        what = meaning(<const uint8_t*>s + at, n - at, &width)
        at += width
        if what < 10:
            if count == MAX_DIGITS:
                return 0
            digits[count] = what
            count += 1
        elif what == BRACKET:
            brackets = True
        elif what == PLUS and not plus and count == 0:
            plus = True
        elif what != SKIP:
            if is_anonymous(s, n):
                status[0] = IS_ANONYMOUS
            return 0
    if count == 0:
        if not plus:
            status[0] = EMPTY
        return 0
    number = number_of(digits, count, plus, brackets)
    if number:
        status[0] = DECIDED
    return number


cdef uint64_t parse_bytes(const char* s, Py_ssize_t n) noexcept nogil:
    cdef uint8_t status
    return judge_bytes(s, n, &status)


cdef uint8_t kind_of_china(uint64_t number) noexcept nogil:
    return KIND_MOBILE if MOBILE_LOW <= number < MOBILE_HIGH else KIND_FIXED


cdef inline uint64_t leading(uint64_t number, uint64_t below) noexcept nogil:
    """The first digits of a number, as many as leave it less than ``below``."""
    while number >= below:
        number //= 10
    return number


cdef uint8_t kind_of(uint64_t number) noexcept nogil:
    cdef uint64_t head
    if number == 0:
        return KIND_ANONYMOUS
    if number >= HASHED:
        head = (number - HASHED) >> 42
        return KIND_RELAY700 if head == 0 else KIND_106 if head == 1 else KIND_NAME
    if number < SERVICE:
        head = leading(number, 1000)
        if head == 852 or head == 853 or head == 886:
            return KIND_HKMOTW
        return kind_of_china(number) if head == 86 or head // 10 == 86 else KIND_OVERSEAS
    head = leading(number - SERVICE, 1000)
    if head == 106:
        return KIND_106
    if head == 400 or head == 800:
        return KIND_400
    head = leading(head, 100)
    return KIND_95 if head == 95 else KIND_96 if head == 96 else KIND_SHORT


cdef uint64_t behind_area(uint64_t number) noexcept nogil:
    """The short code behind 86 and an area code, 0 if there is none."""
    cdef uint8_t d[20]
    cdef int n = 0
    cdef int i, area
    cdef uint64_t left = number
    while left:
        left //= 10
        n += 1
    if n < 7 or n > 11:
        return 0
    for i in range(n):
        d[n - 1 - i] = number % 10
        number //= 10
    if d[0] != 8 or d[1] != 6:
        return 0
    if d[2] == 1:
        area = 2 if d[3] == 0 else 0
    elif d[2] == 2:
        area = 2 if d[3] != 6 else 0
    else:
        area = 3 if d[2] >= 3 else 0
    if area == 0 or n - 2 - area < 3 or not is_area_short(d + 2 + area, n - 2 - area):
        return 0
    return value(d + 2 + area, n - 2 - area)


cdef bint is_public(uint64_t number) noexcept nogil:
    cdef uint64_t short
    cdef int i
    if number == 0 or number >= HASHED:
        return False
    short = number - SERVICE if number >= SERVICE else behind_area(number)
    for i in range(PUBLIC_SHORTS):
        if PUBLIC_SHORT[i] == short:
            return True
    for i in range(PUBLIC_RANGE_COUNT):
        if PUBLIC_RANGES[i][0] <= short < PUBLIC_RANGES[i][1]:
            return True
    return False


cdef bint is_950(uint64_t number) noexcept nogil:
    cdef uint64_t head
    if number < SERVICE or number >= HASHED:
        return False
    head = leading(number - SERVICE, 1000)
    return head == 950 or head == 951


def judge(bytes data not None):
    """Return number and status code of one text."""
    cdef uint8_t status
    cdef uint64_t number = judge_bytes(data, len(data), &status)
    return number, status


def parse(text):
    """Return the number of a text, 0 if it is anonymous or the fast path doesn't decide."""
    cdef bytes data
    if isinstance(text, str):
        data = (<str>text).encode("utf-8", "surrogatepass")
    else:
        data = text
    return parse_bytes(data, len(data))


def kind_code(uint64_t number):
    """Return the code of a number's kind."""
    return kind_of(number)


def is_public_service(uint64_t number):
    """Say whether a number is an emergency, government, carrier's or five-digit 95 number."""
    return is_public(number)


def is_950_number(uint64_t number):
    """Say whether a number is of the segments 950 and 951."""
    return is_950(number)


ctypedef fused offset_t:
    int32_t
    int64_t


def read_many(const offset_t[::1] offsets, const uint8_t[::1] data, uint64_t[::1] numbers, uint8_t[::1] status):
    """Judge n texts, text i being ``data[offsets[i]:offsets[i + 1]]``; return how many are UNDECIDED.

    Fills ``numbers`` and ``status`` (n each). Raises ValueError if the arrays don't fit each other: a caller's mistake.
    """
    cdef Py_ssize_t n = offsets.shape[0] - 1
    cdef Py_ssize_t size = data.shape[0]
    cdef Py_ssize_t i, undecided = 0
    cdef char nothing = 0
    cdef const char* base = <const char*>&data[0] if size else &nothing
    if n < 0 or numbers.shape[0] < n or status.shape[0] < n:
        raise ValueError("offsets, numbers and status don't fit each other")
    for i in range(n):
        if offsets[i] < 0 or offsets[i + 1] < offsets[i] or offsets[i + 1] > size:
            raise ValueError(f"offset {i} lies outside the data")
    with nogil:
        for i in range(n):
            numbers[i] = judge_bytes(base + offsets[i], offsets[i + 1] - offsets[i], &status[i])
            undecided += status[i] == UNDECIDED
    return undecided


def kinds_many(const uint64_t[::1] numbers, uint8_t[::1] kinds):
    """Fill ``kinds`` with the kind codes of ``numbers``, as many as both hold."""
    cdef Py_ssize_t i
    with nogil:
        for i in range(min(numbers.shape[0], kinds.shape[0])):
            kinds[i] = kind_of(numbers[i])
