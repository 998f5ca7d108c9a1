"""The policy as decide reads it: plain integers and tuples, compiled from TOML by its neighbour in this package.

Points are deci-points (tenths of a point) everywhere here. Only what is judged at call time stands in this struct;
symbols of standing rows are compiled into the levels of the tables, and their groups are disjoint from these.
"""

from typing import Final, Literal

import msgspec

from wurao.core.clock import DAY_US
from wurao.core.errors import ConfigError
from wurao.core.payload import CallSymbol
from wurao.core.verdict import CalleeHeader, CallerHeader, Dialect, IdentityHeader, LabelHeader

NEVER: Final = 2**31 - 1
"""A threshold that no score reaches."""
MAX_SETTINGS: Final = 4096
MASKS: Final = 1 << len(CallSymbol)
"""Every set of call-time symbols, as bits ``1 << CallSymbol``, is an index into the tables of a ``Settings``."""
MAX_POINTS: Final = 30_000
SILENT: Final = (0,) * MASKS
EIGHT_SYMBOLS: Final = 2
"""The format of tables whose policy knows the first eight call-time symbols only."""
SPOOFING: Final = 1 << CallSymbol.SPOOFED_PUBLIC | 1 << CallSymbol.OVERSEAS_DISGUISED

Row = tuple[int, int, int, int]
"""Thresholds of one wish level in deci-points: label, ask, voicemail, reject; NEVER where there is none."""


class Settings(msgspec.Struct, frozen=True):
    """What holds for one trunk or enterprise.

    ``trusted``: the interconnect vouches for the number; ``overseas``: an international gateway. ``thresholds`` are
    those of wish levels 1, 2 and 3. ``call_live`` gives each set of call-time symbols its points from LIVE rules,
    after caps and composites; ``call_all`` with SHADOW rules too. ``range_cap`` limits a range's points.
    ``codes`` are the SIP answers of ask, voicemail and reject; ``personal_code`` that of the subscriber's own deny and
    segment rules, which never carries the analytics' Reason of 603+ (INTERFACES). What follows is how SIP speaks over
    this trunk; ``announcement`` is the URI of ``answer`` "announce", in which ``{evidence_id}`` stands.
    """

    thresholds: tuple[Row, Row, Row]
    trusted: bool = True
    overseas: bool = False
    call_live: tuple[int, ...] = SILENT
    call_all: tuple[int, ...] = SILENT
    range_cap: int = 90
    codes: tuple[int, int, int] = (480, 302, 603)
    personal_code: int = 603
    answer: Dialect = "q850"
    caller: CallerHeader = "from"
    callee: CalleeHeader = "request"
    identity: IdentityHeader = "none"
    label: LabelHeader = "none"
    label_language: Literal["zh", "en"] = "zh"
    announcement: str = ""

    @property
    def shows_labels(self) -> bool:
        """Tell whether SIP hands a label on; a redirect server's 302 does by itself."""
        return self.label != "none" or self.answer == "redirect"


class Redress(msgspec.Struct, frozen=True):
    """Where the caller of a rejected call may turn to; empty ones aren't named.

    ``url`` and ``card``, the address of a 608's signed card, hold ``{evidence_id}``; ``short_code`` is where a short
    message of appeal goes.
    """

    url: str = ""
    tel: str = ""
    email: str = ""
    card: str = ""
    short_code: str = ""


class CompiledPolicy(msgspec.Struct, frozen=True):
    """The whole policy: ``settings[0]`` holds where the ingress is unknown or empty.

    ``ingress`` maps a trunk's or enterprise's name to its index in ``settings``; ``call_category`` gives each set of
    call-time symbols the category under which the callee's wish judges it (0: none of its own); ``evidence`` has a bit
    per CallSymbol that is a signal family of its own, so that with it, and not with the others, a range may reject;
    ``zone_us`` is local time's distance from UTC, for quiet hours; ``certificates`` is the folder of those that may
    sign callers' numbers, under ``HOME/conf`` where it is relative, empty for none.
    """

    settings: tuple[Settings, ...]
    ingress: dict[str, int] = {}
    call_category: tuple[int, ...] = SILENT
    evidence: int = SPOOFING
    zone_us: int = 28_800_000_000
    redress: Redress = Redress()
    certificates: str = ""

    def check(self) -> None:
        """Raise ConfigError where the struct can't be run or a range alone could reject."""
        if not 1 <= len(self.settings) <= MAX_SETTINGS:
            raise ConfigError(f"a policy has 1 to {MAX_SETTINGS} settings")
        if any(not 0 <= index < len(self.settings) for index in self.ingress.values()):
            raise ConfigError("an ingress names settings that don't exist")
        if len(self.call_category) != MASKS or not all(0 <= code < 32 for code in self.call_category):
            raise ConfigError("every set of call-time symbols needs one category")
        if abs(self.zone_us) >= DAY_US:
            raise ConfigError("local time lies less than a day from UTC")
        for settings in self.settings:
            _check_settings(settings)


def _check_settings(settings: Settings) -> None:
    for table in (settings.call_live, settings.call_all):
        if len(table) != MASKS or any(abs(points) > MAX_POINTS for points in table):
            raise ConfigError(f"every set of call-time symbols needs its points, within ±{MAX_POINTS // 10}")
    if any(not 0 < threshold <= NEVER for row in settings.thresholds for threshold in row):
        raise ConfigError("a threshold must be above 0")
    if not 0 <= settings.range_cap < min(row[3] for row in settings.thresholds):
        raise ConfigError("a range alone could reject", mend="keep the cap of ranges below every reject threshold")
    if not all(0 <= code < 1000 for code in (*settings.codes, settings.personal_code)):
        raise ConfigError("a SIP code has three digits")


def widened(policy: CompiledPolicy) -> CompiledPolicy:
    """Return a policy that was compiled for fewer call-time symbols; those it doesn't know say nothing."""
    settings = tuple(
        msgspec.structs.replace(one, call_live=_tiled(one.call_live), call_all=_tiled(one.call_all))
        for one in policy.settings
    )
    return msgspec.structs.replace(policy, settings=settings, call_category=_tiled(policy.call_category))


def _tiled(table: tuple[int, ...]) -> tuple[int, ...]:
    return table * (MASKS // len(table)) if table else table
