# The ids of receipts as the screener writes them in C.
from libc.stdint cimport int64_t, uint8_t

cdef enum:
    SECRET = 9
    POOL = 252              # a multiple of SECRET; getrandom gives so much at once without being interrupted

cdef class Receipts:
    cdef int64_t day
    cdef char text[21]
    cdef uint8_t pool[POOL]
    cdef int used
    cdef const uint8_t *fresh(self) except NULL
    cdef str written(self, int64_t at_us, const uint8_t *secret)
