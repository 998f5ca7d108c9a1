"""``wurao bench world``: how hard the simulated world is, beside real numbers: LightGBM on a month of a phone bill.

Real are the 3,697 numbers of a Sichuan carrier as aggregates (``--real``): 2.1 ordinary numbers for each fraudulent
one, all mobile. The same mix is taken from the world: every vest that is a mobile, and mobiles of subscribers and
wanted bulk callers in the proportion in which they live. The features are what a bill knows – answered calls, peers,
talk, direction, hours, handsets, cells – and nothing of rings, trunks or who hung up: the detector may know more, so
this says how hard the world is, not how good the detector.

A naive world gives .9996. Five-fold cross-validation, untuned LightGBM; intervals are 1.96 standard errors over seeds.
"""

from collections.abc import Sequence
from pathlib import Path
from statistics import fmean, stdev
from tempfile import TemporaryDirectory
from typing import Any, Final

import click
import duckdb
import numpy as np
from numpy.typing import NDArray

from wurao.bench.measure import Figures, machine, peak_gb, seconds
from wurao.core.clock import parse_instant
from wurao.core.errors import InputError
from wurao.sim.figures import shipped
from wurao.sim.world import World
from wurao.sim.writing import write

SUBSCRIBERS: Final = 10_000
LONG_SUBSCRIBERS: Final = 60_000
DAYS: Final = 30
SEEDS: Final = 3
LONG_SEEDS: Final = 5
START: Final = "2026-03-02T00:00:00+08:00"
LEAST_CALLS: Final = 9
"""Answered calls that a number must have; Sichuan: 5 % of the fraudulent have fewer."""
ORDINARY: Final = 2.08
"""Ordinary numbers for each fraudulent one. Sichuan: 2,497 to 1,200."""
REAL: Final = Path("../shared/data/sichuan_features.parquet")
LIFETIME: Final = ("voc_day_nunique", "voc_day_mode", "voc_day_mode_count")
"""Real columns that tell how long a number lived before it was cut off."""
VOICE: Final = (
    *("opposite_count", "opposite_unique", "voccalltype1", "imeis", "voc_calltype1", "city_name_call"),
    *("county_name_call", "phone2opposite_mean", "phone2opposite_median", "phone2opposite_max"),
    *("phone2oppo_sum_mean", "phone2oppo_sum_median", "phone2oppo_sum_max", "call_dur_mean", "call_dur_median"),
    *("call_dur_max", "call_dur_min", "city_name_nunique", "county_name_nunique", "calltype_id_unique"),
    *("voc_hour_mode", "voc_hour_mode_count", "voc_hour_nunique", *LIFETIME),
)
MEDIANS: Final = {
    "calls": "opposite_count",
    "peers": "opposite_unique",
    "peer_calls_mean": "phone2opposite_mean",
    "out_share": "voc_calltype1",
    "talk_median": "call_dur_median",
    "imeis": "imeis",
    "cells_mean": "county_name_nunique",
    "hour_nunique": "voc_hour_nunique",
}
"""What is set beside what: ours and theirs; cells of a call stand in for counties."""

_BILL: Final = """
create table bill as
  select caller as number, callee as peer, true as outgoing, talk_ms, start_us, imei_tac, cells
  from calls where talk_ms > 0
  union all
  select callee, caller, false, talk_ms, start_us, null, null from calls where talk_ms > 0
"""
_FEATURES: Final = """
with peers as (
  select number, avg(n) peer_calls_mean, median(n) peer_calls_median, max(n) peer_calls_max,
         avg(s) peer_talk_mean, median(s) peer_talk_median, max(s) peer_talk_max
  from (select number, peer, count(*) n, sum(talk_ms) s from bill group by all) group by number
), clock as (
  select number, count(*) hour_nunique, max(n) hour_mode_count, arg_max(hour, n) hour_mode
  from (select number, (start_us // 3600000000 + 8) % 24 as hour, count(*) n from bill group by all) group by number
), whole as (
  select number, count(*) calls, count(distinct peer) peers, sum(outgoing::int) out_calls, avg(outgoing::int) out_share,
         count(distinct imei_tac) imeis, avg(talk_ms) talk_mean, median(talk_ms) talk_median, max(talk_ms) talk_max,
         min(talk_ms) talk_min, avg(cells) cells_mean, max(cells) cells_max, sum(cells) cells_sum
  from bill group by number
)
select whole.*, peers.* exclude number, clock.* exclude number, kind, nuisance
from whole join peers using (number) join clock using (number)
  join (select number, any_value(kind) kind, bool_or(nuisance) nuisance from callers group by number) using (number)
where calls >= {least} and imeis > 0 and regexp_matches(number, '^1[3-9]') and kind <> 'outsider' order by number
"""
options = [
    click.Option(["--subscribers"], type=int, help="People of each world (default 10,000, --long 60,000)."),
    click.Option(["--seeds"], type=int, help="Worlds (default 3, --long 5)."),
    click.Option(["--real"], type=click.Path(path_type=Path), default=REAL, show_default=True, help="Real numbers."),
]

