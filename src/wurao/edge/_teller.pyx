# cython: boundscheck=False, wraparound=False, initializedcheck=False, cdivision=True
"""Calls that programs ask about, one or thousands at once: decide, hand over to the ring, tell each as JSON.

Threads may share a Teller: what it changes it changes in C under the interpreter's lock.
"""

from cpython.array cimport array, clone
from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_FromStringAndSize, PyBytes_GET_SIZE
from cpython.unicode cimport PyUnicode_AsUTF8AndSize
from libc.stdint cimport int64_t, uint8_t, uint16_t, uint32_t, uint64_t
from libc.string cimport memcpy
from posix.time cimport CLOCK_MONOTONIC, clock_gettime, timespec
from wurao.edge._receipts cimport ID, SECRET, Receipts
from wurao.edge._ring cimport Slots
from wurao.screening._decide cimport Decider, number_of, vouched
from wurao.screening._recent cimport RecentCalls
from wurao.store.tables cimport _slots
from wurao.store.tables._slots cimport View, wurao_load

from wurao.core.errors import InputError
from wurao.core.payload import INVALID_CALLER, DecisionFlag
from wurao.core.verdict import Action

cdef enum:
    FORMS = 1 << 14

cdef uint64_t NO_NUMBER = INVALID_CALLER
cdef uint64_t STANDING = <uint64_t>int(DecisionFlag.RISK) << 17
cdef array QUADS = array("Q"), TIMES = array("q"), TRUNKS = array("H"), BITS = array("B")
cdef tuple ACTIONS = tuple(action.text for action in Action)


cdef inline int64_t ticks_us() noexcept nogil:
    cdef timespec now
    clock_gettime(CLOCK_MONOTONIC, &now)
    return <int64_t>now.tv_sec * 1000000 + now.tv_nsec // 1000


cdef inline char *put(char *at, const char *content, Py_ssize_t size) noexcept:
    memcpy(at, content, size)
    return at + size


cdef class Told:
    """What was decided of calls, in their order."""

    cdef Teller teller
    cdef array callers, callees, at_us, words, secrets
    cdef readonly Py_ssize_t calls
    cdef readonly uint32_t generation
    cdef readonly uint64_t change

    def actions(self):
        """Return how many calls there were by action."""
        cdef Py_ssize_t i
        cdef Py_ssize_t[8] counts
        for i in range(8):
            counts[i] = 0
        for i in range(self.calls):
            counts[self.words.data.as_ulonglongs[i] & 7] += 1
        return {name: counts[i] for i, name in enumerate(ACTIONS) if counts[i]}

    def rows(self):
        """Return receipt, caller, callee, instant (microseconds UTC) and word of each call."""
        cdef Py_ssize_t i
        return [
            (
                self._receipt(i),
                self.callers.data.as_ulonglongs[i],
                self.callees.data.as_ulonglongs[i],
                self.at_us.data.as_longlongs[i],
                self.words.data.as_ulonglongs[i],
            )
            for i in range(self.calls)
        ]

    def json(self):
        """Return the decisions as JSON objects with commas between them."""
        cdef Py_ssize_t i, size = 0
        cdef uint64_t word, before = 0
        cdef list forms = []
        cdef tuple form
        cdef bytes told, piece, end = f'"generation":{self.generation},"change":{self.change}}}'.encode()
        cdef char *at
        for i in range(self.calls):
            word = self.words.data.as_ulonglongs[i]
            if not i or word != before or word & STANDING:  # many calls in a row are told alike
                form = self.teller.form(word, self.callers.data.as_ulonglongs[i])
                before = word
            forms.append(form)
            for piece in form:
                size += PyBytes_GET_SIZE(piece)
            size += (len(form) - 1) * ID + PyBytes_GET_SIZE(end) + 1
        if not size:
            return b""
        told = PyBytes_FromStringAndSize(NULL, size - 1)
        at = PyBytes_AS_STRING(told)
        for i in range(self.calls):
            if i:
                at = put(at, b",", 1)
            form = <tuple>forms[i]
            self.teller.receipts.write(self.at_us.data.as_longlongs[i], self.secrets.data.as_uchars + i * SECRET)
            piece = <bytes>form[0]
            at = put(at, PyBytes_AS_STRING(piece), PyBytes_GET_SIZE(piece))
            for piece in form[1:]:
                at = put(at, self.teller.receipts.text, ID)
                at = put(at, PyBytes_AS_STRING(piece), PyBytes_GET_SIZE(piece))
            at = put(at, PyBytes_AS_STRING(end), PyBytes_GET_SIZE(end))
        return told

    cdef str _receipt(self, Py_ssize_t i):
        return self.teller.receipts.written(self.at_us.data.as_longlongs[i], self.secrets.data.as_uchars + i * SECRET)


