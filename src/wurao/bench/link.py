"""``wurao bench link``: campaigns of worlds never seen, family by family; what new numbers inherit; and growth.

Accuracy: all numbers of nuisance and of wanted businesses with five calls or more are suspects; a pair that isn't told
of counts as p = 0, so what the blocks miss is a miss. Baselines are the same model with one family speaking.
"""

import json
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import click
import ibis
import numpy as np
import numpy.typing as npt
import pyarrow as pa
from pyarrow import parquet
from sklearn.metrics import adjusted_rand_score, average_precision_score, precision_recall_curve

from wurao.bench import link_heard
from wurao.bench.early_world import START_US
from wurao.bench.link_calls import written_calls
from wurao.bench.link_inherit import inheritance
from wurao.bench.measure import Figures, machine, peak_gb, student
from wurao.core.clock import DAY_US
from wurao.core.numbers import read
from wurao.detection.features.rows import calls_of
from wurao.detection.features.running import calls_in
from wurao.detection.linking import counted, linked, pair_model, profiles
from wurao.detection.linking.blocking import candidates
from wurao.detection.linking.comparing import FAMILIES, Comparing, parts
from wurao.detection.linking.grouping import groups
from wurao.detection.linking.heard import Alike, ByCaller, shared
from wurao.intake.typed import write_typed
from wurao.sim.figures import shipped
from wurao.sim.truth import OUTSIDER
from wurao.sim.world import Options, World
from wurao.sim.writing import write

SEEDS: Final = range(201, 206)
NEXT_SEEDS: Final = range(213, 218)
"""Worlds whose campaigns' next numbers are looked for."""
PEOPLE: Final = frozenset({"person", OUTSIDER, "second-card"})
LEAST_CALLS: Final = 5
_SEASON_US: Final = 28 * DAY_US
VARIANTS: Final = {
    "all": (),
    "without trunk and user agent": ("trunk", "agent"),
    **{f"without {name}": (name,) for name in FAMILIES},
    "callee overlap alone": tuple(set(FAMILIES) - {"callees", "apart"}),
    "behaviour alone": tuple(set(FAMILIES) - {"talk", "ring", "rhythm"}),
    "block, trunk and user agent": tuple(set(FAMILIES) - {"block", "trunk", "agent"}),
}
"""Name → families that say nothing."""
HEARD: Final = ("with recordings", "the heard, by calls", "the heard, with recordings")
"""What recordings of three numbers in ten change: of all suspects, and of the heard, however few calls they made."""
GROWTH: Final = (2_000, 10_000)
GROWTH_LONG: Final = (10_000, 100_000, 1_000_000)

options: Final = [
    click.Option(["--subscribers"], type=int, default=2_000, show_default=True, help="People of each world."),
    click.Option(["--days"], type=int, default=7, show_default=True, help="Days of each world."),
    click.Option(["--seeds"], type=int, default=len(SEEDS), show_default=True, help="Worlds, at least two."),
    click.Option(
        ["--engine"], default="duckdb", show_default=True, help="Of the growth: duckdb, local[N] or spark://…"
    ),
]


def run(long: bool, subscribers: int, days: int, seeds: int, engine: str) -> Figures:  # noqa: FBT001 - the group's way
    """Return figures by variant with 95 % intervals over worlds, and time, memory and candidates by numbers."""
    model = pair_model.factory()
    size = (10_000, 14) if long else (subscribers, days)
    by_world = [_world(seed, *size, model) for seed in list(SEEDS)[:seeds]]
    return {
        "machine": machine(),
        "world": {"subscribers": size[0], "days": size[1], "seeds": seeds},
        "suspects": student([one["suspects"] for one in by_world]),
        "heard": student([one["heard"] for one in by_world]),
        "accuracy": {
            name: {key: student([one[name][key] for one in by_world]) for key in by_world[0][name]}
            for name in (*VARIANTS, *HEARD)
        },
        "inheritance": inheritance(list(NEXT_SEEDS)[:seeds], *size),
        "growth": [_grown(n, engine) for n in (GROWTH_LONG if long else GROWTH)],
    }


