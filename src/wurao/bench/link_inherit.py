"""What a campaign's next number inherits: worlds replayed, campaigns linked by night, the next day's calls in order.

A campaign is known where two people had reported one of its numbers before the night; its next number is the first of
the day that never called before. Cards that people lend have called before: they are nobody's new number. Wanted
callers are matched by their first calls of the day as if they had never called, so that all of them count, couriers
and companies too. Own evidence is the factory's model of the first five calls (call records).
"""

import json
import math
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import click
import duckdb
import ibis
import msgspec
from pyarrow import parquet

from wurao.bench.early import shipped_model
from wurao.bench.early_world import START_US
from wurao.bench.measure import Figures, student
from wurao.core.clock import DAY_US
from wurao.core.numbers import read
from wurao.core.payload import OPAQUE_BASE
from wurao.detection.features.rows import calls_of
from wurao.detection.features.running import by_window, calls_in
from wurao.detection.inheriting import replaying
from wurao.detection.inheriting.first_calls import FirstCall
from wurao.detection.inheriting.standing import strength_of
from wurao.detection.inheriting.vest_model import VestModel, factory
from wurao.detection.inheriting.watching import FIRST, CampaignWatch, Inherited
from wurao.detection.linking import pair_model
from wurao.detection.scoring.judging import Model
from wurao.detection.scoring.staged import window
from wurao.detection.scoring.standing import LABEL_AT_MOST
from wurao.intake.typed import write_typed
from wurao.screening.config import load
from wurao.sim.figures import shipped
from wurao.sim.world import Options, World
from wurao.sim.writing import write

DAYS: Final = 2
"""Last days of each world whose new numbers are looked for."""
REPORTERS: Final = 2
"""People who must have reported one number of a campaign: by the shipped policy that labels."""
POLICY: Final = load().policy
VEST_POINTS, ROBOT_POINTS = (POLICY.symbols[name].weight for name in ("VEST_OF", "ROBOT_CALLER"))
REJECTS: Final = POLICY.thresholds["2"].reject or math.inf
"""By the shipped policy, for a subscriber of level 2."""
_SEASON_US: Final = 28 * DAY_US
Models = tuple[pair_model.PairModel, VestModel, Model]


class Number(msgspec.Struct, frozen=True):
    """A caller's first five calls of a day: at which it inherited (0: none), whether by then it could be rejected."""

    campaign: str
    new: bool
    day: int
    at_us: int
    inherited: int = 0
    right: bool = False
    robot: bool = False
    """Whether the model of call records labels its first five."""
    rejected: bool = False
    listed: bool = False
    """Whether two people had reported it before its fifth call."""


def inheritance(seeds: Sequence[int], subscribers: int, days: int) -> Figures:
    """Return what next numbers inherit with their first and by their fifth call, and who is held for one wrongly."""
    models = pair_model.factory(), factory(), shipped_model()
    worlds = [list(_world(seed, (subscribers, days), models)) for seed in seeds]
    return {
        "world": {"subscribers": subscribers, "days": days, "seeds": list(seeds)},
        "baseline": "a list of exact numbers: two reports",
        **figures_of(worlds),
    }


def _world(seed: int, size: tuple[int, int], models: Models) -> Iterator[Number]:
    """Yield the callers of the last days of a world."""
    with TemporaryDirectory(prefix="bench-inherit-") as name:
        folder = Path(name)
        write(World(shipped(), seed, size[0], START_US + seed * _SEASON_US, size[1], Options()), folder)
        write_typed(folder / "calls.parquet", folder / "typed.parquet")
        truth = _truth(folder)
        with calls_in([folder / "typed.parquet"], folder) as table:
            calls = calls_of(table)
            for day in replaying.last_days(calls, DAYS):
                found = list(_day(calls, day, truth, _reports(folder, day[1]), models))
                click.echo(f"seed {seed}: {json.dumps(figures_of([found]))}", err=True)
                yield from found


def _day(
    calls: ibis.Table,
    day: replaying.Span,
    truth: Mapping[int, str],
    reports: Mapping[int, list[int]],
    models: Models,
) -> Iterator[Number]:
    pairs, vests, robots = models
    groups = [group for group in replaying.groups_before(calls, day, pairs) if _accused(group, reports, day[0])]
    names = {f"c-{at}": group for at, group in enumerate(groups)}
    signatures = replaying.signatures_before(calls, day, names)
    campaign = {name: _commonest([truth.get(int(str(key)), "") for key in group]) for name, group in names.items()}
    met = set(signatures.met.tolist())
    young = _young(replaying.replayed(calls, day), set(signatures.numbers.tolist()), truth, met)
    points = _points(calls, robots, young)
    found = _heard(CampaignWatch(signatures, vests), replaying.replayed(calls, day), young)
    for caller, first in young.items():
        its = truth.get(caller, "")
        if its and its not in campaign.values():
            continue  # of a campaign that nobody knows yet
        one = found.get(caller)
        yield Number(
            campaign=its,
            new=caller not in met,
            day=day[0],
            at_us=first[0],
            inherited=one.calls if one else 0,
            right=one is not None and campaign[one.campaign] == its,
            robot=caller in points,
            rejected=one is not None and VEST_POINTS * strength_of(one) + points.get(caller, 0.0) >= REJECTS,
            listed=sum(at_us <= first[-1] for at_us in reports.get(caller, ())) >= REPORTERS,
        )