cdef class Teller:
    """Decides with ``decider`` and hands every decision to the ring of ``slots``.

    ``form`` says how all decisions with one word are told: pieces of JSON, the id of the receipt goes between them, and
    generation and change end it. It is asked with the caller too where that number's standing spoke.
    """

    cdef Decider decider
    cdef RecentCalls recent
    cdef Receipts receipts
    cdef Slots slots
    cdef object formed
    cdef dict forms
    cdef readonly uint32_t generation
    cdef uint64_t change

    def __init__(self, Decider decider not None, Slots slots not None, form):
        self.decider = decider
        self.recent = RecentCalls()
        self.receipts = Receipts()
        self.slots = slots
        self.formed = form
        self.forms = {}

    def stand_on(self, uint32_t generation, uint64_t change):
        """Say which generation the decider reads now, and the last change that it was built with."""
        self.generation = generation
        self.change = change

    def room(self):
        """Return how many decisions the ring takes before one is lost."""
        return self.slots.room()

    def decide(self, calls, int64_t now_us):
        """Return what was Told of calls, all of them or none; what finds the ring full is counted as lost there.

        A call has ``caller`` and ``callee`` (uint64 or text from the network), ``ingress``, ``at_us`` (microseconds UTC, 0:
        ``now_us``), ``repeat`` and ``attestation``. Raises InputError for a callee that is no number.
        """
        cdef int64_t began = ticks_us(), at
        cdef Py_ssize_t i, n = len(calls)
        cdef Told told = Told.__new__(Told)
        cdef array trunks = clone(TRUNKS, n, zero=False), circumstances = clone(BITS, n, zero=False)
        cdef list names = []
        cdef str name
        cdef uint16_t index = 0
        cdef Py_ssize_t size
        cdef uint64_t a, b
        told.teller = self
        told.calls = n
        told.callers = clone(QUADS, n, zero=False)
        told.callees = clone(QUADS, n, zero=False)
        told.words = clone(QUADS, n, zero=False)
        told.at_us = clone(TIMES, n, zero=False)
        told.secrets = clone(BITS, n * SECRET, zero=False)
        for i, call in enumerate(calls):
            told.callers.data.as_ulonglongs[i] = number_of(call.caller, NO_NUMBER)
            told.callees.data.as_ulonglongs[i] = b = number_of(call.callee, 0)
            if not b:
                raise InputError(f"{str(call.callee)[:40]!r} is no telephone number", where="callee")
            at = call.at_us
            told.at_us.data.as_longlongs[i] = at or now_us
            name = call.ingress
            PyUnicode_AsUTF8AndSize(name, &size)  # raises now or never: nothing is handed over yet
            if not i or name != names[i - 1]:  # as a rule one switch asks about one trunk
                index = self.decider.index_of(name)
            names.append(name)
            trunks.data.as_ushorts[i] = index
            circumstances.data.as_uchars[i] = <uint8_t>(bool(call.repeat) | vouched(call.attestation))
        told.generation = self.generation
        told.change = self._change_now()
        for i in range(n):
            a, b, at = (told.callers.data.as_ulonglongs[i], told.callees.data.as_ulonglongs[i],
                        told.at_us.data.as_longlongs[i])
            circumstances.data.as_uchars[i] |= self.recent.heard(b, a, at)
        self.decider.words_of(n, <uint64_t *>told.callers.data.as_ulonglongs, <uint64_t *>told.callees.data.as_ulonglongs,
                              trunks.data.as_ushorts, <int64_t *>told.at_us.data.as_longlongs,
                              circumstances.data.as_uchars, <uint64_t *>told.words.data.as_ulonglongs)
        self._hand_over(told, names, <uint32_t>min(max(ticks_us() - began, 0), 0xFFFFFFFF))
        return told

    cdef tuple form(self, uint64_t word, uint64_t caller):
        cdef tuple form
        if word & STANDING:
            return self.formed(word, caller)
        found = self.forms.get(word)
        if found is not None:
            return <tuple>found
        form = self.formed(word, caller)
        if len(self.forms) >= FORMS:
            self.forms.clear()
        self.forms[word] = form
        return form

    cdef uint64_t _change_now(self) noexcept:
        cdef View view = self.decider.cell.view
        return self.change if view.shield.head == NULL else wurao_load(view.shield.head + _slots.HEAD_CHANGE)

    cdef int _hand_over(self, Told told, list names, uint32_t took_us) except -1:
        cdef Py_ssize_t i, size
        cdef const char *name
        cdef uint8_t *secret
        for i in range(told.calls):
            secret = told.secrets.data.as_uchars + i * SECRET
            memcpy(secret, self.receipts.fresh(), SECRET)
            name = PyUnicode_AsUTF8AndSize(<str>names[i], &size)
            self.slots.write(told.at_us.data.as_longlongs[i], told.callers.data.as_ulonglongs[i],
                             told.callees.data.as_ulonglongs[i], told.words.data.as_ulonglongs[i], told.change,
                             told.generation, took_us, name, size, secret)
        return 0