def _world(seed: int, subscribers: int, days: int, model: pair_model.PairModel) -> dict[str, Any]:
    with TemporaryDirectory(prefix="bench-link-") as name:
        folder = Path(name)
        world = World(shipped(), seed, subscribers, START_US + seed * _SEASON_US, days, Options())
        write(world, folder)
        write_typed(folder / "calls.parquet", folder / "typed.parquet")
        bulk = [
            row for row in parquet.read_table(folder / "truth/callers.parquet").to_pylist() if row["kind"] not in PEOPLE
        ]
        every = {read(row["number"], names=True): row["campaign"] or "" for row in bulk}
        with calls_in([folder / "typed.parquet"], folder) as table:
            calls = calls_of(table)
            summary = counted.summary(calls)
            often: dict[Any, Any] = dict(
                zip(summary.column("caller").to_pylist(), summary.column("n").to_pylist(), strict=True)
            )
            heard = link_heard.drawn({number: name for number, name in every.items() if number in often}, seed)
            known, with_heard = (_profiled(calls, summary, spoke) for spoke in ({}, heard))
    campaign = {number: name for number, name in every.items() if often.get(number, 0) >= LEAST_CALLS}
    found: dict[str, Any] = {"suspects": len(campaign), "heard": len(heard)}
    comparing = Comparing(known)
    a, b, p = linked.weighed(comparing, model, Alike(known, {}))
    x = comparing.rows(a, b)
    for variant, silent in VARIANTS.items():
        told = p if not silent else model.p_same(pair_model.without(x, silent))
        found[variant] = _figures(known, campaign, (a, b, told))
    by_both = linked.weighed(Comparing(with_heard), model, Alike(with_heard, heard))
    of_heard = {number: every[number] for number in heard}
    found["with recordings"] = _figures(with_heard, campaign, by_both)
    found["the heard, by calls"] = _figures(known, of_heard, (a, b, p))
    found["the heard, with recordings"] = _figures(with_heard, of_heard, by_both)
    click.echo(f"seed {seed}: {json.dumps(found['all'])}, {json.dumps(found['with recordings'])}", err=True)
    return found


def _profiled(calls: ibis.Table, summary: pa.Table, heard: ByCaller) -> profiles.Profiles:
    chosen = summary.filter(pa.array(profiles.suspects(summary, shared(heard))))
    return profiles.profiles(calls, chosen, np.asarray(chosen.column("caller")).astype(np.int64))


def _figures(
    known: profiles.Profiles, campaign: dict[int, str], pairs: tuple[profiles.Ints, profiles.Ints, profiles.Floats]
) -> dict[str, float]:
    a, b, p = pairs
    numbers = known.numbers.tolist()
    suspect = np.array([number in campaign for number in numbers])
    of = np.array([campaign.get(number, "") for number in numbers])
    inside = suspect[a] & suspect[b]
    same, told = (of[a] == of[b])[inside] & (of[a] != "")[inside], p[inside]
    _, sizes = np.unique([name for name in campaign.values() if name], return_counts=True)
    missed = int((sizes * (sizes - 1) // 2).sum()) - int(same.sum())
    others = len(campaign) * (len(campaign) - 1) // 2 - len(same) - missed
    y = np.concatenate([same, np.ones(missed, bool), np.zeros(others, bool)])
    score = np.concatenate([told, np.zeros(missed + others)])
    precision, recall, _ = precision_recall_curve(y, score)
    likely = p >= linked.LISTED_FROM
    group = groups(len(numbers), a[likely], b[likely], p[likely])
    bad = {int(one) for one, name in zip(group.tolist(), of.tolist(), strict=True) if name}
    wanted = [number for number, name in campaign.items() if not name]
    place = {number: at for at, number in enumerate(numbers)}
    wrong = sum(number in place and int(group[place[number]]) in bad for number in wanted)
    return {
        "average_precision": float(average_precision_score(y, score)),
        "recall_at_precision_95": float(recall[:-1][precision[:-1] >= 0.95].max(initial=0)),
        "ari": _ari(campaign, place, group),
        "wanted_linked": wrong / max(len(wanted), 1),
    }


def _ari(campaign: dict[int, str], place: dict[int, int], group: npt.NDArray[np.int64]) -> float:
    true = [name or f"alone {number}" for number, name in campaign.items()]
    told = [str(group[place[number]]) if number in place else f"alone {number}" for number in campaign]
    return float(adjusted_rand_score(true, told))


def _grown(n: int, engine: str) -> Figures:
    """Return how long it takes to count, propose and weigh ``n`` numbers of campaigns, a dozen calls each."""
    with TemporaryDirectory(prefix="bench-link-") as name:
        file = Path(name) / "calls.parquet"
        rows = written_calls(n, file)
        begun = time.perf_counter()
        with calls_in([file], Path(name), engine) as table:
            calls = calls_of(table)
            known = _profiled(calls, counted.summary(calls), {})
        profiled = time.perf_counter()
        proposals = len(candidates(known)[0])
        proposed = time.perf_counter()
        comparing, model = Comparing(known), pair_model.factory()
        a, b, p = linked.weighed(comparing, model, Alike(known, {}))
        weighed = time.perf_counter()
        told = np.flatnonzero(p >= linked.LISTED_FROM)
        for part in parts(len(told)):
            model.families(comparing.rows(a[told[part]], b[told[part]]))
        ended = time.perf_counter()
    figures: Figures = {
        "numbers": len(known.n),
        "calls": rows,
        "engine": engine,
        "candidates": proposals,
        "candidates_a_number": round(proposals / len(known.n), 1),
        "weighed": len(p),
        "listed": len(told),
        "count_s": round(profiled - begun, 1),
        "propose_s": round(proposed - profiled, 1),
        "weigh_s": round(weighed - proposed, 1),
        "explain_s": round(ended - weighed, 1),
        "peak_gb": peak_gb(),
    }
    click.echo(json.dumps(figures), err=True)
    return figures
