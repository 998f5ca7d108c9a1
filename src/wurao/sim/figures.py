"""The town's figures, read from ``town.toml`` beside this file and checked."""

from importlib.resources import files
from typing import Literal

import msgspec

from wurao.core.errors import ConfigError


class Manner(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How calls of one sort go: probabilities, seconds; ``step_s`` is the grid of a recording's nodes, 0 = none."""

    answer: float
    talk_median_s: float
    talk_sigma: float
    callee_hangs_up: float
    ring_median_s: float
    ring_limit_s: float
    redial: float
    callback: float
    step_s: float = 0


class People(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Ordinary subscribers and the people whom they know."""

    calls_a_day: float
    activity_sigma: float
    friends: int
    local_share: float
    elsewhere_per_subscriber: float
    stranger_share: float
    weekend: float
    curve: str
    manner: Manner


class Service(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A legitimate bulk caller; ``rounds`` > 0: it calls so many neighbours a day, else anybody."""

    name: str
    organisation: str
    category: str
    number: Literal["mobile", "fixed", "n95", "n400", "relay700"]
    per_10k: float
    least: int
    calls_a_day: float
    curve: str
    weekend: float
    manner: Manner
    rounds: int = 0
    cells: int = 1
    verified: bool = False
    agent: str = ""


class Campaign(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A nuisance campaign and the numbers ("vests") that it wears."""

    name: str
    category: str
    method: Literal["robot", "human"]
    numbers: Literal["blocks", "handsets", "scattered"]
    per_10k: float
    least: int
    life_days: float
    calls_a_day: float
    curve: str
    weekend: float
    leaked_share: float
    report: float
    ingress: str
    agents: tuple[str, ...]
    attestation: str
    texts: tuple[str, ...]
    manner: Manner


class Reports(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Who complains, how late and how wrongly."""

    reporters: float
    reporter_sigma: float
    unanswered: float
    delay_median_h: float
    delay_sigma: float
    delay_limit_h: int
    anonymous: float
    wrong_category: float
    unnamed_category: float
    mistyped: float
    mistaken: float
    malicious: float
    malice: float


class Enrolment(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Shares of subscribers with a wish, contacts, personal lists."""

    enrolled: float
    strict: float
    mild: float
    overseas: float
    quiet: float
    uploads: float
    blocked: float
    orders: float


class Leaks(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Who holds subscribers' numbers and which campaign gets them from whom."""

    holders: tuple[str, ...]
    per_subscriber: float
    before_days: int
    leaking: dict[str, str]


class Messages(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Short messages a day for each subscriber."""

    courier_a_day: float
    bank_a_day: float
    campaign_a_day: float


class Figures(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """All figures of a town."""

    curves: dict[str, tuple[float, ...]]
    people: People
    services: tuple[Service, ...]
    campaigns: tuple[Campaign, ...]
    reports: Reports
    enrolment: Enrolment
    leaks: Leaks
    messages: Messages

    def share(self, curve: str, hour: int) -> float:
        """Return the share of a day's calls that falls into a local hour, 0…23."""
        weights = self.curves[curve]
        return weights[hour] / sum(weights)


def shipped() -> Figures:
    """Return the shipped figures; raises ConfigError if the file was damaged."""
    where = "wurao/sim/town.toml"
    try:
        found = msgspec.toml.decode((files("wurao.sim") / "town.toml").read_text("utf-8"), type=Figures)
    except (msgspec.MsgspecError, OSError) as problem:
        raise ConfigError(f"can't be used: {problem}", where=where, mend="install the package again") from None
    used = {found.people.curve, *(s.curve for s in found.services), *(c.curve for c in found.campaigns)}
    if missing := used - found.curves.keys():
        raise ConfigError(f"no curve {sorted(missing)}", where=where)
    return found
