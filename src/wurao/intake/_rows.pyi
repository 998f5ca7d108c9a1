from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

UNCLOSED: int
TOO_LONG: int
LOCAL: int
UNDECIDED: int
REPEATED: int
CONFLICTING: int

Bytes: TypeAlias = bytes | bytearray | memoryview | NDArray[np.uint8]

def split(
    data: Bytes,
    begin: int,
    delimiter: int,
    quote: int,
    last: bool,
    limit: int,
    allowed: int,
    line: int,
    starts: NDArray[np.int64],
    ends: NDArray[np.int64],
    lines: NDArray[np.int64],
    fields: NDArray[np.int32],
) -> tuple[int, int, int, int]: ...
def parse_times(offsets: NDArray[np.int32], data: Bytes) -> tuple[NDArray[np.int64], NDArray[np.uint8]]: ...
def parse_counts(offsets: NDArray[np.int32], data: Bytes) -> tuple[NDArray[np.int64], NDArray[np.bool_]]: ...
def siphash(k0: int, k1: int, text: bytes) -> int: ...
def mix_texts(k0: int, k1: int, state: NDArray[np.uint64], offsets: NDArray[np.int32], data: Bytes) -> None: ...
def mix_words(k0: int, k1: int, state: NDArray[np.uint64], words: NDArray[np.uint64]) -> None: ...

class Seen:
    def __init__(self, limit: int) -> None: ...
    def count(self, keys: NDArray[np.uint64]) -> NDArray[np.uint64]: ...
    def compare(self, keys: NDArray[np.uint64], contents: NDArray[np.uint64]) -> NDArray[np.uint8]: ...