Numbers = NDArray[np.float64]


def run(long: bool, subscribers: int | None = None, seeds: int | None = None, real: Path = REAL) -> Figures:  # noqa: FBT001
    """Make the worlds, fit and test on each, and return the figures beside the real ones."""
    _needs_learning()
    subscribers = subscribers or (LONG_SUBSCRIBERS if long else SUBSCRIBERS)
    worlds = [_world(subscribers, seed) for seed in range(1, 1 + (seeds or (LONG_SEEDS if long else SEEDS)))]
    scored = [_scored(*world["sample"]) for world in worlds]
    return {
        "bench": "world",
        "machine": machine(),
        "sizes": {"subscribers": subscribers, "days": DAYS, "seeds": len(worlds), "least_calls": LEAST_CALLS},
        "calls": [world["calls"] for world in worlds],
        "calls_a_minute": [world["calls_a_minute"] for world in worlds],
        "numbers": [len(world["sample"][1]) for world in worlds],
        "world": {name: _interval([one[name] for one in scored]) for name in scored[0]},
        "unseen_seed": _unseen([world["sample"] for world in worlds]),
        "medians": worlds[0]["medians"],
        "detected_at_1_percent": worlds[0]["by_kind"],
        "baseline": "the real numbers, cross-validated alike" if real.exists() else "no real numbers in that place",
        "real": _real(real) if real.exists() else None,
        "peak_gb": peak_gb(),
    }


def _needs_learning() -> None:
    try:
        import lightgbm  # noqa: F401
        import sklearn  # noqa: F401
    except ImportError:
        raise InputError("needs LightGBM and scikit-learn", mend='pip install "wurao[ml]"') from None


def _world(subscribers: int, seed: int) -> dict[str, Any]:
    with TemporaryDirectory(prefix="bench-world-") as name:
        folder, rows = Path(name), {}

        def simulated() -> None:
            rows.update(write(World(shipped(), seed, subscribers, parse_instant(START), DAYS), folder))

        took = seconds(simulated)
        columns, values, kinds, labels = _features(folder)
    chosen = _mixed(np.random.default_rng(seed), labels)
    sample = values[chosen], labels[chosen], kinds[chosen]
    return {
        "calls": rows["calls"],
        "calls_a_minute": round(rows["calls"] / took * 60),
        "sample": sample[:2],
        "medians": {
            ours: [
                round(float(np.median(values[chosen][labels[chosen] == label, columns.index(ours)])), 2)
                for label in (0, 1)
            ]
            for ours in MEDIANS
        },
        "by_kind": _by_kind(*sample),
    }


def _features(folder: Path) -> tuple[list[str], Numbers, NDArray[np.str_], NDArray[np.int64]]:
    with duckdb.connect() as db:
        db.execute(f"create view calls as from '{folder}/calls.parquet'")
        db.execute(f"create view callers as from '{folder}/truth/callers.parquet'")
        db.execute(_BILL)
        table = db.execute(_FEATURES.format(least=LEAST_CALLS)).fetchnumpy()
    columns = [name for name in table if name not in {"number", "kind", "nuisance"}]
    return columns, _stacked(table, columns), table["kind"].astype(str), table["nuisance"].astype(np.int64)


