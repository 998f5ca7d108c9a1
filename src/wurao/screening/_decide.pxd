# What decide holds in C: the policy as numbers and the classes that Python sees.
from libc.stdint cimport int32_t, int64_t, uint8_t, uint16_t, uint32_t, uint64_t

from wurao.store.tables._slots cimport Cell, Shield

cdef enum:
    SETS = 1024                 # sets of call-time symbols: 1 << len(CallSymbol)

cdef struct Setting:
    bint domestic               # trusted and from a domestic line: guards for well-known numbers hold
    bint overseas
    int32_t thresholds[3][4]
    int32_t range_cap
    uint64_t codes[5]           # SIP answer by action
    uint64_t personal_code
    bint mute                   # labels don't reach the phone over this trunk
    int32_t live[SETS]
    int32_t everything[SETS]

cdef struct Law:
    Setting *settings
    uint32_t count
    uint8_t category[SETS]
    int32_t key_of[32]          # category → index of the wish level, -1 for those that always ring
    uint32_t evidence
    int64_t zone_us

cdef class Rules:
    cdef Law law
    cdef dict ingress
    cdef int _copy(self, Setting *setting, settings) except -1

cdef class Decision:
    cdef readonly uint64_t word

cdef class Decider:
    cdef Rules rules
    cdef object tables
    cdef Cell cell
    cdef readonly uint64_t faults
    cdef uint32_t index_of(self, str name) except? 0
    cdef uint64_t marked(self, uint64_t word, uint32_t ingress) noexcept
    cdef uint64_t word_of(self, uint64_t caller, uint64_t callee, uint32_t ingress, int64_t at_us,
                          uint32_t circumstances, uint64_t *change) noexcept
    cdef void words_of(self, Py_ssize_t n, const uint64_t *callers, const uint64_t *callees, const uint16_t *ingress,
                       const int64_t *at_us, const uint8_t *circumstances, uint64_t *out) noexcept

cdef uint32_t vouched(str attestation) except? 0

cpdef uint64_t number_of(object given, uint64_t unreadable) except? 0
