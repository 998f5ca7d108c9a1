"""The world's figures, read from the TOML files beside this one and checked; each figure's source stands beside it."""

from importlib.resources import files
from pathlib import Path
from typing import Any, Literal

import msgspec

from wurao.core.errors import ConfigError

Span = tuple[float, float]
"""The middle eight tenths of the numbers of a kind lie between these."""
FILES = ("world.toml", "legit.toml", "nuisance.toml")


class Manner(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """How the numbers of a kind call.

    ``brush_off`` is the share of answered calls that the called person ends within seconds, ``known`` the share that
    goes to ``regulars``, ``works`` the share of days with calls, ``even`` how evenly calls follow each other (1 = a
    metronome), ``session`` the part of the day's curve that one day's calls fill, ``step_s`` the distance of a script's
    nodes, ``private_a_day`` the calls with friends that share the handset.
    """

    curve: str
    weekend: float
    calls_a_day: Span
    answer: Span
    talk_s: Span
    talk_sigma: Span
    brush_off: Span
    hangs_up: Span
    ring_limit_s: Span
    ring_jitter: Span
    redial: Span
    callback: Span
    works: Span = (0.9, 0.98)
    even: Span = (0.02, 0.15)
    session: Span = (1, 1)
    known: Span = (0, 0)
    regulars: Span = (5, 30)
    incoming_a_day: Span = (0, 0)
    private_a_day: Span = (0, 0)
    cells: Span = (1, 1)
    handsets: Span = (1, 1)
    step_s: Span = (0, 0)
    at_once: bool = False
    """Calls overlap: a dialler or a desk of many lines, no handset."""
    lines: tuple[str, ...]


class Kind(Manner, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A legitimate bulk caller. ``reach``: anybody, a new round of ``nearby`` neighbours each day, or the same ones."""

    name: str
    organisation: str
    category: str
    method: Literal["human", "robot"]
    number: Literal["mobile", "fixed", "n95", "n400"]
    per_10k: float
    least: int
    reach: Literal["anyone", "round", "community"] = "anyone"
    nearby: int = 500
    relay: float = 0
    """Share of calls that present a privacy number bound to one order."""
    verified: float = 0
    """Share of the numbers that proved who they are."""


class Campaign(Manner, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A trade of nuisance campaigns; each campaign draws its own manner from the spans, each vest nearly the same."""

    name: str
    category: str
    method: Literal["robot", "human", "recording", "one_ring"]
    numbers: Literal["blocks", "scattered", "farm", "handsets", "neighbour", "rented"]
    per_10k: float
    """Vests worn at a time for 10,000 subscribers."""
    least: int
    vests: Span
    """Vests that one campaign wears at a time."""
    life_days: Span
    warm_up_days: float = 0
    camouflage_a_day: Span = (0, 0)
    """Calls among the campaign's own cards that shall look like people's."""
    leaked_share: float
    """Share of calls to people on bought lead lists; the rest go through a stock of numbers."""
    sequential: float = 0
    """Share of calls that count numbers up."""
    script_days: Span
    slows_a_week: float = 0
    """Attackers who adapt: every week so much fewer calls and so much more jitter."""
    stops_when_blocked: float = 0
    """Share of vests that are put away once blocked."""
    report: float
    texts: tuple[str, ...]


class People(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Ordinary subscribers and the people whom they know."""

    calls_a_day: float
    activity_sigma: float
    initiative_sigma: float
    friends: int
    local_share: float
    elsewhere_per_subscriber: float
    known: Span
    weekend: float
    curve: str
    talk_s: Span
    talk_sigma: Span
    answer: float
    hangs_up: float
    redial: float
    callback: float
    cells: Span
    handsets: Span
    joining: float
    """Share of subscribers whose number is assigned while the world runs."""
    recycled: float
    """Share of those whose number nuisance wore before, so that old complaints about it still come in."""


class Line(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the network says of the way a call came."""

    ingress: str
    user_agent: str = ""
    attestation: Literal["", "A", "B", "C"] = ""


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
    """Who holds subscribers' numbers, which trade gets them from whom, how soon, and how often a fresh lead rings."""

    holders: tuple[str, ...]
    per_subscriber: float
    before_days: int
    delay_days: float
    fresh_days: int
    calls_a_fresh_day: float
    leaking: dict[str, str]


class Messages(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Short messages a day for each subscriber."""

    courier_a_day: float
    bank_a_day: float
    campaign_a_day: float


class Blocking(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What our own blocking does to the calls that are seen: hours until a vest is known, share then stopped."""

    after_h: float
    after_sigma: float
    stopped: float


class Figures(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """All figures of a world."""

    curves: dict[str, tuple[float, ...]]
    lines: dict[str, Line]
    people: People
    kinds: tuple[Kind, ...]
    campaigns: tuple[Campaign, ...]
    reports: Reports
    enrolment: Enrolment
    leaks: Leaks
    messages: Messages
    blocking: Blocking
    drift_a_week: float
    """Standard deviation of how much talk and rate of each kind move within a week."""


def shipped(*own: Path) -> Figures:
    """Return the shipped figures, whose tables the files of ``own`` replace by name. Raises ConfigError."""
    found: dict[str, Any] = {}
    for name in FILES:
        found |= _decoded((files("wurao.sim") / name).read_bytes(), f"wurao/sim/{name}")
    for path in own:
        try:
            found |= _decoded(path.read_bytes(), str(path))
        except OSError as problem:
            raise ConfigError(f"can't be read: {problem.strerror}", where=str(path)) from None
    where = ", ".join(map(str, own)) or "wurao/sim"
    try:
        figures = msgspec.convert(found, Figures)
    except msgspec.ValidationError as problem:
        raise ConfigError(f"can't be used: {problem}", where=where) from None
    return _checked(figures, where)


def _decoded(text: bytes, where: str) -> dict[str, Any]:
    try:
        return msgspec.toml.decode(text, type=dict[str, Any])
    except (msgspec.MsgspecError, UnicodeDecodeError) as problem:
        raise ConfigError(f"is no TOML: {problem}", where=where) from None


def _checked(figures: Figures, where: str) -> Figures:
    callers: tuple[Manner, ...] = (*figures.kinds, *figures.campaigns)
    curves = {figures.people.curve, *(c.curve for c in callers)}
    if missing := curves - figures.curves.keys():
        raise ConfigError(f"no curve {sorted(missing)}", where=where)
    if missing := {line for c in callers for line in c.lines} - figures.lines.keys():
        raise ConfigError(f"no line {sorted(missing)}", where=where)
    for name, weights in figures.curves.items():
        if len(weights) != 24 or min(weights) < 0 or not sum(weights):
            raise ConfigError(f"curve {name} must weigh 24 hours", where=where)
    return figures
