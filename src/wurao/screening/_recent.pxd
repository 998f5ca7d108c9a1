# Which subscriber was called by whom, as the screener asks in C.
from cpython.array cimport array
from libc.stdint cimport int64_t, uint64_t

cdef class RecentCalls:
    cdef array words
    cdef uint64_t slots
    cdef bint heard(self, uint64_t subscriber, uint64_t caller, int64_t at_us) noexcept nogil
