"""``wurao bench evasion``: what an attacker who adapts gains against the factory's model, and what it costs in calls.

One trade of the simulated world, robots on cards of a SIM farm, with one figure changed at a time: rate, pacing, ring
times, warm-up, call-backs, chatter among its own cards. The model learnt from none of this. A label counts as caught.
AUC after 20 calls is against the wanted callers of an ordinary world of the same seed. ``unlabelled_a_day`` is what
the attacker has of it: calls that ring without a label, for each number and day that it is worn; the cost is what it
lacks to ``calls_a_day`` of the trade as it is.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import click
import msgspec
import numpy as np

from wurao.bench.early import shipped_model
from wurao.bench.early_world import Floats, Plan, drawn, made, scored
from wurao.bench.measure import Figures, machine, student
from wurao.core.clock import DAY_US
from wurao.detection.scoring.judging import Model
from wurao.detection.scoring.learning import library
from wurao.sim.figures import Figures as World
from wurao.sim.figures import shipped
from wurao.sim.world import Options

TRADE: Final = "courses"
CHANGES: Final[Mapping[str, Mapping[str, Any]]] = {
    "as it is": {},
    "rate 5–10 a day": {"calls_a_day": (5, 10)},
    "rate 10–20 a day": {"calls_a_day": (10, 20)},
    "rate 40–80 a day": {"calls_a_day": (40, 80)},
    "rate 80–160 a day": {"calls_a_day": (80, 160)},
    "paced like a clock": {"even": (0.7, 0.9)},
    "paced like a person": {"even": (0.02, 0.1), "session": (1, 1)},
    "ring times jittered": {"ring_jitter": (0.15, 0.45)},
    "no script steps": {"step_s": (0, 0), "talk_sigma": (1.0, 1.5)},
    "no warm-up": {"warm_up_days": 0},
    "warm-up of 3 days": {"warm_up_days": 3},
    "called back by 10–30 %": {"callback": (0.1, 0.3)},
    "no chatter": {"camouflage_a_day": (0, 0)},
    "chatter 10–20 a day": {"camouflage_a_day": (10, 20)},
    "all: slow, human, chatter 10–20": {
        "calls_a_day": (5, 10),
        "even": (0.02, 0.1),
        "session": (1, 1),
        "ring_jitter": (0.15, 0.45),
        "step_s": (0, 0),
        "talk_sigma": (1.0, 1.5),
        "warm_up_days": 3,
        "callback": (0.1, 0.3),
        "camouflage_a_day": (10, 20),
    },
}
CAUGHT_BY: Final = (20, 50, 100)
AUC_AT: Final = 20
FIRST_SEED: Final = 201
VESTS, LONG_VESTS = 20, 40
SUBSCRIBERS, LONG_SUBSCRIBERS = 1_000, 2_000
DAYS, LONG_DAYS = 3, 7
SEEDS, LONG_SEEDS = 1, 3

options = [
    click.Option(["--seeds"], type=click.IntRange(1), help="Worlds of each change (default 1, --long 3)."),
]


def run(long: bool, seeds: int | None = None) -> Figures:  # noqa: FBT001 - every benchmark's signature
    """Try each change in each world and return the table."""
    model = shipped_model()
    plan = Plan(LONG_SUBSCRIBERS, LONG_DAYS) if long else Plan(SUBSCRIBERS, DAYS)
    vests = LONG_VESTS if long else VESTS
    numbers = range(FIRST_SEED, FIRST_SEED + (seeds or (LONG_SEEDS if long else SEEDS)))
    attack = msgspec.structs.replace(plan, options=Options(numbers={TRADE: vests}))
    wanted = {seed: _wanted(model, seed, plan) for seed in numbers}
    table = {}
    for name, change in CHANGES.items():
        click.echo(name, err=True)
        tried = [_tried(model, seed, attack, changed(change), wanted[seed]) for seed in numbers]
        table[name] = {of: _over([one[of] for one in tried]) for of in tried[0]}
    return {
        "bench": "evasion",
        "machine": machine(),
        "sizes": {"subscribers": plan.subscribers, "days": plan.days, "vests_at_a_time": vests, "seeds": len(numbers)},
        "baseline": f"the trade {TRADE} as it is",
        "changes": {name: dict(change) for name, change in CHANGES.items()},
        "table": table,
    }


def changed(change: Mapping[str, Any]) -> World:
    """Return the shipped figures with some of the trade's replaced."""
    figures = shipped()
    trades = tuple(msgspec.structs.replace(one, **change) if one.name == TRADE else one for one in figures.campaigns)
    return msgspec.structs.replace(figures, campaigns=trades)


def _wanted(model: Model, seed: int, plan: Plan) -> Floats:
    """Return the evidence after ``AUC_AT`` calls of who is wanted in an ordinary world."""
    with drawn(seed, plan) as world:
        return _at(model, scored(model, world).evidence[~world.bad])


def _at(model: Model, evidence: Floats) -> Floats:
    column = evidence[:, [stage.k for stage in model.manifest.stages].index(AUC_AT)]
    return column[~np.isnan(column)]


def _tried(model: Model, seed: int, plan: Plan, figures: World, wanted: Floats) -> dict[str, float | None]:
    with drawn(seed, plan, figures) as world:
        found, calls = scored(model, world), made(world)
    calling = world.bad & (calls > 0)
    calls, first, worn = calls[calling], found.first_label[calling], world.worn_us[calling] / DAY_US
    unlabelled = np.where(first > 0, np.minimum(first - 1, calls), calls)
    theirs = _at(model, found.evidence[calling])
    bad = np.repeat([1, 0], [len(theirs), len(wanted)])
    scores = np.concatenate([theirs, wanted])
    auc = float(library("sklearn.metrics").roc_auc_score(bad, scores)) if len(theirs) and len(wanted) else None
    return {
        f"auc_k{AUC_AT}": auc,
        **{f"caught_by_{k}": _share(first[calls >= k], k) for k in CAUGHT_BY},
        "caught": float(np.mean((first > 0) & (first <= calls))),
        "calls_a_day": float(calls.sum() / worn.sum()),
        "unlabelled_a_day": float(unlabelled.sum() / worn.sum()),
    }


def _share(first: np.ndarray, k: int) -> float | None:
    """Return the share labelled from the call after the k-th on, among numbers with so many calls; None if none has."""
    return float(np.mean((first > 0) & (first <= k + 1))) if len(first) else None


def _over(values: Sequence[float | None]) -> list[float] | None:
    known = [value for value in values if value is not None]
    return student(known) if known else None
