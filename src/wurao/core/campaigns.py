"""Campaigns: the numbers (马甲, vests) that one operator of nuisance calls wears, and why they are held for one.

A campaign says that numbers belong together, never who is behind them. Times are microseconds UTC, keys the keyed ids
of numbers in hex, as pages name callers.
"""

from typing import Final, Literal

import msgspec

ID_PREFIX: Final = "c-"
ChangeOfCampaign = Literal["founded", "merged", "split"]


class Member(msgspec.Struct, frozen=True):
    """A number of a campaign; whoever shows it masks it by the role of who looks."""

    key: str
    number: int
    first_us: int
    last_us: int
    calls: int
    belongs: float
    """The mean p_same of its three surest links within the campaign, 0…1."""


class Link(msgspec.Struct, frozen=True):
    """Two numbers held for the same caller's, with what each signal family adds to the log-odds."""

    a: str
    b: str
    p_same: float
    families: dict[str, float]


class Passage(msgspec.Struct, frozen=True):
    """Something that happened to a campaign: founded with so many numbers, merged with or split from ``others``."""

    at_us: int
    what: ChangeOfCampaign
    numbers: int
    others: tuple[str, ...] = ()


class Campaign(msgspec.Struct, frozen=True):
    """A group of numbers with an id (``c-…``) that stays while most of its numbers do; ``history`` oldest first.

    ``merged_into`` names the campaign that took over all its numbers, "" for one that still stands.
    """

    id: str
    zh: str
    en: str
    category: str
    method: str
    first_us: int
    last_us: int
    numbers: int
    calls: int
    history: tuple[Passage, ...] = ()
    merged_into: str = ""


class Described(msgspec.Struct, frozen=True):
    """A campaign with its numbers, oldest first, and the links between them, surest first."""

    campaign: Campaign
    members: tuple[Member, ...]
    links: tuple[Link, ...]


class LinkDecision(msgspec.Struct, frozen=True):
    """What an analyst decided about two numbers (the smaller is ``a``): the same campaign, or not ("split here")."""

    a: int
    b: int
    same: bool
    who: str
    at_us: int
    note: str = ""
