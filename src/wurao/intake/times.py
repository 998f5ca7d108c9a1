"""Times in the styles that exports use, as microseconds UTC; what could mean two things is refused, not guessed.

Read are ISO 8601 with or without offset (also with slashes or dots and short months), 20260801093000,
2026年8月1日 9时30分, microseconds since 1970, and in columns not named ``…_us`` seconds and milliseconds since 1970.
A local time that the end of summer time repeats is read as the earlier of the two.
"""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt

from wurao.core.clock import DAY_US, EARLIEST_US, LATEST_US, MINUTE_US, SECOND_US, to_us
from wurao.intake import _rows
from wurao.intake.columns import Array, texts

Instants = npt.NDArray[np.int64]

_OUTSIDE: Final = "the time lies outside 2000–2100"
_CLOCK: Final = r"(?:[T ]+(\d{1,2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)?)?"
_ISO: Final = re.compile(rf"(\d{{4}})([-/.])(\d{{1,2}})\2(\d{{1,2}}){_CLOCK} ?(Z|[+-]\d{{2}}(?::?\d{{2}})?)?")
_COMPACT: Final = re.compile(r"(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)")
_CHINESE: Final = re.compile(
    r"(\d{4})年(\d{1,2})月(\d{1,2})日 ?(?:(\d{1,2})[时點点:](?:(\d{1,2})分?)?(?::?(\d{1,2})秒?)?)?"
)
_AMBIGUOUS: Final = re.compile(r"\d{1,2}[-/.]\d{1,2}[-/.]\d{2,4}\b.*")
_SHEET_DAY: Final = re.compile(r"\d{5}(\.\d+)?")
_SECONDS: Final = re.compile(r"(\d{9,10})(?:\.(\d{1,6})\d*)?")


def read_times(column: Array, zone: ZoneInfo, *, exact: bool) -> tuple[Instants, dict[int, str]]:
    """Return microseconds UTC of each text and, by index, why a text is no time; "" counts as no time.

    ``zone`` is where times without offset are told; ``exact`` says that digits are microseconds and nothing else.
    """
    values, states = _rows.parse_times(*texts(column))
    faults: dict[int, str] = {}
    for index in np.flatnonzero(states == _rows.UNDECIDED).tolist():
        value = _judged(column[index].as_py(), exact)
        if isinstance(value, str):
            faults[index] = value
        else:
            values[index], states[index] = value
    outside = (values < EARLIEST_US - DAY_US) | (values >= LATEST_US + DAY_US)
    local = (states == _rows.LOCAL) & ~outside
    if local.any():
        values[local] = to_utc(values[local], zone)
    outside = (values < EARLIEST_US) | (values >= LATEST_US)
    for index in np.flatnonzero(outside).tolist():
        faults.setdefault(index, _OUTSIDE)
    return values, faults


def to_utc(local_us: Instants, zone: ZoneInfo) -> Instants:
    """Return local microseconds as UTC; zones change their offset on whole minutes, so each minute is asked once."""
    minutes, places = np.unique(local_us // MINUTE_US, return_inverse=True)
    offsets = np.fromiter((_offset_us(minute, zone) for minute in minutes.tolist()), np.int64, len(minutes))
    return local_us - offsets[places]


@lru_cache(maxsize=1 << 16)
def _offset_us(minute: int, zone: ZoneInfo) -> int:
    local = datetime(1970, 1, 1, tzinfo=UTC).replace(tzinfo=None) + timedelta(minutes=minute)
    offset = zone.utcoffset(local)
    return offset // timedelta(microseconds=1) if offset else 0


@lru_cache(maxsize=1 << 12)
def _judged(text: str, exact: bool) -> tuple[int, int] | str:  # noqa: FBT001 - part of the cached question
    """Return (microseconds, state) of a text that the compiled loop left, or why it is no time."""
    text = " ".join(text.split())
    if not text:
        return "is empty"
    if exact and re.fullmatch(r"-?\d+", text, re.ASCII):
        return _OUTSIDE
    for pattern, read in _STYLES:
        match = pattern.fullmatch(text)
        if match:
            return read(match)
    if _AMBIGUOUS.fullmatch(text):
        return "day and month can't be told apart; write 2026-08-01"
    if _SHEET_DAY.fullmatch(text):
        return "a spreadsheet's day number; format the column as a date, such as 2026-08-01 09:30:00"
    return "is no time; write 2026-08-01T09:30:00+08:00"


def _from_iso(match: re.Match[str]) -> tuple[int, int] | str:
    year, _, month, day, hour, minute, second, fraction, zone = match.groups(default="")
    local = _local_us((year, month, day, hour, minute, second))
    if isinstance(local, str):
        return local
    local += int(fraction.ljust(6, "0")[:6]) if fraction else 0
    if not zone:
        return local, _rows.LOCAL
    digits = zone.lstrip("+-Z").replace(":", "").ljust(4, "0")
    offset = (int(digits[:2]) * 60 + int(digits[2:])) * MINUTE_US
    return local + offset if zone.startswith("-") else local - offset, 0


def _from_parts(match: re.Match[str]) -> tuple[int, int] | str:
    local = _local_us(match.groups(default=""))
    return local if isinstance(local, str) else (local, _rows.LOCAL)


def _from_seconds(match: re.Match[str]) -> tuple[int, int]:
    return int(match[1]) * SECOND_US + int((match[2] or "").ljust(6, "0")), 0


def _from_milliseconds(match: re.Match[str]) -> tuple[int, int]:
    return int(match[0]) * 1000, 0


def _local_us(parts: tuple[str, ...]) -> int | str:
    try:
        return to_us(datetime(*(int(part or 0) for part in parts), tzinfo=UTC))  # type: ignore[misc,arg-type]
    except ValueError:
        return "there is no such day or hour"


_STYLES: Final[tuple[tuple[re.Pattern[str], Callable[[re.Match[str]], tuple[int, int] | str]], ...]] = (
    (_ISO, _from_iso),
    (_COMPACT, _from_parts),
    (_CHINESE, _from_parts),
    (_SECONDS, _from_seconds),
    (re.compile(r"\d{12,13}"), _from_milliseconds),
)
