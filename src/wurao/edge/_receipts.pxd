# The ids of receipts as the screener writes them in C.
from libc.stdint cimport int64_t, uint8_t, uint64_t

cdef enum:
    SECRET = 9
    KEY = 16
    ID = 21                 # characters of a receipt's id
    POOL = 252              # a multiple of SECRET; getrandom gives so much at once without being interrupted

cdef class Receipts:
    cdef int64_t day
    cdef char text[ID]
    cdef uint8_t pool[POOL]
    cdef int used
    cdef const uint8_t *fresh(self) except NULL
    cdef int write(self, int64_t at_us, const uint8_t *secret) except -1
    cdef str written(self, int64_t at_us, const uint8_t *secret)

cdef void sip_hash(const uint8_t *key, const uint8_t *data, size_t size, uint8_t *out) noexcept nogil
