"""``wurao bench early``: how early the detector knows nuisance, beside rules of thumb, in worlds that it never saw.

Three kinds of worlds, each of a seed and days of its own – other campaigns, numbers, people: one to learn from, one on
which every threshold is tuned, the rest to test on. The rules of thumb (``early_rules``) see the same calls and are
tuned to hit at most 1 in 1,000 wanted numbers (label) and 1 in 10,000 (reject); the detector stands there twice, as
shipped and tuned alike. Intervals are Student's over the tested worlds at 95 %.

A number is caught where an action begins at one of its calls; calls and victims are those before that call, over all
nuisance numbers that called, with those never caught among them. Numbers that persons lent are part of the headline;
figures without them stand beside it, as they set the limit: half of what such a number calls is a private life. Who has
many calls is a harder mix than who has five; ``separation_of_100_calls`` follows the same numbers through all stages,
``separation_latest`` judges everybody at each k by as many calls as there are. A card that is lent later than its k-th
call is a person's at k and not judged there; ``separation_whenever`` counts it as nuisance nevertheless.
"""

from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import click
import msgspec
import numpy as np

from wurao.bench import early_rules
from wurao.bench.early_figures import (
    Caught,
    Outcome,
    caught,
    everybody,
    latest,
    not_lent,
    separation,
    talkative,
    wanted,
    whenever,
)
from wurao.bench.early_rules import Limits
from wurao.bench.early_world import Drawn, Flags, Ints, Plan, Scored, drawn, first_above, highest, made, scored
from wurao.bench.measure import Figures, machine, peak_gb
from wurao.detection.scoring import models
from wurao.detection.scoring.judging import Model
from wurao.detection.scoring.learning import library
from wurao.detection.scoring.training import Sources, train

SUBSCRIBERS: Final = 3_000
LONG_SUBSCRIBERS: Final = 200_000
DAYS: Final = 5
LONG_DAYS: Final = 14
SEEDS: Final = 2
LONG_SEEDS: Final = 5
LABEL_RATE: Final = 1e-3
REJECT_RATE: Final = 1e-4
LEARNT, TUNED, FIRST_TESTED = 101, 102, 103
"""Seeds; none of them is the factory model's."""
DETECTOR, TUNED_ALIKE = "detector", "detector_tuned_alike"

options = [
    click.Option(["--subscribers"], type=int, help="People of each world (default 3,000, --long 200,000)."),
    click.Option(["--days"], type=int, help="Days of each world (default 5, --long 14)."),
    click.Option(["--seeds"], type=click.IntRange(1), help="Worlds to test on (default 2, --long 5)."),
    click.Option(["--factory"], is_flag=True, help="Test the factory's model instead of one learnt here."),
]


def run(
    long: bool,  # noqa: FBT001 - every benchmark's signature
    subscribers: int | None = None,
    days: int | None = None,
    seeds: int | None = None,
    factory: bool = False,  # noqa: FBT001, FBT002
) -> Figures:
    """Learn, tune and test, and return the figures."""
    plan = Plan(subscribers or (LONG_SUBSCRIBERS if long else SUBSCRIBERS), days or (LONG_DAYS if long else DAYS))
    with TemporaryDirectory(prefix="bench-early-") as name:
        model = shipped_model() if factory else learnt_model(Path(name), plan)
    with drawn(TUNED, plan) as world:
        limits = tune(model, world)
    tested = []
    for seed in range(FIRST_TESTED, FIRST_TESTED + (seeds or (LONG_SEEDS if long else SEEDS))):
        with drawn(seed, plan) as world:
            tested.append(outcome(model, world, limits))
    return {
        "bench": "early",
        "machine": machine(),
        "sizes": {"subscribers": plan.subscribers, "days": plan.days, "seeds": len(tested)},
        "model": {
            "factory": factory,
            "callers": model.manifest.callers,
            "trees": msgspec.structs.asdict(model.manifest.recipe),
        },
        "numbers": [{"bad": int(one.world["bad"].sum()), "good": int((~one.world["bad"]).sum())} for one in tested],
        "separation": separation(tested, everybody),
        "separation_without_lent": separation(tested, not_lent),
        "separation_of_100_calls": separation(tested, talkative),
        "separation_latest": separation(tested, everybody, latest),
        "separation_whenever": separation(tested, everybody, whenever),
        "baseline": "calls an hour, OpenSIPS' fraud_detection, a report list, tuned to the same rates",
        "limits": {name: msgspec.structs.asdict(one) for name, one in limits.items()},
        "caught": {name: caught(tested, name, everybody) for name in tested[0].caught},
        "caught_without_lent": {name: caught(tested, name, not_lent) for name in tested[0].caught},
        "wanted": {name: wanted(tested, name) for name in tested[0].caught},
        "peak_gb": peak_gb(),
    }


def learnt_model(folder: Path, plan: Plan) -> Model:
    """Return a model of a world of its own."""
    library("lightgbm"), library("onnxmltools"), library("onnxruntime")
    with drawn(LEARNT, plan) as world:
        done = train(world.features, world.truth, folder / "early", Sources({}, simulated=True, now_us=0))
    return Model(models.read(Path(done.path)))


def shipped_model() -> Model:
    """Return the factory's model."""
    folder = models.FACTORY / "robots"
    roles = models.roles(folder)
    assert roles is not None  # noqa: S101 - the wheel brings it
    return Model(models.read(models.path_of(folder, roles.champion)))


def tune(model: Model, world: Drawn) -> dict[str, Limits]:
    """Return limits of each rule, and of the detector's evidence, that hit wanted numbers at the stated rates."""
    early_rules.tell(world.db)
    good = ~world.bad & (made(world) > 0)
    limits = {}
    for rule, names in early_rules.RULES.items():
        counts = early_rules.most(world.db, world.numbers, rule)[good]
        limits[rule] = Limits(*(early_rules.tuned(counts, names, rate) for rate in (LABEL_RATE, REJECT_RATE)))
    evidence = scored(model, world).evidence[good]
    limits[TUNED_ALIKE] = Limits(*({"evidence": highest(evidence, rate)} for rate in (LABEL_RATE, REJECT_RATE)))
    return limits


def outcome(model: Model, world: Drawn, limits: Mapping[str, Limits]) -> Outcome:
    """Return what the detector and each rule catch in a world that none of them saw."""
    early_rules.tell(world.db)
    calls, found = made(world), scored(model, world)
    firsts = {DETECTOR: {"label": found.first_label, "reject": found.first_reject}}
    for name, limit in limits.items():
        firsts[name] = {
            action: _first(world, found, name, one) for action, one in msgspec.structs.asdict(limit).items()
        }
    known = calls > 0
    return Outcome(
        world={"kinds": world.kinds[known], "bad": world.bad[known], "lent": world.lent[known], "calls": calls[known]},
        scored=Scored(found.evidence[known], found.by_then[known], found.first_label[known], found.first_reject[known]),
        caught={
            name: {action: _caught(world, np.where(first > calls, 0, first), known) for action, first in by.items()}
            for name, by in firsts.items()
        },
    )


def _first(world: Drawn, found: Scored, name: str, limit: Mapping[str, Any]) -> Ints:
    if name == TUNED_ALIKE:
        return first_above(found.evidence, limit["evidence"])
    hits: Ints = early_rules.first_hits(world.db, world.numbers, limit)
    return hits


def _caught(world: Drawn, first: Ints, known: Flags) -> Caught:
    return Caught(first[known], early_rules.victims_before(world.db, world.numbers[known], first[known]))
