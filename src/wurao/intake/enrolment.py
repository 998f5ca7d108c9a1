"""Which numbers are subscribers of this home: their calls stand sealed in the lake, never in clear."""

from pathlib import Path

import numpy as np
import numpy.typing as npt
from pyarrow import parquet

from wurao.store.book import Book
from wurao.store.durable import disk
from wurao.store.identities import Enrolled, Numbers


def enrolled_in(book: Book) -> Enrolled:
    """Return the question for a whole column, answered by the wishes that held when this was called."""
    subscribers = np.fromiter((subscriber for subscriber, _ in book.each_wish()), np.uint64)
    if snapshot := book.snapshot("wishes"):
        with disk(Path(snapshot.path)):
            mass = parquet.read_table(snapshot.path, columns=["subscriber"]).column(0).to_numpy()
        subscribers = np.concatenate([subscribers, mass])
    subscribers.sort()

    def enrolled(numbers: Numbers) -> npt.NDArray[np.bool_]:
        if not len(subscribers):
            return np.zeros(len(numbers), np.bool_)
        places = np.minimum(np.searchsorted(subscribers, numbers), len(subscribers) - 1)
        found: npt.NDArray[np.bool_] = subscribers[places] == numbers
        return found

    return enrolled
