# cython: boundscheck=False, wraparound=False, initializedcheck=False, cdivision=True
"""The straight way of an INVITE: over a trunk for which no other header is asked, to an answer that names no receipt.

Between two calls a worker's kernel and Kamailio wear the processor's caches and predictions out, so that each line of
Python costs several times what it does in a loop; here a call runs through C but for what it tells Kamailio. Every
other call, and every fault, goes the slow way (``Route``), which says the same in Python.
"""

from libc.stdint cimport int64_t, uint64_t
from posix.time cimport CLOCK_REALTIME, clock_gettime, timespec
from wurao.edge._screener cimport Screened, Screener, ticks_us
from wurao.edge.kamailio._told cimport Told
from wurao.screening._decide cimport number_of

from wurao.core.payload import INVALID_CALLER
from wurao.edge.sip.answers import REJECTED, TELLING

cdef uint64_t NO_NUMBER = INVALID_CALLER
cdef uint64_t TELLS = TELLING
cdef int WITH_CARD = REJECTED
cdef int64_t FOLLOW_US = 200_000
cdef str PHRASE = "$var(wurao_phrase)", HEADERS = "$var(wurao_headers)", RECEIPT = "$avp(wurao_receipt)"


cdef class Straight:
    """Decides calls for one worker; ``slow`` is its Route, ``put`` sets a variable of Kamailio's.

    ``now_us`` tells the time in microseconds UTC; None is the machine's own clock.
    """

    cdef object slow
    cdef object put
    cdef object now_us
    cdef Screener screener
    cdef dict trunks
    cdef object answers
    cdef dict made
    cdef readonly dict completed
    cdef int64_t looked_us

    def __init__(self, slow, put, now_us):
        self.slow, self.put, self.now_us = slow, put, now_us
        self.completed = {}
        self.looked_us = -FOLLOW_US

    def stand_on(self, Screener screener, dict trunks, answers):
        """Decide with ``screener`` (None: the slow way) and answer by ``answers``.

        ``trunks`` holds the index of each trunk's settings by its name, of all others by "", -1 for the slow way.
        """
        self.screener, self.trunks, self.answers = screener, trunks, answers
        self.made = {}

    def decide_told(self, _msg, str told):
        """Decide the INVITE of which the configuration ``told`` what `Told` reads; return the SIP answer or 1."""
        cdef Told parts
        try:
            parts = Told(told)
            found = self.answer(parts)
            return self.slow.answer(parts.trunk, parts.caller, parts.callee, parts.call) if found is None else found
        except Exception as fault:  # whatever it is, the phone rings
            return self.slow.fault(fault)

    def complete(self, str name, str text):
        """Set a variable of this worker's, which keeps what it was set to."""
        if self.completed.get(name) != text:
            self.put(name, text)
            self.completed[name] = text

    cdef object answer(self, Told parts):
        """Return the SIP answer, 1 where the call goes on, None where the slow way has to say."""
        cdef int64_t began = ticks_us()
        cdef Screened screened
        cdef uint64_t telling
        cdef tuple answer
        if began - self.looked_us >= FOLLOW_US:
            self.looked_us = began
            self.slow.follow()
        if self.screener is None or not parts.caller or not parts.callee:
            return None
        index = self.trunks.get(parts.trunk)
        if index is None:
            index = self.trunks[""]
        if <int>index < 0:
            return None
        screened = self.screener.screened(number_of(parts.caller, NO_NUMBER), number_of(parts.callee, 0), parts.trunk,
                                          self.now(), began, 0, parts.call)
        telling = (screened.word & TELLS) << 16 | <uint64_t>index
        found = self.made.get(telling)
        if found is None:
            found = self.made[telling] = self.answers.to(screened.word, index)
        answer = <tuple>found
        if answer[2] or answer[3] or answer[0] == WITH_CARD:
            return self.slow.tell(found, screened, parts.caller)
        if not answer[0]:
            self.put(RECEIPT, screened.receipt)  # known again should the called person refuse
            return 1
        self.complete(PHRASE, answer[1])
        self.complete(HEADERS, "")
        return answer[0]

    cdef int64_t now(self) except -1:
        cdef timespec now
        if self.now_us is not None:
            return self.now_us()
        clock_gettime(CLOCK_REALTIME, &now)
        return <int64_t>now.tv_sec * 1000000 + now.tv_nsec // 1000
