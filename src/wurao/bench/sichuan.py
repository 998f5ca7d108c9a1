"""``wurao bench sichuan``: our trees beside LightGBM's defaults on real subscribers of a Chinese carrier.

Five-fold cross-validation inside the developers' part of $WURAO_SHARED, repeated with other folds by seed, thrice over:
all columns, calls and messages only, and all but those that count a number's life (``LIFETIME``): fraud numbers were
cut off, so these tell the outcome and nothing of early detection. Both learn from the same folds; what is said of a
difference is said of pairs. Intervals are Student's over seeds at 95 %: seeds share their rows, so the intervals tell
how much the folds matter, not how other subscribers would differ. Not claimed: anything about calls until caught.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

import click
import msgspec
import numpy as np
import numpy.typing as npt

from wurao.bench.measure import Figures, machine, student
from wurao.core.errors import InputError
from wurao.detection.scoring.evaluating import learn_and_score
from wurao.detection.scoring.figures import Labels, Scores, judge
from wurao.detection.scoring.labelled import Labelled, feature_names, labelled, read_table
from wurao.detection.scoring.trees import TABLE, Rows, plain, raw_scores

FILE: Final = "sichuan_features.parquet"
FOLDS: Final = 5
LIFETIME: Final = (
    *("voc_day_nunique", "day_nunique", "month_ids", "flow_month"),
    *("voc_day_mode", "voc_day_mode_count", "day_mode", "day_mode_count"),
    *("flow_sum", "arpu_sum", "arpu_sem", "arpu_var", "arpu_skew", "flow_var", "busi_count"),
)
"""Days and months in which the number was active, and sums or spreads over months, missing where there was but one."""
BILLED: Final = ("arpu", "flow", "busi", "month_ids")
"""Beginnings of the names of columns about bills, data and apps: what calls and messages don't tell."""
SHOWN: Final = ("auc", "average_precision", "macro_f1", "macro_recall", "g_mean", "recall_at_precision_99")
POOLED: Final = ("auc", "recall_at_precision_99")
"""Figures also of all rows under one threshold: a fold of 740 rows lets few errors pass before its precision falls."""

options = [
    click.Option(["--shared"], envvar="WURAO_SHARED", type=click.Path(path_type=Path), default="../shared"),
    click.Option(["--seeds"], type=click.IntRange(1, 10), default=1, help="Repeats with other folds (--long: 5)."),
]


def run(long: bool, shared: Path = Path("../shared"), seeds: int = 1) -> Figures:  # noqa: FBT001 - every benchmark's signature
    """Cross-validate and return the figures with intervals over seeds, printing a table as it goes."""
    path = Path(shared) / "data" / FILE
    if not path.is_file():
        raise InputError(f"no {FILE}", where=str(path.parent), mend="set WURAO_SHARED to the folder that holds data/")
    numbers = range(1, (5 if long else seeds) + 1)
    data = _data(path)
    columns = {
        "all": data.names,
        "calls_and_messages": tuple(name for name in data.names if not name.startswith(BILLED)),
        "without_lifetime": tuple(name for name in data.names if name not in LIFETIME),
    }
    return {
        "bench": "sichuan",
        "machine": machine(),
        "rows": len(data.y),
        "fraud": int(data.y.sum()),
        "folds": FOLDS,
        "seeds": list(numbers),
        "lifetime": list(LIFETIME),
        "recipe": msgspec.structs.asdict(TABLE),
        "baseline": "LightGBM, its defaults",
        "results": {name: _compared(name, data.of(chosen), numbers) for name, chosen in columns.items()},
    }


def _data(path: Path) -> Labelled:
    table = read_table(path)
    names = feature_names(table, path, label="label", key="phone_no_m", drop=["node"])
    return labelled(table, path, names, label="label", key="phone_no_m")


def _compared(name: str, data: Labelled, seeds: Sequence[int]) -> Figures:
    runs = [_folded(data, seed) for seed in seeds]
    ours, theirs = ({key: np.array([run[i][key] for run in runs]) for key in runs[0][i]} for i in range(2))
    figures: Figures = {"columns": len(data.names)}
    click.echo(f"{name}, {len(data.names)} columns: ours, baseline, gain, each with its interval", err=True)
    for key in ours:
        told = {"ours": ours[key], "baseline": theirs[key], "gain": ours[key] - theirs[key]}
        figures[key] = {what: student(values) for what, values in told.items()}
        click.echo(f"  {key:<32}{'   '.join(_told(student(values)) for values in told.values())}", err=True)
    return figures


def _folded(data: Labelled, seed: int) -> tuple[dict[str, float], dict[str, float]]:
    """Return the figures of one seed: ours, the baseline's; each the mean over the folds, and of all rows together."""
    ours, theirs = _Judged(data), _Judged(data)
    for fold in _folds(data, seed):
        learnt, tested = _rows(data, ~fold), _rows(data, fold)
        ours.add(fold, *learn_and_score(learnt, tested, msgspec.structs.replace(TABLE, seed=seed)))
        text = plain(Rows(learnt.x, learnt.y, learnt.names), seed)
        theirs.add(fold, raw_scores(text, tested.x), 0.0)
    return ours.figures(), theirs.figures()


class _Judged:
    """The folds of one seed as they are judged, each by a model that never saw it."""

    def __init__(self, data: Labelled) -> None:
        self._data = data
        self._folds: list[dict[str, float]] = []
        self._scores = np.empty(len(data.y))

    def add(self, fold: npt.NDArray[np.bool_], scores: Scores, threshold: float) -> None:
        self._folds.append(self._judge(self._data.y[fold], scores, threshold))
        self._scores[fold] = scores

    def figures(self) -> dict[str, float]:
        means = {key: float(np.mean([one[key] for one in self._folds])) for key in SHOWN}
        pooled = self._judge(self._data.y, self._scores, 0.0)
        return means | {f"pooled_{key}": pooled[key] for key in POOLED}

    def _judge(self, y: Labels, scores: Scores, threshold: float) -> dict[str, float]:
        return msgspec.structs.asdict(
            judge(y, scores, threshold=threshold, n_train=len(self._data.y) - len(y), columns=len(self._data.names))
        )


def _folds(data: Labelled, seed: int) -> Iterator[npt.NDArray[np.bool_]]:
    """Yield which rows to test on, labels spread evenly over the folds."""
    shuffled = np.random.default_rng(seed).permutation(len(data.y))
    fold = np.empty(len(data.y), np.intp)
    fold[shuffled[np.argsort(data.y[shuffled], kind="stable")]] = np.arange(len(data.y)) % FOLDS
    for one in range(FOLDS):
        yield fold == one


def _rows(data: Labelled, chosen: npt.NDArray[np.bool_]) -> Labelled:
    places = np.flatnonzero(chosen)
    return Labelled(data.names, data.x[places], data.y[places], tuple(data.ids[i] for i in places))


def _told(mean: list[float]) -> str:
    return f"{mean[0]:+.4f} [{mean[1]:+.4f}, {mean[2]:+.4f}]"
