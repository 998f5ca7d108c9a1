# cython: boundscheck=False, wraparound=False, initializedcheck=False, cdivision=True
"""The id of a receipt: the Chinese day of the call and a secret, so that it can be read out and not be guessed.

A secret is drawn, or made of the call's name under a key by SipHash-2-4 with 128 bits of output (Aumasson and
Bernstein, 2012): a pseudo-random function made for short texts, 40 ns where a keyed BLAKE2b costs a microsecond.
"""

from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_FromStringAndSize
from cpython.unicode cimport PyUnicode_DecodeASCII
from libc.string cimport memcpy

from wurao.core.clock import CHINA_OFFSET_US, DAY_US, day_of

cdef extern from "sys/random.h":
    ssize_t getrandom(void *buffer, size_t length, unsigned int flags) nogil

cdef int64_t OFFSET_US = CHINA_OFFSET_US, A_DAY_US = DAY_US
cdef const char *LETTERS = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"


cdef inline uint64_t turned(uint64_t word, int bits) noexcept nogil:
    return word << bits | word >> (64 - bits)


cdef inline void mixed(uint64_t *v, int rounds) noexcept nogil:
    cdef int i
    for i in range(rounds):
        v[0] += v[1]
        v[1] = turned(v[1], 13) ^ v[0]
        v[0] = turned(v[0], 32)
        v[2] += v[3]
        v[3] = turned(v[3], 16) ^ v[2]
        v[0] += v[3]
        v[3] = turned(v[3], 21) ^ v[0]
        v[2] += v[1]
        v[1] = turned(v[1], 17) ^ v[2]
        v[2] = turned(v[2], 32)


cdef inline void taken(uint64_t *v, uint64_t word) noexcept nogil:
    v[3] ^= word
    mixed(v, 2)
    v[0] ^= word


cdef void sip_hash(const uint8_t *key, const uint8_t *data, size_t size, uint8_t *out) noexcept nogil:
    """Write the 16 bytes of SipHash-2-4-128 of ``data`` under ``key`` (KEY bytes) to ``out``; little-endian machines."""
    cdef uint64_t v[4]
    cdef uint64_t k0, k1, word
    cdef size_t at = 0
    memcpy(&k0, key, 8)
    memcpy(&k1, key + 8, 8)
    v[0] = 0x736F6D6570736575ULL ^ k0
    v[1] = 0x646F72616E646F6DULL ^ k1 ^ 0xEE
    v[2] = 0x6C7967656E657261ULL ^ k0
    v[3] = 0x7465646279746573ULL ^ k1
    while at + 8 <= size:
        memcpy(&word, data + at, 8)
        taken(v, word)
        at += 8
    word = 0
    memcpy(&word, data + at, size - at)
    taken(v, word | <uint64_t>size << 56)
    v[2] ^= 0xEE
    mixed(v, 4)
    word = v[0] ^ v[1] ^ v[2] ^ v[3]
    memcpy(out, &word, 8)
    v[1] ^= 0xDD
    mixed(v, 4)
    word = v[0] ^ v[1] ^ v[2] ^ v[3]
    memcpy(out + 8, &word, 8)


def siphash128(bytes key not None, bytes data not None):
    """Return SipHash-2-4-128 of ``data``, 16 bytes; raises ValueError for a key that isn't 16 bytes."""
    cdef uint8_t out[16]
    if len(key) != KEY:
        raise ValueError("a key has 16 bytes")
    sip_hash(<const uint8_t *><const char *>key, <const uint8_t *><const char *>data, len(data), out)
    return (<const char *>out)[:16]


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

    cdef int write(self, int64_t at_us, const uint8_t *secret) except -1:
        """Write the id of a call at ``at_us`` that has this secret to ``text``."""
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
        return 0

    cdef str written(self, int64_t at_us, const uint8_t *secret):
        """Return the id of a call at ``at_us`` that has this secret."""
        self.write(at_us, secret)
        return PyUnicode_DecodeASCII(self.text, ID, NULL)

    def secret(self):
        """Return the secret part of a new receipt, nine bytes."""
        return (<const char *>self.fresh())[:SECRET]

    def ids_of(self, const int64_t[::1] at_us, const uint8_t[::1] secrets):
        """Return the ids of calls one behind the other, ID bytes each; their secrets lie one behind the other too.

        Raises ValueError where these aren't nine bytes a call, or for a year that hasn't four digits.
        """
        cdef Py_ssize_t i, n = at_us.shape[0]
        cdef bytes told
        cdef char *at
        if secrets.shape[0] != n * SECRET:
            raise ValueError("a secret has nine bytes")
        told = PyBytes_FromStringAndSize(NULL, n * ID)
        at = PyBytes_AS_STRING(told)
        for i in range(n):
            self.write(at_us[i], &secrets[i * SECRET])
            memcpy(at + i * ID, self.text, ID)
        return told
