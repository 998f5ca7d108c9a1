# cython: boundscheck=False, wraparound=False, initializedcheck=False, cdivision=True
"""Rows of two numbers compared for millions of pairs, without numpy's arrays of [pairs, columns] in between."""

from libc.math cimport lgamma
from libc.stdint cimport int64_t


def evidence(const double[:, ::1] counts, const double[:, ::1] alone, const double[::1] prior,
             const int64_t[::1] a, const int64_t[::1] b, double[::1] out):
    """Add to ``out`` what the columns that both rows of a pair have say of one source against two.

    ``alone`` is ln Γ(count + prior) - ½ ln Γ(prior) of each cell; where one row has nothing the terms cancel.
    """
    cdef Py_ssize_t i, k
    cdef double x, y
    with nogil:
        for i in range(a.shape[0]):
            for k in range(counts.shape[1]):
                x = counts[a[i], k]
                y = counts[b[i], k]
                if x > 0 and y > 0:
                    out[i] += lgamma(x + y + prior[k]) - alone[a[i], k] - alone[b[i], k]


def dots(const double[:, ::1] rows, const int64_t[::1] a, const int64_t[::1] b, double[::1] out):
    """Write the dot product of the two rows of each pair to ``out``."""
    cdef Py_ssize_t i, k
    cdef double total
    with nogil:
        for i in range(a.shape[0]):
            total = 0
            for k in range(rows.shape[1]):
                total += rows[a[i], k] * rows[b[i], k]
            out[i] = total


def least(const double[:, ::1] rows, const int64_t[::1] a, const int64_t[::1] b, double[::1] out):
    """Write the sum of the lesser of each column of the two rows of each pair to ``out``."""
    cdef Py_ssize_t i, k
    cdef double total
    with nogil:
        for i in range(a.shape[0]):
            total = 0
            for k in range(rows.shape[1]):
                total += min(rows[a[i], k], rows[b[i], k])
            out[i] = total


def sparse_dots(const int64_t[::1] starts, const int64_t[::1] columns, const double[::1] values,
                const int64_t[::1] a, const int64_t[::1] b, double[::1] out):
    """Write to ``out``, of each pair, the sum of ``values`` in row a over the columns that row b has as well.

    Rows are those of a CSR matrix with sorted columns.
    """
    cdef Py_ssize_t i
    cdef int64_t left, right, left_end, right_end
    cdef double total
    with nogil:
        for i in range(a.shape[0]):
            left, left_end = starts[a[i]], starts[a[i] + 1]
            right, right_end = starts[b[i]], starts[b[i] + 1]
            total = 0
            while left < left_end and right < right_end:
                if columns[left] == columns[right]:
                    total += values[left]
                    left += 1
                    right += 1
                elif columns[left] < columns[right]:
                    left += 1
                else:
                    right += 1
            out[i] = total
