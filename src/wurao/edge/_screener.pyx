# cython: boundscheck=False, wraparound=False, initializedcheck=False, cdivision=True
"""One call through the call path in C: read the numbers, decide, hand the decision to the ring, name the receipt."""

from cpython.array cimport array, clone
from cpython.unicode cimport PyUnicode_AsUTF8AndSize
from libc.stdint cimport int64_t, uint8_t, uint32_t, uint64_t
from libc.string cimport memcpy
from posix.time cimport CLOCK_MONOTONIC, clock_gettime, timespec
from wurao.edge._receipts cimport KEY, SECRET, Receipts, sip_hash
from wurao.edge._ring cimport Slots
from wurao.screening._decide cimport Decider, Decision, number_of, vouched
from wurao.screening._recent cimport RecentCalls
from wurao.store.tables cimport _slots

from wurao.core.payload import INVALID_CALLER, DecisionFlag, DecisionWord
from wurao.core.verdict import Action, Guard

cdef uint64_t NO_NUMBER = INVALID_CALLER
BUDGET_US = 100_000
cdef int64_t BUDGET = BUDGET_US
cdef uint64_t TOO_LATE = DecisionWord(Action.RING, Guard.FAULT, 0, 0, DecisionFlag(0), 0, 0, 0).pack()

KEY_BYTES = KEY
cdef int64_t KEPT_US = 32_000_000       # 64 × T1: as long as a request may be sent again (RFC 3261 §17)
cdef enum:
    KEPT = 1 << 16

cdef struct Said:
    uint64_t call
    int64_t at_us
    uint64_t word

cdef array SAIDS = array("Q")


cdef int64_t ticks_us() noexcept nogil:
    """Return microseconds on the monotonic clock."""
    cdef timespec now
    clock_gettime(CLOCK_MONOTONIC, &now)
    return <int64_t>now.tv_sec * 1000000 + now.tv_nsec // 1000


cdef class Screened(Decision):
    """A decision that was handed to the ring, at ``at_us`` (microseconds UTC)."""

    @property
    def receipt(self):
        """The id of its receipt."""
        return self.receipts.written(self.at_us, self.secret)


cdef class Screener:
    """Decides the calls of one thread with ``decider`` and hands them to a ring, where there is one.

    ``speaks_sip``: labels reach the phone as the trunk's settings say; else whoever asks shows them.
    """

    def __init__(self, Decider decider not None, Slots slots, bytes key=b"", bint speaks_sip=False):
        if key and len(key) != KEY:
            raise ValueError("a key has 16 bytes")
        self.key = key
        self.speaks_sip = speaks_sip
        self.kept = clone(SAIDS, KEPT * sizeof(Said) // 8, zero=True)
        self.decider = decider
        self.recent = RecentCalls()
        self.receipts = Receipts()
        self.slots = slots

    def stand_on(self, uint32_t generation, uint64_t change):
        """Say which generation the decider reads now, and the last change that it was built with."""
        self.generation = generation
        self.change = change

    def screen(self, caller, callee, str ingress not None, int64_t at_us, int64_t began_us, str attestation="",
               str call=""):
        """Return what was Screened; numbers as uint64 or as text from the network, ``ingress`` a trunk's name.

        ``began_us`` is when the call came, on the monotonic clock: what takes longer than BUDGET_US from then on rings.
        ``call`` names a call whose request may come again: then it has the same receipt everywhere under one key, and here
        the same decision without another record. Raises OSError where the system has no randomness for a receipt.
        """
        return self.screened(number_of(caller, NO_NUMBER), number_of(callee, 0), ingress, at_us, began_us,
                             vouched(attestation), call)

    cdef Screened screened(self, uint64_t a, uint64_t b, str ingress, int64_t at_us, int64_t began_us,
                           uint32_t circumstances, str call):
        """Do what ``screen`` says with numbers that were read."""
        cdef int64_t took_us
        cdef Said *said = NULL
        cdef uint64_t name = 0
        cdef uint32_t trunk = self.decider.index_of(ingress)
        cdef Screened screened = Screened.__new__(Screened)
        cdef uint64_t change = self.change
        screened.receipts = self.receipts
        if call and self.key:
            self.secret_of(call, a, b, screened.secret)
            memcpy(&name, screened.secret, sizeof(name))
            said = <Said *>self.kept.data.as_ulonglongs + (name & (KEPT - 1))
            if said.call == name and 0 <= at_us - said.at_us < KEPT_US:
                screened.word = said.word
                screened.at_us = said.at_us
                return screened
        else:
            memcpy(screened.secret, self.receipts.fresh(), SECRET)
        circumstances |= self.recent.heard(b, a, at_us)
        screened.word = self.decider.word_of(a, b, trunk, at_us, circumstances, &change)
        if self.speaks_sip:
            screened.word = self.decider.marked(screened.word, trunk)
        screened.at_us = at_us
        took_us = ticks_us() - began_us
        if took_us > BUDGET:
            screened.word = TOO_LATE
        if said != NULL:
            said.call, said.at_us, said.word = name, at_us, screened.word
        if self.slots is not None:
            self.hand_over(screened, a, b, change, <uint32_t>min(max(took_us, 0), 0xFFFFFFFF), ingress)
        return screened

    cdef int secret_of(self, str call, uint64_t caller, uint64_t callee, uint8_t *secret) except -1:
        """Write the secret that a call of this name between these numbers has under the key."""
        cdef const uint8_t *key = <const uint8_t *><const char *>self.key
        cdef uint8_t told[32]
        cdef uint8_t digest[16]
        cdef bytes name = call.encode("utf-8", "surrogatepass")
        memcpy(told, &caller, 8)
        memcpy(told + 8, &callee, 8)
        sip_hash(key, <const uint8_t *><const char *>name, len(name), told + 16)
        sip_hash(key, told, 32, digest)
        memcpy(secret, digest, SECRET)
        return 0

    cdef int hand_over(self, Screened screened, uint64_t caller, uint64_t callee, uint64_t change, uint32_t took_us,
                       str ingress) except -1:
        cdef Py_ssize_t size
        cdef const char *name = PyUnicode_AsUTF8AndSize(ingress, &size)
        self.slots.write(screened.at_us, caller, callee, screened.word, change, self.generation, took_us, name,
                         size, screened.secret)
        return 0
