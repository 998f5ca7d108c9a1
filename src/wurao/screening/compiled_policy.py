"""The policy as decide reads it: plain integers and tuples, made by ``screening.policy`` from TOML.

Points are deci-points (tenths of a point) everywhere here. Only what is judged at call time stands in this struct;
symbols of standing rows are compiled into the levels of the tables, and their groups are disjoint from these.
"""

from typing import Final

import msgspec

from wurao.core.errors import ConfigError
from wurao.core.payload import CallSymbol

NEVER: Final = 2**31 - 1
"""A threshold that no score reaches."""
MAX_SETTINGS: Final = 65_535
SYMBOLS: Final = len(CallSymbol)

Row = tuple[int, int, int, int]
"""Thresholds of one wish level in deci-points: label, ask, voicemail, reject; NEVER where there is none."""


class Settings(msgspec.Struct, frozen=True):
    """What holds for one trunk or enterprise.

    ``trusted``: domestic, and the interconnect vouches for the number; ``overseas``: an international gateway.
    ``thresholds`` are those of wish levels 1, 2 and 3. ``symbol_points`` follow CallSymbol (0: not judged, negative:
    speaks for the call); ``shadow_symbols`` has a bit per CallSymbol that is in SHADOW. ``symbol_cap`` limits the
    sum of the call-time symbols, ``range_cap`` a range's points. ``reject_code`` is the SIP code of a system reject,
    ``personal_code`` that of the subscriber's own deny and segment rules (603 without analytics' Reason).
    """

    thresholds: tuple[Row, Row, Row]
    trusted: bool = True
    overseas: bool = False
    symbol_points: tuple[int, ...] = (0,) * SYMBOLS
    shadow_symbols: int = 0
    symbol_cap: int = NEVER
    range_cap: int = 90
    reject_code: int = 603
    personal_code: int = 603


class CompiledPolicy(msgspec.Struct, frozen=True):
    """The whole policy: ``settings[0]`` holds where the ingress is unknown or empty.

    ``ingress`` maps a trunk's or enterprise's name to its index in ``settings``; ``symbol_category`` gives each
    CallSymbol the category under which the callee's wish judges it; ``public_services`` are the emergency and public
    service numbers, enumerated; ``zone_us`` is local time's distance from UTC, for quiet hours.
    """

    settings: tuple[Settings, ...]
    ingress: dict[str, int] = {}
    symbol_category: tuple[int, ...] = (0,) * SYMBOLS
    public_services: tuple[int, ...] = ()
    zone_us: int = 28_800_000_000

    def check(self) -> None:
        """Raise ConfigError where the struct can't be run or a range alone could reject."""
        if not 1 <= len(self.settings) <= MAX_SETTINGS:
            raise ConfigError(f"a policy has 1 to {MAX_SETTINGS} settings")
        if any(not 0 <= index < len(self.settings) for index in self.ingress.values()):
            raise ConfigError("an ingress names settings that don't exist")
        if len(self.symbol_category) != SYMBOLS or not all(0 <= c < 32 for c in self.symbol_category):
            raise ConfigError("every call-time symbol needs one category")
        for settings in self.settings:
            _check_settings(settings)


def _check_settings(settings: Settings) -> None:
    if len(settings.symbol_points) != SYMBOLS:
        raise ConfigError("every call-time symbol needs its points")
    if any(abs(points) > 30_000 for points in settings.symbol_points):
        raise ConfigError("a symbol's points lie outside ±3000")
    if settings.range_cap >= min(row[3] for row in settings.thresholds):
        raise ConfigError("a range alone could reject", mend="keep the cap of ranges below every reject threshold")
    if any(min(row) <= 0 for row in settings.thresholds):
        raise ConfigError("a threshold must be above 0")
    if not all(0 <= code < 1000 for code in (settings.reject_code, settings.personal_code)):
        raise ConfigError("a SIP code has three digits")
