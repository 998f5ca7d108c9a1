# The slots of a decision ring as the screener writes them in C.
from libc.stdint cimport int64_t, uint8_t, uint32_t, uint64_t

cdef class Slots:
    cdef uint64_t[::1] words
    cdef uint64_t count
    cdef uint64_t next
    cdef uint64_t *_free(self) noexcept
    cpdef uint64_t room(self) noexcept
    cdef void _publish(self, uint64_t *record) noexcept
    cdef bint write(self, int64_t at_us, uint64_t caller, uint64_t callee, uint64_t word, uint64_t change,
                    uint32_t generation, uint32_t took_us, const char *ingress, Py_ssize_t size,
                    const uint8_t *secret) noexcept
