# The parts of what Kamailio tells, for those who read them from C.
cdef class Told:
    cdef readonly str call
    cdef readonly str caller
    cdef readonly str callee
    cdef readonly str trunk
