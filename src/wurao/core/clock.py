"""Time: int64 microseconds since 1970 UTC everywhere inside, one injected clock, local time only at the edges."""

import re
import time
from datetime import UTC, datetime, timedelta
from typing import Final, Protocol
from zoneinfo import ZoneInfo

import msgspec

from wurao.core.errors import InputError

SECOND_US: Final = 1_000_000
MINUTE_US: Final = 60 * SECOND_US
HOUR_US: Final = 60 * MINUTE_US
DAY_US: Final = 24 * HOUR_US
EARLIEST_US: Final = 946_684_800 * SECOND_US
"""2000-01-01 UTC: no fact is older."""
LATEST_US: Final = 4_102_444_800 * SECOND_US
"""2100-01-01 UTC: no fact is later."""
CHINA_OFFSET_US: Final = 8 * HOUR_US
"""Chinese local time is UTC+8 without daylight saving since 1992."""
CHINA: Final = ZoneInfo("Asia/Shanghai")

_AGO = re.compile(r"-(\d{1,6})([smhd])")
_UNITS: Final = {"s": SECOND_US, "m": MINUTE_US, "h": HOUR_US, "d": DAY_US}
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


class Clock(Protocol):
    """Whatever tells the time; handed in by the wiring, never looked up."""

    def now_us(self) -> int:
        """Return microseconds since 1970 UTC."""


class SystemClock:
    """The machine's own clock."""

    def now_us(self) -> int:
        """Return the machine's time in microseconds since 1970 UTC."""
        return time.time_ns() // 1000


class FixedClock(msgspec.Struct):
    """A clock that stands still until it is set: ``--as-of`` and tests."""

    at_us: int

    def now_us(self) -> int:
        """Return the fixed instant in microseconds since 1970 UTC."""
        return self.at_us


def to_us(moment: datetime) -> int:
    """Return an aware datetime as microseconds since 1970 UTC, exactly."""
    return (moment - _EPOCH) // timedelta(microseconds=1)


def iso(at_us: int, tz: ZoneInfo = CHINA) -> str:
    """Return an instant as ISO 8601 with offset, to the second, in ``tz``."""
    return (_EPOCH + timedelta(microseconds=at_us)).astimezone(tz).isoformat(timespec="seconds")


def parse_instant(text: str, *, tz: ZoneInfo = CHINA, now_us: int | None = None) -> int:
    """Return the instant that ``text`` names, in microseconds since 1970 UTC.

    Read are ISO 8601 (without offset: local in ``tz``), microseconds since 1970 as digits, and with ``now_us``
    also ``now`` and ``-90s``, ``-15m``, ``-3h``, ``-7d``. Raises InputError for anything else and outside 2000–2100.
    """
    text = text.strip()
    if now_us is not None and text == "now":
        return now_us
    ago = _AGO.fullmatch(text)
    if now_us is not None and ago:
        return now_us - int(ago[1]) * _UNITS[ago[2]]
    at_us = int(text) if re.fullmatch(r"\d{15,16}", text, re.ASCII) else _from_iso(text, tz)
    if not EARLIEST_US <= at_us < LATEST_US:
        raise InputError(f"time {text!r} lies outside 2000–2100", mend="check the date")
    return at_us


def _from_iso(text: str, tz: ZoneInfo) -> int:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise InputError(f"{text[:40]!r} is no time", mend="use ISO 8601, such as 2026-08-01T09:30:00+08:00") from None
    return to_us(moment if moment.tzinfo else moment.replace(tzinfo=tz))


def day_of(at_us: int, offset_us: int = CHINA_OFFSET_US) -> str:
    """Return the local day of an instant as YYYY-MM-DD; ``offset_us`` is the zone's distance from UTC."""
    return (_EPOCH + timedelta(microseconds=at_us + offset_us)).strftime("%Y-%m-%d")


def minute_of_day(at_us: int, offset_us: int = CHINA_OFFSET_US) -> int:
    """Return the local minute of the day, 0…1439."""
    return (at_us + offset_us) % DAY_US // MINUTE_US
