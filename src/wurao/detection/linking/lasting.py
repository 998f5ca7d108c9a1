"""Ids that stay: a group of today is the campaign of yesterday with which it shares most numbers.

Each earlier campaign goes to at most one group and each group takes at most one id, largest overlaps first. Numbers of
two campaigns in one group: a merge; numbers of one campaign in two groups: a split. Both are told in the history.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from hashlib import blake2b
from typing import Final

import msgspec

from wurao.core.campaigns import ID_PREFIX, Passage

_ID_BYTES: Final = 5
Members = Sequence[str]


class Lasting(msgspec.Struct, frozen=True):
    """The id of a group, what happened to it now, and the earlier campaigns that it took over whole."""

    id: str
    passages: tuple[Passage, ...] = ()
    took_over: tuple[str, ...] = ()


def ids(groups: Sequence[Members], before: Mapping[str, str], at_us: int) -> list[Lasting]:
    """Return the id of each group of keys, given each key's campaign ``before``; the same input gives the same ids."""
    shares = [Counter(before[key] for key in group if key in before) for group in groups]
    overlaps = sorted((-count, name, at) for at, share in enumerate(shares) for name, count in share.items())
    of_group: dict[int, str] = {}
    of_name: dict[str, int] = {}
    for _, name, at in overlaps:
        if at not in of_group and name not in of_name:
            of_group[at], of_name[name] = name, at
    return [_lasting(at, group, shares[at], of_group, of_name, at_us) for at, group in enumerate(groups)]


def _lasting(
    at: int, group: Members, share: Counter[str], of_group: Mapping[int, str], of_name: Mapping[str, int], at_us: int
) -> Lasting:
    name = of_group.get(at)
    others = sorted(other for other in share if other != name)
    took = tuple(other for other in others if of_name.get(other, at) == at and other not in of_name)
    passages = []
    if name is None:
        name = new_id(group)
        what = "split" if others else "founded"
        passages.append(Passage(at_us, what, len(group), tuple(others)))  # type: ignore[arg-type]  # one of its literals
    elif others:
        passages.append(Passage(at_us, "merged", len(group), tuple(others)))
    return Lasting(name, tuple(passages), took)


def new_id(group: Members) -> str:
    """Return the id of a group that had none: a digest of its numbers' keys."""
    digest = blake2b("\n".join(sorted(group)).encode(), digest_size=_ID_BYTES)
    return ID_PREFIX + digest.hexdigest()
