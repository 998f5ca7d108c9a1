from libc.stdint cimport uint8_t, uint64_t

cdef uint64_t judge_bytes(const char* s, Py_ssize_t n, uint8_t* status) noexcept nogil
cdef uint64_t parse_bytes(const char* s, Py_ssize_t n) noexcept nogil
cdef uint8_t kind_of(uint64_t number) noexcept nogil
cdef bint is_public(uint64_t number) noexcept nogil
cdef bint is_950(uint64_t number) noexcept nogil
