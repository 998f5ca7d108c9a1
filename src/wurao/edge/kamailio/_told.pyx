# cython: boundscheck=False, wraparound=False, initializedcheck=False, cdivision=True
"""What Kamailio's configuration tells of an INVITE in one text: ``CALL|CALLER|CALLEE|TRUNK``.

One text instead of a question for each header: a question costs a third of a microsecond. CALL is the MD5 of the Call-ID and
the CSeq's number, the two users are in hexadecimal digits, so that no header can end a field or be no text.
"""

from cpython.unicode cimport PyUnicode_AsUTF8AndSize, PyUnicode_DecodeUTF8
from libc.stdint cimport uint8_t
from libc.string cimport memchr

cdef enum:
    LONGEST = 8192          # Kamailio writes no longer text
    MD5 = 32


cdef int digit_of(char c) noexcept nogil:
    """Return what a hexadecimal digit is worth, -1 for another character."""
    if c'0' <= c <= c'9':
        return c - c'0'
    c = c | 32
    return c - c'a' + 10 if c'a' <= c <= c'f' else -1


cdef int byte_at(const char *digits) noexcept nogil:
    """Return the byte of two hexadecimal digits, negative where they aren't."""
    cdef int high = digit_of(digits[0]), low = digit_of(digits[1])
    return -1 if high < 0 or low < 0 else high << 4 | low


cdef str user_of(const char *digits, Py_ssize_t size):
    """Return a user part from its hexadecimal digits, escapes resolved (RFC 3261 §19.1.4: %31 and 1 are the same)."""
    cdef char text[LONGEST]
    cdef Py_ssize_t i, n = 0
    cdef int byte
    if size % 2:
        raise ValueError("a user part isn't in hexadecimal digits")
    for i in range(0, size, 2):
        byte = byte_at(digits + i)
        if byte < 0:
            raise ValueError("a user part isn't in hexadecimal digits")
        text[n] = <char>byte
        n += 1
    size = n
    n = 0
    i = 0
    while i < size:
        byte = byte_at(text + i + 1) if text[i] == c'%' and i + 2 < size else -1
        text[n] = <char>byte if byte >= 0 else text[i]
        i += 3 if byte >= 0 else 1
        n += 1
    return PyUnicode_DecodeUTF8(text, n, "replace")


cdef class Told:
    """One such text in parts; an empty part isn't there or has to be asked for. Raises ValueError for another text."""

    def __init__(self, str text not None):
        cdef Py_ssize_t size
        cdef const char *start = PyUnicode_AsUTF8AndSize(text, &size)
        cdef const char *end = start + size
        cdef const char *callers = past(start, end)
        cdef const char *callees = past(callers, end)
        cdef const char *trunks = past(callees, end)
        if size > LONGEST:
            raise ValueError("the text is too long")
        self.call = start[:callers - start - 1].decode() if callers - start - 1 > MD5 else ""
        self.caller = user_of(callers, callees - callers - 1)
        self.callee = user_of(callees, trunks - callees - 1)
        self.trunk = trunks[:end - trunks].decode()


cdef const char *past(const char *start, const char *end) except NULL:
    """Return where the next part begins."""
    cdef const char *bar = <const char *>memchr(start, c'|', end - start)
    if bar == NULL:
        raise ValueError("a part is missing")
    return bar + 1
