# cython: boundscheck=False, wraparound=False, initializedcheck=False, cdivision=True
"""How records get into a decision ring; ``wurao.edge.ring`` opens it and reads them back, and says how it is laid out.

The eight words before the slots: magic, slots, tail (the collector's), lost. A slot's first word is the sequence number.
"""

from libc.string cimport memcpy, memset
from wurao.store.tables._slots cimport wurao_load, wurao_store

cdef enum:
    HEAD = 8                # words
    SLOT = 12
    TAIL = 2
    LOST = 3
    INGRESS = 16            # bytes, the last one zero
    SECRET = 9
    RECEIPT = 21
    REFUSED = 1

cdef struct Record:
    uint64_t sequence
    int64_t at_us
    uint64_t caller
    uint64_t callee
    uint64_t word
    uint64_t change
    uint32_t generation
    uint32_t took_us
    uint8_t ingress[INGRESS]
    uint8_t receipt[SECRET]
    uint8_t kind            # what this record is; a refusal's receipt takes the place of ingress
    uint8_t unused[14]


cdef class Slots:
    """The writer's side of a ring that is mapped as ``words``; it never waits, for one thread."""

    def __init__(self, words):
        self.words = words
        self.count = (self.words.shape[0] - HEAD) // SLOT
        self.next = self.words[TAIL] + 1
        # what was written last is found by the sequence numbers, so a writer may be killed at any instant
        while self.words[HEAD + (self.next - 1) % self.count * SLOT] == self.next:
            self.next += 1

    cdef uint64_t *_free(self) noexcept:
        """Return where the next record goes, NULL where the ring is full: that is counted."""
        if self.next - wurao_load(&self.words[TAIL]) > self.count:
            wurao_store(&self.words[LOST], self.words[LOST] + 1)
            return NULL
        return &self.words[HEAD + (self.next - 1) % self.count * SLOT]

    cdef void _publish(self, uint64_t *record) noexcept:
        wurao_store(record, self.next)
        self.next += 1

    cdef bint write(self, int64_t at_us, uint64_t caller, uint64_t callee, uint64_t word, uint64_t change,
                    uint32_t generation, uint32_t took_us, const char *ingress, Py_ssize_t size,
                    const uint8_t *secret) noexcept:
        cdef Record *record = <Record *>self._free()
        if record == NULL:
            return False
        record.at_us = at_us
        record.caller = caller
        record.callee = callee
        record.word = word
        record.change = change
        record.generation = generation
        record.took_us = took_us
        memset(record.ingress, 0, INGRESS)
        memcpy(record.ingress, ingress, min(size, INGRESS - 1))
        memcpy(record.receipt, secret, SECRET)
        record.kind = 0
        self._publish(<uint64_t *>record)
        return True

    def put(self, int64_t at_us, uint64_t caller, uint64_t callee, uint64_t word, uint64_t change,
            uint32_t generation, uint32_t took_us, bytes ingress not None, bytes receipt not None):
        """Hand over what was decided of one call; False where the ring is full and the record is lost."""
        if len(receipt) != SECRET:
            raise ValueError("a secret has nine bytes")
        return self.write(at_us, caller, callee, word, change, generation, took_us, ingress, len(ingress),
                          <const uint8_t *><const char *>receipt)

    def refuse(self, int64_t at_us, bytes receipt not None):
        """Hand over that a call was refused; False where the ring is full and the record is lost."""
        cdef Record *record
        if len(receipt) != RECEIPT:
            raise ValueError("the id of a receipt has 21 characters")
        record = <Record *>self._free()
        if record == NULL:
            return False
        record.at_us = at_us
        memset(record.ingress, 0, INGRESS + SECRET)
        memcpy(record.ingress, <const char *>receipt, RECEIPT)
        record.kind = REFUSED
        self._publish(<uint64_t *>record)
        return True

    cpdef uint64_t room(self) noexcept:
        """Return how many records go in before one is lost."""
        return self.count - (self.next - 1 - wurao_load(&self.words[TAIL]))

    def release(self):
        """Let go of the mapping."""
        self.words = None


def ready(const uint64_t[::1] words, uint64_t limit):
    """Return how many records, ``limit`` at most, wait after the last released one in a ring mapped as ``words``."""
    cdef uint64_t tail = words[TAIL], count = (words.shape[0] - HEAD) // SLOT, found = 0
    while found < min(limit, count) and wurao_load(&words[HEAD + (tail + found) % count * SLOT]) == tail + found + 1:
        found += 1
    return found
