"""The world is deterministic, its parts are independent, it contradicts itself nowhere, its figures are plausible."""

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wurao.core.clock import DAY_US, HOUR_US, MINUTE_US, parse_instant
from wurao.core.errors import InputError
from wurao.core.numbers import kind, read
from wurao.sim import calls as going
from wurao.sim import world as worlds
from wurao.sim.calls import CALL, DISPOSITIONS, HANDSET, Calls, ends_us
from wurao.sim.draw import day_start_us
from wurao.sim.figures import Figures
from wurao.sim.stream import Stream
from wurao.sim.world import Options, World
from wurao.sim.written import texts

START = parse_instant("2026-03-02T00:00:00+08:00")
TINY = 120


def made(figures: Figures, **changed: object) -> World:
    asked: dict[str, object] = {"seed": 5, "subscribers": 1500, "start_us": START, "days": 7}
    return World(figures, **(asked | changed))


def of_kind(world: World, week: Calls, name: str) -> Calls:
    names = ["person", *(d.kind.name for d in world.desks), *(w.campaign.name for w in world.waves)]
    return week[np.isin(week["source"], [i for i, found in enumerate(names) if found == name])]


# ---- the same seed


def test_a_day_is_the_same_in_any_order(figures: Figures, world: World) -> None:
    again = made(figures)
    last = again.day(again.days[-1])
    assert again.day(again.days[2]).tobytes() == world.day(world.days[2]).tobytes()
    assert last.tobytes() == world.day(world.days[-1]).tobytes()


