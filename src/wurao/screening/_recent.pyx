# cython: boundscheck=False, wraparound=False, initializedcheck=False, cdivision=True
"""Which subscriber was called by whom within three minutes: a table of fixed size that forgets by itself."""

from cpython.array cimport clone
from libc.stdint cimport int64_t, uint8_t, uint64_t
from wurao.store.tables._slots cimport home_slot, scramble

cdef array WORDS = array("Q")
cdef int64_t WINDOW_S = 180


cdef class RecentCalls:
    """Direct-mapped: a word per slot = 40 bits of hash and 24 bits of seconds; a newer call takes an older one's slot.

    What it forgets by that costs a repeated caller the lift of a label, nothing else. Not shared between processes.
    """

    def __init__(self, uint64_t slots=1 << 20):
        if not 1 <= slots < 1 << 32:
            raise ValueError("slots lie in 1…2^32")
        self.slots = slots
        self.words = clone(WORDS, slots, zero=True)

    cdef bint heard(self, uint64_t subscriber, uint64_t caller, int64_t at_us) noexcept nogil:
        cdef uint64_t hashed = scramble(scramble(subscriber) ^ caller), word, now = <uint64_t>(at_us // 1000000)
        cdef uint64_t *place = <uint64_t *>&self.words.data.as_ulonglongs[home_slot(hashed, self.slots)]
        if at_us < 0 or caller == 0:
            return False
        word = place[0]
        place[0] = (hashed >> 24 | 1) << 24 | (now & 0xFFFFFF)
        return word >> 24 == (hashed >> 24 | 1) and ((now - word) & 0xFFFFFF) <= <uint64_t>WINDOW_S

    def seen(self, uint64_t subscriber, uint64_t caller, int64_t at_us):
        """Tell whether the caller rang this subscriber within three minutes before, and remember this call.

        A caller without a number (0) never repeats.
        """
        return self.heard(subscriber, caller, at_us)

    def seen_batch(self, const uint64_t[::1] subscribers, const uint64_t[::1] callers, const int64_t[::1] at_us,
                   uint8_t[::1] out):
        """Write 1 for each repeat to ``out`` and 0 else; calls in order of time, all arrays of one length."""
        cdef Py_ssize_t i, n = subscribers.shape[0]
        if not (n == callers.shape[0] == at_us.shape[0] == out.shape[0]):
            raise ValueError("the columns of a batch differ in length")
        with nogil:
            for i in range(n):
                out[i] = self.heard(subscribers[i], callers[i], at_us[i])
