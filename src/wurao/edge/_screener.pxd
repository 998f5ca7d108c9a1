# The screener for those who call it from C.
from cpython.array cimport array
from libc.stdint cimport int64_t, uint8_t, uint32_t, uint64_t
from wurao.edge._receipts cimport SECRET, Receipts
from wurao.edge._ring cimport Slots
from wurao.screening._decide cimport Decider, Decision
from wurao.screening._recent cimport RecentCalls

cdef int64_t ticks_us() noexcept nogil

cdef class Screened(Decision):
    cdef readonly int64_t at_us
    cdef Receipts receipts
    cdef uint8_t secret[SECRET]

cdef class Screener:
    cdef Decider decider
    cdef RecentCalls recent
    cdef Receipts receipts
    cdef Slots slots
    cdef uint32_t generation
    cdef uint64_t change
    cdef bytes key
    cdef array kept
    cdef bint speaks_sip
    cdef Screened screened(self, uint64_t a, uint64_t b, str ingress, int64_t at_us, int64_t began_us,
                           uint32_t circumstances, str call)
    cdef int secret_of(self, str call, uint64_t caller, uint64_t callee, uint8_t *secret) except -1
    cdef int hand_over(self, Screened screened, uint64_t caller, uint64_t callee, uint64_t change, uint32_t took_us,
                       str ingress) except -1
