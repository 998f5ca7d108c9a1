"""The town is deterministic, its hours are independent, and its figures are plausible."""

import numpy as np
import pytest

from wurao.core.clock import HOUR_US, MINUTE_US, parse_instant
from wurao.core.errors import InputError
from wurao.core.numbers import kind, read
from wurao.sim.calls import Calls
from wurao.sim.figures import Figures, shipped
from wurao.sim.stream import Stream
from wurao.sim.town import Town
from wurao.sim.written import texts

START = parse_instant("2026-03-02T00:00:00+08:00")
NOON = START // HOUR_US + 24 + 11


@pytest.fixture(scope="module")
def figures() -> Figures:
    return shipped()


@pytest.fixture(scope="module")
def town(figures: Figures) -> Town:
    return Town(figures, seed=5, subscribers=1000, start_us=START, days=7)


@pytest.fixture(scope="module")
def week(town: Town) -> Calls:
    return np.concatenate([town.hour(hour) for hour in town.hours()])


def test_an_hour_is_the_same_in_any_order(figures: Figures, town: Town) -> None:
    again = Town(figures, seed=5, subscribers=1000, start_us=START, days=7)
    later = again.hour(NOON + 30)
    assert again.hour(NOON).tobytes() == town.hour(NOON).tobytes()
    assert later.tobytes() == town.hour(NOON + 30).tobytes()
    assert again.complaints(NOON).tobytes() == town.complaints(NOON).tobytes()


def test_another_seed_is_another_town(figures: Figures, town: Town) -> None:
    other = Town(figures, seed=6, subscribers=1000, start_us=START, days=7)
    assert other.hour(NOON).tobytes() != town.hour(NOON).tobytes()


def test_calls_lie_in_their_hour_in_order(week: Calls, town: Town) -> None:
    assert np.all(np.diff(week["start_us"]) >= 0)
    noon = town.hour(NOON)
    assert np.all(noon["start_us"] // HOUR_US == NOON)
    assert np.all(noon["caller"] != noon["callee"])


def test_every_number_can_be_read(week: Calls) -> None:
    numbers = texts(np.unique(np.concatenate([week["caller"], week["callee"]]))).to_pylist()
    kinds = {kind(read(number)).text for number in numbers}
    assert kinds == {"mobile", "fixed", "n95", "n400", "relay700", "overseas", "hkmotw"}


def test_ratios_are_plausible(week: Calls, town: Town) -> None:
    first = 1 + len(town.desks)
    nuisance = week[week["source"] >= first]
    people = week[week["source"] == 0]
    assert 0.03 < len(nuisance) / len(week) < 0.25
    assert 0.6 < np.mean(people["disposition"] == 0) < 0.85
    assert 0.35 < np.mean(nuisance["disposition"] == 0) < 0.6
    talk = people["talk_ms"][people["talk_ms"] > 0]
    assert 25_000 < np.median(talk) < 50_000
    to_here = week[town.is_subscriber(week["callee"])]
    assert np.mean(to_here["source"] == 0) < 0.95


def test_people_have_peers_and_robots_have_victims(week: Calls) -> None:
    pairs = np.unique(np.stack([week["caller"], week["callee"]], axis=1)[week["source"] == 0], axis=0)
    people = (week["source"] == 0).sum() / len(pairs)
    robots = week[week["source"] == week["source"].max()]
    assert people > 2
    assert len(robots) / len(np.unique(np.stack([robots["caller"], robots["callee"]], axis=1), axis=0)) < 1.6


def test_campaigns_change_numbers_and_the_robot_keeps_to_neighbouring_blocks(town: Town) -> None:
    loans, estate, _ = town.waves
    day = int(town.local_days()[0])
    early, late = loans.vests(day).numbers, loans.vests(day + 40).numbers
    assert not set(early.tolist()) & set(late.tolist())
    assert np.ptp(early) < 10_000
    assert estate.vests(day).numbers.tolist() == estate.vests(day + 40).numbers.tolist()


def test_reports_are_few_late_and_mostly_right(town: Town) -> None:
    rows = np.concatenate([town.complaints(hour) for hour in town.hours()])
    nuisance = {int(n) for wave in town.waves for day in town.local_days() for n in wave.vests(int(day)).numbers}
    assert 20 < len(rows) < 2000
    assert np.all(rows["received_us"] > rows["occurred_us"])
    assert np.mean([int(s) in nuisance for s in rows["subject"]]) > 0.8
    assert 0 < np.mean(rows["reporter"] == 0) < 0.25


def test_stream_gives_each_call_and_report_once(town: Town) -> None:
    stream = Stream(town)
    begin = NOON * HOUR_US
    whole = stream.calls_between(begin, begin + 2 * HOUR_US)
    parts = [c for at in range(0, 120, 7) for c in _clipped(stream, begin + at * MINUTE_US, begin + 2 * HOUR_US)]
    assert whole == parts
    assert len({call.call_id for call in whole}) == len(whole) > 10
    day = stream.reports_between(begin, begin + 24 * HOUR_US)
    halves = stream.reports_between(begin, begin + 9 * HOUR_US) + stream.reports_between(
        begin + 9 * HOUR_US, begin + 24 * HOUR_US
    )
    assert day == halves
    assert len(day) > 0


def _clipped(stream: Stream, from_us: int, end_us: int) -> list[object]:
    return list(stream.calls_between(from_us, min(from_us + 7 * MINUTE_US, end_us)))


@pytest.mark.parametrize(
    ("subscribers", "days", "numbers"), [(0, 1, {}), (10**9, 1, {}), (100, 0, {}), (100, 1, {"ufo": 3})]
)
def test_absurd_towns_are_refused(figures: Figures, subscribers: int, days: int, numbers: dict[str, int]) -> None:
    with pytest.raises(InputError):
        Town(figures, 1, subscribers, START, days, numbers)


def test_numbers_override_the_figures(figures: Figures) -> None:
    town = Town(figures, 1, 100, START, 1, {"courier": 40, "estate-agents": 3})
    assert len(town.desks[0].numbers) == 40
    assert len(town.waves[1].vests(int(town.local_days()[0])).numbers) == 3