def test_a_block_alone_is_what_it_is_beside_others(figures: Figures) -> None:
    many = made(figures, options=Options({"courier": 5000}), subscribers=TINY).desks[0]
    few = made(figures, options=Options({"courier": 4100}), subscribers=TINY).desks[0]
    first, second = many.batches(0)
    whole, alone = many.traits(*second), few.traits(4096, 4100)
    assert np.array_equal(whole["calls_a_day"][:4], alone["calls_a_day"])
    day = int(START // DAY_US) + 1
    before = many.calls(*second, day).tobytes()
    many.calls(*first, day)
    assert many.calls(*second, day).tobytes() == before


def test_shards_hold_the_same_calls_but_for_clashes(figures: Figures, monkeypatch: pytest.MonkeyPatch) -> None:
    one, other = made(figures), made(figures)
    day = one.days[1]
    whole = one.day(day)
    monkeypatch.setattr(worlds, "SHARD", 500)
    shards = list(other.shards(day))
    assert len(shards) > 3
    assert all(np.all(np.diff(shard["start_us"]) >= 0) for shard in shards)
    parts = np.sort(np.concatenate(shards), order=("start_us", "caller", "callee"))
    assert np.isin(whole.view(f"V{CALL.itemsize}").ravel(), parts.view(f"V{CALL.itemsize}").ravel()).all()
    assert len(parts) - len(whole) < 0.02 * len(whole)


def test_another_seed_is_another_world(figures: Figures, world: World) -> None:
    assert made(figures, seed=6).day(world.days[0]).tobytes() != world.day(world.days[0]).tobytes()


def test_a_world_that_lasts_longer_is_one_world(figures: Figures) -> None:
    lasting = made(figures, options=Options(lasts=20), subscribers=TINY)
    longer = made(figures, options=Options(lasts=20), subscribers=TINY, days=12)
    assert lasting.day(lasting.days[3]).tobytes() == longer.day(longer.days[3]).tobytes()


# ---- no contradictions


def test_calls_lie_in_their_day_in_order(week: Calls, world: World) -> None:
    assert np.all(np.diff(week["start_us"]) >= 0)
    day = world.day(world.days[1])
    assert np.all((day["start_us"] >= day_start_us(world.days[1])) & (ends_us(day) <= day_start_us(world.days[2])))
    assert np.all(week["caller"] != week["callee"])


def test_nobody_makes_two_calls_at_once_from_one_handset(week: Calls) -> None:
    mine = week[week["handset"] > 0]
    mine = mine[np.lexsort((mine["start_us"], mine["caller"]))]
    same = mine["caller"][1:] == mine["caller"][:-1]
    overlap = same & (mine["start_us"][1:] < ends_us(mine)[:-1])
    assert overlap.sum() <= 0.0005 * len(mine)
    assert (overlap & (mine["handset"][1:] == HANDSET) & (mine["handset"][:-1] == HANDSET)).sum() == 0


def test_talk_and_outcome_agree(week: Calls) -> None:
    answered = week["disposition"] == DISPOSITIONS.index("answered")
    assert np.all((week["talk_ms"] > 0) == answered)
    assert np.all(week["ring_ms"] >= 0)
    assert np.all(week["talk_ms"] <= 7_200_000)
    assert np.all(week["released_by"][answered] <= 1)


def test_no_vest_calls_before_it_is_worn_or_after(week: Calls, world: World) -> None:
    for at, wave in enumerate(world.waves, 1 + len(world.desks)):
        mine = week[week["source"] == at]
        for number, born, until in zip(wave.vests.numbers, wave.vests.born, wave.vests.until, strict=True):
            start_us = mine["start_us"][mine["caller"] == number]
            assert np.all((start_us >= born) & (start_us < until)), wave.name


def test_nobody_calls_before_the_number_is_theirs(figures: Figures) -> None:
    people = msgspec.structs.replace(figures.people, joining=0.5)
    joined = made(msgspec.structs.replace(figures, people=people), subscribers=TINY)
    for day in joined.days:
        late = joined.subscribers[joined.joins > day]
        assert len(late) or day == joined.days[-1]
        assert not np.isin(joined.day(day)["caller"], late).any()


def test_every_number_can_be_read(week: Calls) -> None:
    numbers = texts(np.unique(np.concatenate([week["caller"], week["callee"]]))).to_pylist()
    kinds = {kind(read(number)).text for number in numbers}
    assert kinds >= {"mobile", "fixed", "n95", "n400", "relay700", "overseas"}


def test_numbers_are_given_once(world: World) -> None:
    own = [desk.numbers for desk in world.desks]
    own += [wave.vests.numbers for wave in world.waves if wave.campaign.numbers != "rented"]
    numbers = np.concatenate([world.population.numbers, *own])
    assert len(np.unique(numbers)) == len(numbers)


# ---- marginals


def test_people_talk_both_ways_and_again(week: Calls, world: World) -> None:
    people = week[week["source"] == 0]
    assert 0.65 < np.mean(people["disposition"] == 0) < 0.85
    assert 28_000 < np.median(people["talk_ms"][people["talk_ms"] > 0]) < 46_000  # Sichuan: 37 s
    from_here = people[world.is_subscriber(people["caller"])]
    assert 2.5 < len(from_here) / len(world.subscribers) / 7 < 8
    pairs = np.unique(np.stack([from_here["caller"], from_here["callee"]], axis=1), axis=0)
    assert len(from_here) / len(pairs) > 1.8
    turned = set(zip(people["callee"].tolist(), people["caller"].tolist(), strict=True))
    assert np.mean([tuple(pair) in turned for pair in pairs.tolist()]) > 0.35


@pytest.mark.parametrize("number", range(20))
def test_each_kind_is_within_its_spans(figures: Figures, number: int) -> None:
    one = figures.kinds[number]
    asked = made(figures, options=Options({one.name: 300}), days=2, start_us=START + DAY_US)
    calls = np.concatenate([asked.day(day) for day in asked.days])
    mine = calls[calls["source"] == 1 + number]
    assert len(mine), one.name
    low, high = one.answer
    assert low - 0.05 < np.mean(mine["disposition"] == 0) < high + 0.05
    private = sum(one.private_a_day) / 2
    a_day = len(mine) / 300 / 2
    assert 0.35 * one.calls_a_day[0] < a_day < 2.2 * (one.calls_a_day[1] + private)
    if one.number == "mobile":
        assert 1 <= mine["cells"].mean() < 1.5 * one.cells[1]
        assert np.all(mine["imei_tac"] > 0)
    else:
        assert np.all(mine["imei_tac"] == 0)
    timed_out = mine["ring_ms"][mine["disposition"] == 1] / 1000
    assert one.ring_limit_s[0] * 0.7 < np.median(timed_out) < one.ring_limit_s[1] * 1.2


def test_wider_spans_differ_more(figures: Figures) -> None:
    def spread(wider: float) -> float:
        desk = made(figures, options=Options({"courier": 400}, wider), subscribers=TINY).desks[0]
        return float(np.std(np.log(desk.traits(0, 400)["calls_a_day"])))

    assert spread(2) == pytest.approx(2 * spread(1), rel=1e-6)
    assert spread(0) == pytest.approx(0, abs=1e-9)


def test_robots_pace_and_couriers_move(figures: Figures) -> None:
    def alone(name: str) -> Calls:
        asked = made(figures, options=Options({name: 100}), days=1)
        calls = asked.day(asked.days[0])
        return calls[calls["source"] > 0]

    courier, reminder, farm = alone("courier"), alone("reminder"), alone("courses")
    assert courier["cells"].mean() > 1.5 * farm["cells"].mean()

    def metronome(calls: Calls) -> float:
        busiest = calls[
            calls["caller"] == np.unique(calls["caller"])[np.unique(calls["caller"], return_counts=True)[1].argmax()]
        ]
        gaps = np.diff(np.sort(busiest["start_us"]))
        return float(np.median(np.abs(gaps - np.median(gaps))) / np.median(gaps))

    assert metronome(reminder) < metronome(courier)


def test_vests_succeed_each_other(figures: Figures) -> None:
    world = made(figures, days=30, subscribers=TINY)
    vests = next(wave.vests for wave in world.waves if wave.campaign.name == "stock-tips")
    followers = np.flatnonzero(vests.before >= 0)
    assert len(followers) > 5
    assert np.array_equal(vests.hand[followers], vests.hand[vests.before[followers]])
    assert np.all(vests.born[followers] >= vests.until[vests.before[followers]])
    alike = np.corrcoef(vests.z[followers, 0], vests.z[vests.before[followers], 0])[0, 1]
    strangers = np.corrcoef(vests.z[followers, 0], np.roll(vests.z[vests.before[followers], 0], 3))[0, 1]
    assert alike > 0.4 > strangers


def test_fresh_leads_are_called_several_times_a_day(figures: Figures) -> None:
    world = made(figures, subscribers=6000, days=4)
    day = world.days[2]
    name = "stock-tips"
    wave = next(wave for wave in world.waves if wave.campaign.name == name)
    bought = world.holders.leaked(world.seed, name, sum(w.campaign.name == name for w in world.waves))[0]
    fresh = (bought.at_us > day_start_us(day) - DAY_US) & (bought.at_us < day_start_us(day))
    calls = wave.calls(0, 1, day)
    calls = calls[calls["source"] > 0]
    on_fresh = np.isin(calls["callee"], world.subscribers[bought.subscriber[fresh]])
    assert fresh.sum() > 3
    assert 1.5 < on_fresh.sum() / fresh.sum() < 9


def test_vests_of_a_campaign_share_out_the_others(figures: Figures) -> None:
    world = made(figures, subscribers=6000, days=2)
    wave = next(wave for wave in world.waves if wave.campaign.name == "loan-robot")
    calls = wave.calls(0, 1, world.days[1])
    calls = calls[(calls["source"] > 0) & world.is_subscriber(calls["callee"])]
    pairs = np.unique(np.stack([calls["callee"], calls["caller"]], axis=1), axis=0)
    victims, by = np.unique(pairs[:, 0], return_counts=True)
    assert np.mean(by > 1) < 0.2, len(victims)


def test_blocking_stops_vests_and_some_give_up(figures: Figures) -> None:
    free, stopped = made(figures), made(figures, options=Options(blocking=True))

    def nuisance(world: World) -> Calls:
        calls = np.concatenate([world.day(day) for day in world.days])
        return calls[calls["source"] > len(world.desks)]

    def rejected(calls: Calls) -> float:
        return float(np.mean((calls["disposition"] == going.REJECTED) & (calls["ring_ms"] == 0)))

    assert rejected(nuisance(free)) == 0
    assert rejected(nuisance(stopped)) > 0.1
    assert len(nuisance(stopped)) < len(nuisance(free))


def test_reports_are_few_late_and_mostly_right(world: World) -> None:
    rows = np.concatenate([world.complaints(day, 0, world.day(day)) for day in world.days])
    nuisance = {int(n) for wave in world.waves for n in wave.vests.numbers}
    assert 20 < len(rows) < 2000
    assert np.all(rows["received_us"] > rows["occurred_us"])
    assert np.mean([int(s) in nuisance for s in rows["subject"]]) > 0.6
    assert 0 < np.mean(rows["reporter"] == 0) < 0.3


# ---- the stream


def test_stream_gives_each_call_and_report_once(world: World) -> None:
    stream = Stream(world)
    begin = day_start_us(world.days[1]) + 11 * HOUR_US
    whole = stream.calls_between(begin, begin + 2 * HOUR_US)
    parts = [c for at in range(0, 120, 7) for c in _clipped(stream, begin + at * MINUTE_US, begin + 2 * HOUR_US)]
    assert whole == parts
    assert len({call.call_id for call in whole}) == len(whole) > 10
    day = stream.reports_between(begin, begin + 24 * HOUR_US)
    middle = begin + 9 * HOUR_US
    assert day == stream.reports_between(begin, middle) + stream.reports_between(middle, begin + 24 * HOUR_US)
    assert len(day) > 0
    assert not stream.calls_between(world.end_us, world.end_us + DAY_US)


def _clipped(stream: Stream, from_us: int, end_us: int) -> list[object]:
    return list(stream.calls_between(from_us, min(from_us + 7 * MINUTE_US, end_us)))


# ---- absurd worlds


@pytest.mark.parametrize(
    ("subscribers", "days", "numbers", "wider"),
    [
        (0, 1, {}, 1),
        (10**9, 1, {}, 1),
        (100, 0, {}, 1),
        (100, 1, {"ufo": 3}, 1),
        (100, 1, {"person": 101}, 1),
        (100, 1, {}, 9),
    ],
)
def test_absurd_worlds_are_refused(
    figures: Figures, subscribers: int, days: int, numbers: dict[str, int], wider: float
) -> None:
    with pytest.raises(InputError):
        World(figures, 1, subscribers, START, days, Options(numbers, wider))


def test_only_the_numbers_asked_for_call(figures: Figures) -> None:
    world = made(figures, options=Options({"courier": 40, "estate-agents": 3}), subscribers=TINY)
    assert len(world.desks[0].numbers) == 40
    calls = world.day(world.days[0])
    names = {"courier", "estate-agents"}
    others = [d for d in world.desks if d.kind.name not in names and len(d.numbers)]
    assert not others
    assert sum(len(np.unique(w.vests.hand)) for w in world.waves) == 3
    people = calls[calls["source"] == 0]
    ours = np.concatenate([world.desks[0].numbers, *(w.vests.numbers for w in world.waves)])
    assert np.isin(people["callee"], ours).all()


# ---- one handset


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(st.integers(0, 3), st.integers(0, 86_000), st.integers(0, 60), st.integers(0, 900)),
        min_size=1,
        max_size=40,
    )
)
def test_moved_calls_never_overlap_nor_come_earlier(rows: list[tuple[int, int, int, int]]) -> None:
    calls = np.zeros(len(rows), CALL)
    member = np.array([row[0] for row in rows])
    calls["start_us"] = START + np.array([row[1] for row in rows]) * 1_000_000
    calls["ring_ms"] = [row[2] * 1000 for row in rows]
    calls["talk_ms"] = [row[3] * 1000 for row in rows]
    moved, who = going.one_at_a_time(np.random.default_rng(0), calls, member)
    order = np.lexsort((calls["start_us"], member))
    assert np.all(moved["start_us"] >= calls["start_us"][order])
    assert np.array_equal(who, member[order])
    same = who[1:] == who[:-1]
    assert np.all(moved["start_us"][1:][same] >= ends_us(moved)[:-1][same])
    first = np.concatenate([[True], ~same])
    assert np.array_equal(moved["start_us"][first], calls["start_us"][order][first])