def _stacked(table: dict[str, Any], columns: Sequence[str]) -> Numbers:
    """Columns side by side; what is missing is not a number."""
    return np.stack([np.ma.filled(np.ma.asarray(table[name], np.float64), np.nan) for name in columns], axis=1)


def _mixed(rng: np.random.Generator, labels: NDArray[np.int64]) -> NDArray[np.int64]:
    """All fraudulent numbers and 2.08 times as many others – or fewer of the former where there are not enough."""
    bad, good = rng.permutation(np.flatnonzero(labels == 1)), rng.permutation(np.flatnonzero(labels == 0))
    count = min(len(bad), int(len(good) / ORDINARY))
    return np.sort(np.concatenate([bad[:count], good[: int(count * ORDINARY)]]))


def _probabilities(values: Numbers, labels: NDArray[np.int64]) -> Numbers:
    from sklearn.model_selection import StratifiedKFold

    found = np.zeros(len(labels))
    for train, test in StratifiedKFold(5, shuffle=True, random_state=0).split(values, labels):
        found[test] = _fitted(values[train], labels[train]).predict_proba(values[test])[:, 1]
    return found


def _fitted(values: Numbers, labels: NDArray[np.int64]) -> Any:
    from lightgbm import LGBMClassifier

    return LGBMClassifier(verbose=-1, random_state=0, n_jobs=1).fit(values, labels)


def _rates(labels: NDArray[np.int64], probabilities: Numbers) -> dict[str, float]:
    from sklearn.metrics import precision_recall_curve, roc_auc_score, roc_curve

    false, true, _ = roc_curve(labels, probabilities)
    precision, recall, _ = precision_recall_curve(labels, probabilities)
    return {
        "auc": float(roc_auc_score(labels, probabilities)),
        "tpr_at_fpr_001": float(true[false <= 0.01].max()),
        "recall_at_precision_99": float(recall[precision >= 0.99].max()),
    }


def _scored(values: Numbers, labels: NDArray[np.int64]) -> dict[str, float]:
    return _rates(labels, _probabilities(values, labels))


def _by_kind(values: Numbers, labels: NDArray[np.int64], kinds: NDArray[np.str_]) -> dict[str, list[float]]:
    """How many numbers of each kind there are, and which share is called fraudulent at 1 % false positives."""
    probabilities = _probabilities(values, labels)
    above = probabilities > np.quantile(probabilities[labels == 0], 0.99)
    return {
        kind: [int((kinds == kind).sum()), round(float(above[kinds == kind].mean()), 3)]
        for kind in sorted(set(kinds.tolist()))
    }


def _unseen(samples: list[tuple[Numbers, NDArray[np.int64]]]) -> dict[str, list[float]] | None:
    """Fit on one world, test on the next: other campaigns, numbers and people."""
    if len(samples) < 2:
        return None
    pairs = zip(samples, [*samples[1:], samples[0]], strict=True)
    scored = [_rates(test[1], _fitted(*train).predict_proba(test[0])[:, 1]) for train, test in pairs]
    return {name: _interval([one[name] for one in scored]) for name in scored[0]}


def _interval(values: list[float]) -> list[float]:
    """Mean and half-width."""
    half = 1.96 * stdev(values) / len(values) ** 0.5 if len(values) > 1 else 0.0
    return [round(fmean(values), 3), round(half, 3)]


def _real(path: Path) -> Figures:
    with duckdb.connect() as db:
        table = db.execute("select * from read_parquet(?)", [str(path)]).fetchnumpy()
    labels = table["label"].astype(np.int64)
    medians = {
        ours: [round(float(np.nanmedian(_stacked(table, [theirs])[labels == label])), 2) for label in (0, 1)]
        for ours, theirs in MEDIANS.items()
    }
    rates = {
        "voice": _scored(_stacked(table, VOICE), labels),
        "without_lifetime": _scored(_stacked(table, [name for name in VOICE if name not in LIFETIME]), labels),
    }
    return {
        **{name: {key: round(value, 3) for key, value in found.items()} for name, found in rates.items()},
        "numbers": len(labels),
        "medians": medians,
    }
