"""What honeypot lines would have heard of a simulated world's callers: drawn beside it, for no simulated caller speaks.

Three numbers in ten of a campaign are heard, and one in twenty of wanted businesses. Each campaign has up to three
recordings, of which a number plays one; some numbers play another campaign's, and some calls hold a tune that has
nothing to do with who calls. All these shares are assumed.
"""

from collections.abc import Mapping
from typing import Final

import numpy as np

from wurao.detection.linking.heard import Heard

HEARD: Final = 0.3
HEARD_WANTED: Final = 0.05
RECORDINGS: Final = 3
BORROWED: Final = 0.02
TUNE: Final = 0.05


def drawn(campaign: Mapping[int, str], seed: int) -> dict[int, Heard]:
    """Return what was heard of some of the numbers, given the ``campaign`` of each, "" for a wanted business's."""
    rng = np.random.default_rng(seed)
    names = sorted({name for name in campaign.values() if name})
    has = {name: int(rng.integers(1, RECORDINGS + 1)) for name in names}
    told = {}
    for number, name in sorted(campaign.items()):
        heard, which, borrows, waits = rng.random(4)
        if heard >= (HEARD if name else HEARD_WANTED):
            continue
        plays = name
        if borrows < BORROWED and names:
            plays = names[int(rng.integers(len(names)))]
        recording = f"{plays} {int(which * has[plays])}" if plays else f"{number}"
        told[number] = Heard(recording=frozenset(["a tune" if waits < TUNE else recording]))
    return told
