# cython: boundscheck=False, wraparound=False, initializedcheck=False, cdivision=True
"""The id of a receipt: the Chinese day of the call and a secret, so that it can be read out and not be guessed."""

from cpython.unicode cimport PyUnicode_DecodeASCII
from libc.string cimport memcpy

from wurao.core.clock import CHINA_OFFSET_US, DAY_US, day_of

cdef extern from "sys/random.h":
    ssize_t getrandom(void *buffer, size_t length, unsigned int flags) nogil

cdef int64_t OFFSET_US = CHINA_OFFSET_US, A_DAY_US = DAY_US
cdef const char *LETTERS = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"


cdef class Receipts:
    """Draws secrets and writes ids; threads may share it, processes that forked after the first drawing may not."""

    def __cinit__(self):
        self.day = -1
        self.used = POOL
        self.text[8] = b"-"

    cdef const uint8_t *fresh(self) except NULL:
        """Return a secret that nobody had; it stays until the next is drawn."""
        if self.used == POOL:
            if getrandom(self.pool, POOL, 0) != POOL:
                raise OSError("the system has no randomness")
            self.used = 0
        self.used += SECRET
        return self.pool + self.used - SECRET

    cdef str written(self, int64_t at_us, const uint8_t *secret):
        """Return the id of a call at ``at_us`` that has this secret."""
        cdef int64_t day = (at_us + OFFSET_US) // A_DAY_US
        cdef int group
        cdef unsigned int bits
        cdef char *at
        if day != self.day:
            digits = day_of(at_us).replace("-", "").encode()
            if len(digits) != 8:
                raise ValueError("a year of four digits is needed")
            memcpy(self.text, <const char *>digits, 8)
            self.day = day
        for group in range(3):
            bits = <unsigned int>secret[3 * group] << 16 | secret[3 * group + 1] << 8 | secret[3 * group + 2]
            at = self.text + 9 + 4 * group
            at[0] = LETTERS[bits >> 18]
            at[1] = LETTERS[bits >> 12 & 63]
            at[2] = LETTERS[bits >> 6 & 63]
            at[3] = LETTERS[bits & 63]
        return PyUnicode_DecodeASCII(self.text, 21, NULL)

    def secret(self):
        """Return the secret part of a new receipt, nine bytes."""
        return (<const char *>self.fresh())[:SECRET]

    def id_of(self, int64_t at_us, bytes secret not None):
        """Return the id of a call at ``at_us`` (microseconds UTC), 21 characters of [A-Za-z0-9_-].

        Raises ValueError for a secret that isn't nine bytes.
        """
        if len(secret) != SECRET:
            raise ValueError("a secret has nine bytes")
        return self.written(at_us, <const uint8_t *><const char *>secret)