def _young(
    day: Iterator[tuple[int, FirstCall]], members: set[int], truth: Mapping[int, str], met: set[int]
) -> dict[int, list[int]]:
    """Return when each caller that is looked at made its first calls: wanted ones, and nuisance that never called."""
    found: dict[int, list[int]] = {}
    for caller, call in day:
        wanted = caller not in truth
        if caller in members or caller >= OPAQUE_BASE or not (wanted or caller not in met):
            continue
        calls = found.setdefault(caller, [])
        if len(calls) < FIRST:
            calls.append(call.at_us)
    return found


def _heard(
    watch: CampaignWatch, day: Iterator[tuple[int, FirstCall]], young: Mapping[int, object]
) -> dict[int, Inherited]:
    found: dict[int, Inherited] = {}
    for caller, call in day:
        if watch.is_member(caller):
            watch.hear_member(caller, call.at_us)
        elif caller in young and (one := watch.hear(caller, call)) is not None:
            found[caller] = one
    return found


def _points(calls: ibis.Table, robots: Model, young: Mapping[int, object]) -> dict[int, float]:
    """Return the points of those whom the model of call records labels by their first five calls."""
    its = calls.filter(calls.caller.isin(list(young)) | calls.callee.isin(list(young)))
    stage = robots.manifest.stages[0]
    seen = window(by_window(its), stage.k, robots.manifest.columns)
    judged = robots.judge(stage, seen, robots.log_odds(stage, seen))
    return {
        int(str(caller)): ROBOT_POINTS * min(p, LABEL_AT_MOST)
        for caller, p, labels in zip(seen.callers, judged.p.tolist(), judged.labels.tolist(), strict=True)
        if labels
    }


def _accused(group: list[object], reports: Mapping[int, list[int]], night_us: int) -> bool:
    return any(sum(at_us < night_us for at_us in reports.get(int(str(key)), ())) >= REPORTERS for key in group)


def _commonest(names: list[str]) -> str:
    return Counter(names).most_common(1)[0][0]


def _truth(folder: Path) -> dict[int, str]:
    """Return the campaign of each number of nuisance."""
    rows = parquet.read_table(folder / "truth/callers.parquet", columns=["number", "campaign"]).to_pylist()
    return {read(row["number"], names=True): row["campaign"] for row in rows if row["campaign"]}


def _reports(folder: Path, until_us: int) -> dict[int, list[int]]:
    """Return when the first report of each person about a number came."""
    query = (
        f"select subject, reporter, min(received_us) from '{folder}/reports.parquet'"  # noqa: S608 - our folder
        f" where received_us < {until_us} and reporter is not null group by all"
    )
    found: dict[int, list[int]] = {}
    for subject, _, at_us in duckdb.execute(query).fetchall():
        found.setdefault(read(subject, names=True), []).append(at_us)
    return found


def figures_of(worlds: list[list[Number]]) -> Figures:
    """Return the shares of each world with their interval, and counts over all."""
    nexts = [list(_next(world)) for world in worlds]
    vests = [[one for one in world if one.campaign] for world in worlds]
    wanted = [one for world in worlds for one in world if not one.campaign]
    return {
        "campaigns": sum(map(len, nexts)),
        **{f"next_{name}": student([_share(map(told, world)) for world in nexts]) for name, told in _TOLD.items()},
        "numbers": sum(map(len, vests)),
        **{name: student([_share(map(told, world)) for world in vests]) for name, told in _TOLD.items()},
        "of_the_right_campaign": student([_share(one.right for one in world if one.inherited) for world in vests]),
        "wanted": len(wanted),
        "wanted_labelled": sum(one.inherited > 0 for one in wanted),
        "wanted_rejected": sum(one.rejected for one in wanted),
        "wanted_new": sum(one.new for one in wanted),
        "wanted_new_labelled": sum(one.new and one.inherited > 0 for one in wanted),
    }


_TOLD: Final[dict[str, Callable[[Number], bool]]] = {
    "labelled_at_first": lambda one: one.inherited == 1,
    "labelled_by_fifth": lambda one: one.inherited > 0,
    "robot_by_fifth": lambda one: one.robot,
    "rejected_by_fifth": lambda one: one.rejected,
    "listed_by_fifth": lambda one: one.listed,
}


def _next(world: list[Number]) -> Iterator[Number]:
    """Yield the first new number of each campaign and day."""
    seen = set()
    for one in sorted(world, key=lambda one: one.at_us):
        if one.campaign and (one.campaign, one.day) not in seen:
            seen.add((one.campaign, one.day))
            yield one


def _share(of: Iterable[bool]) -> float:
    told = list(of)
    return sum(told) / max(len(told), 1)
