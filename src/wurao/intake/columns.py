"""Arrow text columns as the compiled loops want them: offsets and bytes of one contiguous array."""

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute

pc: Any = pyarrow.compute
"""Arrow's functions; the stubs know few of the kinds of arguments that they take."""

Array = Any
"""An Arrow array: the stubs can't follow the types that functions compute."""
Column = Any
"""An Arrow array or chunked array."""

Texts = tuple[npt.NDArray[np.int32], Any]


def contiguous(column: Column) -> Array:
    """Return a column as one array of texts, "" for null."""
    array = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
    if isinstance(array, pa.ChunkedArray):
        array = array.chunk(0) if array.num_chunks else pa.array([], pa.string())
    return pc.fill_null(array, "") if array.null_count else array


def texts(array: Array) -> Texts:
    """Return (offsets, bytes) of the texts of an array without nulls; n texts have n + 1 offsets."""
    _, offsets, data = array.buffers()
    if not len(array):
        return np.zeros(1, np.int32), np.empty(0, np.uint8)
    chosen = np.frombuffer(offsets, np.int32, len(array) + 1, array.offset * 4)
    return chosen, np.empty(0, np.uint8) if data is None else np.frombuffer(data, np.uint8)


def translated(column: Column, meaning: Callable[[str], str]) -> Array:
    """Return what each text of a column means, asked once per distinct text."""
    encoded = contiguous(column).dictionary_encode()
    return pa.array([meaning(text) for text in encoded.dictionary.to_pylist()], pa.string()).take(encoded.indices)


def picked(mask: npt.NDArray[np.bool_]) -> Array:
    """Return a numpy mask as Arrow's."""
    return pa.array(mask)
