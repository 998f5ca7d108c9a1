"""Who plays a recording that others play too: groups of the same sound, as standing of their callers.

One recording from two numbers is a campaign's vest changed, or one script bought by two: a reason to link and to look,
not to label – a hospital's reminder, dialled to a number that once was a patient's, is a recording as well.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Final

from wurao.core.clock import DAY_US
from wurao.core.standing import Standing
from wurao.detection.audio.fingerprint import Fingerprint
from wurao.detection.audio.kept import Kept
from wurao.detection.audio.search import Recordings

SYMBOL: Final = "PLAYED_RECORDING"
SOURCE: Final = "recordings"
LEAST_CALLERS: Final = 2
_SURE: Final = 4
"""Callers of one recording from which the symbol has its full strength."""
_LATEST: Final = 1000
STANDS_US: Final = 30 * DAY_US
"""How long it stands after the last call: numbers change hands."""


class Groups:
    """Which recordings sound the same; a large index of the older ones, a small one made anew for the latest."""

    def __init__(self, known: Sequence[Kept]) -> None:
        self._older = [row.group for row in known]
        self._index = Recordings([row.fingerprint for row in known])
        self._latest: list[str] = []
        self._fingerprints: list[Fingerprint] = []

    def place(self, new: Sequence[tuple[str, Fingerprint]]) -> list[str]:
        """Return the group of each new recording (id, fingerprint): the most alike one's before it, else its own id."""
        if len(self._latest) > _LATEST:
            self._index = Recordings([*self._index.fingerprints, *self._fingerprints])
            self._older, self._latest, self._fingerprints = [*self._older, *self._latest], [], []
        begin = len(self._latest)
        self._fingerprints += [one for _, one in new]
        latest = Recordings(self._fingerprints)
        for at, (name, one) in enumerate(new, begin):
            found = [(like.alignment.similarity, self._older[like.recording]) for like in self._index.same(one)]
            earlier = [like for like in latest.same(one) if like.recording < at]
            found += [(like.alignment.similarity, self._latest[like.recording]) for like in earlier]
            self._latest.append(max(found)[1] if found else name)
        return self._latest[begin:]


def callers_by_group(rows: Iterable[Kept]) -> dict[str, set[bytes]]:
    """Return the different callers (ids) of each group."""
    callers: defaultdict[str, set[bytes]] = defaultdict(set)
    for row in rows:
        callers[row.group].add(row.caller_id)
    return callers


def standing(rows: Sequence[Kept]) -> list[Standing]:
    """Return a row for each caller of a recording of at least two, as of its last call; times in µs UTC."""
    callers = callers_by_group(rows)
    latest: dict[int, Kept] = {}
    for row in sorted(rows, key=lambda one: one.at_us):
        if row.caller is not None and len(callers[row.group]) >= LEAST_CALLERS:
            latest[row.caller] = row
    return [_standing(caller, row, len(callers[row.group])) for caller, row in latest.items()]


def _standing(caller: int, row: Kept, callers: int) -> Standing:
    return Standing(
        subject=caller,
        symbol=SYMBOL,
        strength=min(callers / _SURE, 1.0),
        source=SOURCE,
        observed_us=row.at_us,
        method="recording",
        facts={"callers": callers, "recording": row.group},
        expires_us=row.at_us + STANDS_US,
    )
