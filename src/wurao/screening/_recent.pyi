import numpy as np
import numpy.typing as npt

class RecentCalls:
    def __init__(self, slots: int = ...) -> None: ...
    def seen(self, subscriber: int, caller: int, at_us: int) -> bool: ...
    def seen_batch(
        self,
        subscribers: npt.NDArray[np.uint64],
        callers: npt.NDArray[np.uint64],
        at_us: npt.NDArray[np.int64],
        out: npt.NDArray[np.uint8],
    ) -> None: ...
