"""A caller's calls by hour or by day, from the lake."""

from pathlib import Path
from zoneinfo import ZoneInfo

from wurao.core.clock import CHINA_OFFSET_US, DAY_US, HOUR_US, FixedClock
from wurao.detection.daily.timeline import Stretch, stretches, timeline
from wurao.intake.formats import format_of
from wurao.intake.interface import Reading
from wurao.intake.into_home import run_import
from wurao.store.home import Home
from wurao.store.identities import Identities
from wurao.store.keys import KeyRing
from wurao.store.lake import Lake

NOW_US = 1_786_000_000_000_000


def test_calls_are_counted_by_hour_from_the_lake(tmp_path: Path) -> None:
    home, file = Home.create(tmp_path / "home"), tmp_path / "calls.csv"
    file.write_text(
        "caller,callee,start,talk_ms\n"
        "13712345678,13912345678,2026-08-03T09:00:00+08:00,0\n"
        "13712345678,13912345679,2026-08-03T09:10:00+08:00,3000\n"
        "13712345678,13912345680,2026-08-03T11:00:00+08:00,9000\n"
        "13712345679,13912345680,2026-08-03T11:00:00+08:00,9000\n"
    )
    with home.lock():
        reading = Reading("calls", ZoneInfo("Asia/Shanghai"))
        run_import(
            home, reading, [(file, format_of(file, "calls", None))], FixedClock(NOW_US), lambda _path, _read: None
        )
    identities = Identities(KeyRing.open(home))
    told = timeline(Lake(home), identities, identities.id_of(8613712345678), NOW_US - 14 * DAY_US, NOW_US)
    assert told is not None
    assert (told.number, told.length_us) == (8613712345678, HOUR_US)
    assert [(one.begun, one.answered, one.short) for one in told.stretches] == [(2, 1, 1), (0, 0, 0), (1, 1, 0)]
    assert timeline(Lake(home), identities, identities.id_of(8613712345678), NOW_US - 1, NOW_US) is None


def test_days_begin_at_chinese_midnight() -> None:
    midnight = 20_000 * DAY_US - CHINA_OFFSET_US
    hours = [
        {"hour": (midnight + at * HOUR_US) // HOUR_US, "begun": 1, "answered": 1, "short": 0} for at in (-1, 0, 23)
    ]
    assert stretches(hours, DAY_US) == [Stretch(midnight - DAY_US, 1, 1, 0), Stretch(midnight, 2, 2, 0)]
