# cython: boundscheck=False, wraparound=False, initializedcheck=False, cdivision=True
"""One call through the call path in C: read the numbers, decide, hand the decision to the ring, name the receipt."""

from cpython.unicode cimport PyUnicode_AsUTF8AndSize
from libc.stdint cimport int64_t, uint8_t, uint32_t, uint64_t
from libc.string cimport memcpy
from posix.time cimport CLOCK_MONOTONIC, clock_gettime, timespec
from wurao.edge._receipts cimport SECRET, Receipts
from wurao.edge._ring cimport Slots
from wurao.screening._decide cimport Decider, Decision, number_of
from wurao.screening._recent cimport RecentCalls
from wurao.store.tables cimport _slots

from wurao.core.payload import INVALID_CALLER, DecisionFlag, DecisionWord
from wurao.core.verdict import Action, Guard

cdef uint64_t NO_NUMBER = INVALID_CALLER
BUDGET_US = 100_000
cdef int64_t BUDGET = BUDGET_US
cdef uint64_t TOO_LATE = DecisionWord(Action.RING, Guard.FAULT, 0, 0, DecisionFlag(0), 0, 0, 0).pack()


cdef inline int64_t ticks_us() noexcept nogil:
    cdef timespec now
    clock_gettime(CLOCK_MONOTONIC, &now)
    return <int64_t>now.tv_sec * 1000000 + now.tv_nsec // 1000


cdef class Screened(Decision):
    """A decision that was handed to the ring, at ``at_us`` (microseconds UTC)."""

    cdef readonly int64_t at_us
    cdef Receipts receipts
    cdef uint8_t secret[SECRET]

    @property
    def receipt(self):
        """The id of its receipt."""
        return self.receipts.written(self.at_us, self.secret)


cdef class Screener:
    """Decides the calls of one thread with ``decider`` and hands them to a ring, where there is one."""

    cdef Decider decider
    cdef RecentCalls recent
    cdef Receipts receipts
    cdef Slots slots
    cdef uint32_t generation
    cdef uint64_t change

    def __init__(self, Decider decider not None, Slots slots):
        self.decider = decider
        self.recent = RecentCalls()
        self.receipts = Receipts()
        self.slots = slots

    def stand_on(self, uint32_t generation, uint64_t change):
        """Say which generation the decider reads now, and the last change that it was built with."""
        self.generation = generation
        self.change = change

    def screen(self, caller, callee, str ingress not None, int64_t at_us, int64_t began_us, str attestation=""):
        """Return what was Screened; numbers as uint64 or as text from the network, ``ingress`` a trunk's name.

        ``began_us`` is when the call came, on the monotonic clock: what takes longer than BUDGET_US from then on rings.
        Raises OSError where the system has no randomness for a receipt.
        """
        cdef int64_t took_us
        cdef uint64_t a = number_of(caller, NO_NUMBER), b = number_of(callee, 0)
        cdef uint32_t circumstances = self.recent.heard(b, a, at_us) | <uint32_t>(attestation == "C") << 1
        cdef Screened screened = Screened.__new__(Screened)
        cdef uint64_t change = self.change
        screened.word = self.decider.word_of(a, b, self.decider.index_of(ingress), at_us, circumstances, &change)
        screened.at_us = at_us
        screened.receipts = self.receipts
        memcpy(screened.secret, self.receipts.fresh(), SECRET)
        took_us = ticks_us() - began_us
        if took_us > BUDGET:
            screened.word = TOO_LATE
        if self.slots is not None:
            self.hand_over(screened, a, b, change, <uint32_t>min(max(took_us, 0), 0xFFFFFFFF), ingress)
        return screened

    cdef int hand_over(self, Screened screened, uint64_t caller, uint64_t callee, uint64_t change, uint32_t took_us,
                       str ingress) except -1:
        cdef Py_ssize_t size
        cdef const char *name = PyUnicode_AsUTF8AndSize(ingress, &size)
        self.slots.write(screened.at_us, caller, callee, screened.word, change, self.generation, took_us, name,
                         size, screened.secret)
        return 0
