# cython: boundscheck=False, wraparound=False, initializedcheck=False, cdivision=True
"""Compiled fillers of a generation's files: slots with interleaved probes, wish pages, keys of blocks and pairs."""

from libc.stdint cimport int64_t, uint8_t, uint16_t, uint32_t, uint64_t
from libc.string cimport memset
from wurao.store.tables cimport _slots
from wurao.store.tables._slots cimport wurao_prefetch

cdef enum:
    GROUP = 16


def range_keys(const uint64_t[::1] blocks, const uint8_t[::1] spans, uint64_t[::1] out):
    """Write the key of each block of 10^span numbers to ``out``; all of one length."""
    cdef Py_ssize_t i
    for i in range(blocks.shape[0]):
        out[i] = _slots.range_key(blocks[i], spans[i])


def pair_keys(const uint64_t[::1] subscribers, const uint64_t[::1] callers, uint64_t[::1] out):
    """Write the key of each subscriber and caller to ``out``; all of one length."""
    cdef Py_ssize_t i
    for i in range(subscribers.shape[0]):
        out[i] = _slots.pair_key(subscribers[i], callers[i])


def fill(uint64_t[::1] words, const uint64_t[::1] keys, const uint16_t[::1] payloads, bint by_kind,
         uint32_t[::1] slots_out=None):
    """Put every key with its payload into the slots and return how many were new; a later equal key replaces.

    Keys are below 2^50 and above 0. ``slots_out`` receives each key's slot. Raises ValueError where the slots are
    full or a key can't be held.
    """
    cdef Py_ssize_t i, start, stop, n = keys.shape[0], new = 0
    cdef uint64_t size = words.shape[0], entry
    cdef int64_t slot
    cdef bint wants = slots_out is not None
    cdef bint failed = size == 0 and n > 0
    with nogil:
        start = 0
        while start < n and not failed:
            stop = min(start + GROUP, n)
            for i in range(start, stop):
                wurao_prefetch(&words[0] + _slots.home_line(_slots.spread(keys[i]), size))
            for i in range(start, stop):
                if keys[i] == 0 or keys[i] >> 50 or payloads[i] >> 14:
                    failed = True
                    break
                entry = keys[i] << 14 | payloads[i]
                slot = _slots.place_for(&words[0], size, entry, by_kind)
                if slot < 0:
                    failed = True
                    break
                new += words[slot] == 0
                words[slot] = entry
                if wants:
                    slots_out[i] = <uint32_t>slot
            start = stop
    if failed:
        raise ValueError("slots are full or a key or payload is out of bounds")
    return new


def fill_wide(uint64_t[::1] words, const uint64_t[::1] keys, const uint16_t[::1] values):
    """Put every key with its value into 16-byte slots and return how many were new; raises ValueError when full."""
    cdef Py_ssize_t i, new = 0
    cdef uint64_t size = words.shape[0] // 2, j, left
    for i in range(keys.shape[0]):
        j = _slots.home_slot(keys[i], size) if size else 0
        left = size
        while left and words[2 * j] != 0 and words[2 * j] != keys[i] + 1:
            j = j + 1 if j + 1 < size else 0
            left -= 1
        if left == 0:
            raise ValueError("slots are full")
        new += words[2 * j] == 0
        words[2 * j] = keys[i] + 1
        words[2 * j + 1] = values[i]
    return new


def pack_page(const uint16_t[::1] low, const uint16_t[::1] numbers, uint16_t[::1] page):
    """Write the sparse page of ascending 4-digit endings ``low``: blocks of rank and 240 flags, then the numbers.

    ``page`` has 667 + len(low) 16-bit words, padded as the builder likes.
    """
    cdef Py_ssize_t i, n = low.shape[0]
    cdef uint32_t at, block, bit, next_block = 0
    memset(&page[0], 0, page.shape[0] * 2)
    for i in range(n):
        at = low[i]
        block = at // _slots.BLOCK_BITS
        while next_block <= block:
            page[_slots.BLOCK_WORDS * next_block] = <uint16_t>i
            next_block += 1
        bit = at % _slots.BLOCK_BITS + 16
        page[_slots.BLOCK_WORDS * block + (bit >> 4)] |= <uint16_t>(1 << (bit & 15))
        page[_slots.BITMAP + i] = numbers[i]
    while next_block < _slots.BLOCKS:
        page[_slots.BLOCK_WORDS * next_block] = <uint16_t>n
        next_block += 1
