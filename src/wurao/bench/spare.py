"""``wurao bench spare``: how many numbers of each wanted kind the factory's model labels or rejects, drawn at scale.

Numbers of a kind alone, with the calls that come back to them, over three days, from spans 1.5 times as wide as those
that the model learnt from. For each kind: numbers, how many are labelled and rejected, and the rate that this does not
rule out (95 %, one-sided). A model rejects by itself only what its calibration supports; so ``above`` counts beside it
the numbers whose evidence passes the limit that hits 1 in 10,000 wanted numbers of an ordinary world: what would be
rejected if that limit were taken for a rule.
"""

from typing import Final

import click
import numpy as np

from wurao.bench.early import REJECT_RATE, TUNED, shipped_model
from wurao.bench.early_world import Plan, drawn, first_above, highest, made, scored
from wurao.bench.measure import Figures, machine, peak_gb
from wurao.core.errors import Unknown
from wurao.detection.calibration.claims import upper_bound
from wurao.detection.scoring.judging import Model, reject_above
from wurao.sim.world import Options

KINDS: Final = ("courier", "takeaway", "hospital", "school", "reminder", "survey", "bank")
SEED: Final = 301
DAYS: Final = 3
WIDER: Final = 1.5
NUMBERS, LONG_NUMBERS = 60, 30_000
SUBSCRIBERS, LONG_SUBSCRIBERS = 1_000, 50_000

options = [
    click.Option(["--numbers"], type=click.IntRange(1), help="Numbers of each kind (default 60, --long 30,000)."),
    click.Option(["--kind", "kinds"], multiple=True, type=click.Choice(KINDS), help="Only these kinds."),
]


def run(long: bool, numbers: int | None = None, kinds: tuple[str, ...] = ()) -> Figures:  # noqa: FBT001
    """Draw each kind, score it and return what would happen to it."""
    model = shipped_model()
    subscribers = LONG_SUBSCRIBERS if long else SUBSCRIBERS
    amount = numbers or (LONG_NUMBERS if long else NUMBERS)
    limit = _limit(model, Plan(subscribers, DAYS))
    return {
        "bench": "spare",
        "machine": machine(),
        "sizes": {"subscribers": subscribers, "days": DAYS, "numbers_of_each": amount, "wider": WIDER},
        "baseline": "no number of a wanted kind rejected",
        "rejects_after": [s.k for s in model.manifest.stages if not isinstance(reject_above(s), Unknown)],
        "limit": round(limit, 3),
        "kinds": {kind: _of_kind(model, kind, amount, subscribers, limit) for kind in kinds or KINDS},
        "peak_gb": peak_gb(),
    }


def _limit(model: Model, plan: Plan) -> float:
    """Return the evidence above which 1 in 10,000 wanted numbers of an ordinary world come."""
    with drawn(TUNED, plan) as world:
        good = ~world.bad & (made(world) > 0)
        return highest(scored(model, world).evidence[good], REJECT_RATE)


def _of_kind(model: Model, kind: str, amount: int, subscribers: int, limit: float) -> Figures:
    last = model.manifest.stages[-1].k
    plan = Plan(subscribers, DAYS, Options(numbers={kind: amount}, wider=WIDER), first=last)
    with drawn(SEED, plan) as world:
        found, theirs = scored(model, world), (world.kinds == kind) & (made(world) > 0)
    judged = int(np.sum(theirs & ~np.isnan(found.evidence[:, 0])))
    hit = {
        "labelled": found.first_label > 0,
        "rejected": found.first_reject > 0,
        "above": first_above(found.evidence, limit) > 0,
    }
    counts = {name: int(np.sum(theirs & one)) for name, one in hit.items()}
    bounds = {f"{name}_at_most": upper_bound(count, int(theirs.sum())) for name, count in counts.items()}
    return {"numbers": int(theirs.sum()), "judged": judged, **counts, **bounds}
