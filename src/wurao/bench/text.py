"""``wurao bench text``: what Chinese spam messages are about, told by templates never seen, evaded, and at what speed.

Five folds over templates inside the developers' part of $WURAO_SHARED, repeated with other folds by seed. Everything
that is learnt (weights, slopes, offsets) is learnt inside the training folds. One template holds nearly all texts of
one class (290 of 295), so whichever fold tests it can't have learnt the class: figures are told as the folds fall
(StratifiedGroupKFold), of the other texts alone, and with that template always among the learnt; figures that say
nothing else are of the last. Intervals are Student's over seeds at 95 %: seeds share their rows, so they tell how much
the folds matter, not how other messages would differ. Baseline: scikit-learn's TfidfVectorizer over characters and
LinearSVC with their defaults, on the same folds and in the same run.
"""

import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

import click
import msgspec
import numpy as np
import numpy.typing as npt

from wurao.bench.measure import RUNS, Figures, machine, median, student
from wurao.bench.text_evasion import evade
from wurao.core.errors import InputError
from wurao.detection.scoring.learning import library
from wurao.detection.text.features import counted
from wurao.detection.text.figures import judge
from wurao.detection.text.learning import LEAST, Learnt, learnt, told
from wurao.detection.text.linear import Floats, Indices, Judging, folds
from wurao.detection.text.manifest import TextFigures
from wurao.detection.text.scaling import probabilities
from wurao.detection.text.tabled import Texts, labelled_texts

FILE: Final = "fbs_spam_sms_zh.parquet"
SPEED_TEXTS: Final = 10_000

options = [
    click.Option(["--shared"], envvar="WURAO_SHARED", type=click.Path(path_type=Path), default="../shared"),
    click.Option(["--seeds"], type=click.IntRange(1, 10), default=1, help="Repeats with other folds (--long: 5)."),
]


def run(long: bool, shared: Path = Path("../shared"), seeds: int = 1) -> Figures:  # noqa: FBT001 - every benchmark's signature
    """Cross-validate, evade, measure the speed; prints a line a seed as it goes."""
    path = Path(shared) / "data" / FILE
    if not path.is_file():
        raise InputError(f"no {FILE}", where=str(path.parent), mend="set WURAO_SHARED to the folder that holds data/")
    data = labelled_texts(path, "text", "label", "template")
    numbers = range(1, (5 if long else seeds) + 1)
    runs = [_seed(data, seed) for seed in numbers]
    return {
        "bench": "text",
        "machine": machine(),
        "texts": len(data.texts),
        "templates": len(np.unique(data.groups)),
        "seeds": list(numbers),
        "baseline": "TfidfVectorizer(analyzer='char', ngram_range=(1, 2)) and LinearSVC, their defaults",
        "results": {key: student([run[key] for run in runs]) for key in runs[0]},
        "speed": _speed(data),
    }


class _Told(msgspec.Struct):
    """Probabilities [texts, labels]: with the giant template where the folds put it, and with it always learnt."""

    strict: Floats
    ours: Floats
    evaded: Floats
    theirs: Floats


def _seed(data: Texts, seed: int) -> dict[str, float]:
    """Return the figures of one seed over all folds."""
    labels = tuple(sorted(set(data.labels)))
    y = np.searchsorted(labels, data.labels).astype(np.int64)
    giant = data.groups == np.bincount(data.groups).argmax()
    rng = np.random.default_rng(seed)
    told_ = _Told(*(np.zeros((len(y), len(labels))) for _ in range(4)))
    for train, test in folds(y, data.groups, seed):
        if giant[test].any():
            told_.strict[test] = _by(learnt(_of(data, train), seed), [data.texts[i] for i in test], labels)
        rows, rest = np.concatenate([train, test[giant[test]]]), test[~giant[test]]
        done, some = learnt(_of(data, rows), seed), [data.texts[i] for i in rest]
        told_.ours[rest] = _by(done, some, labels)
        told_.evaded[rest] = _by(done, [evade(text, rng) for text in some], labels)
        told_.theirs[rest, _baseline([data.texts[i] for i in rows], y[rows])(some)] = 1
        if not giant[test].any():
            told_.strict[rest] = told_.ours[rest]
    figures = _told(y, told_, labels, giant)
    line = "  ".join(f"{key} {value:.4f}" for key, value in list(figures.items())[:10])
    click.echo(f"seed {seed}: {line}", err=True)
    return figures


def _by(done: Learnt, texts: Sequence[str], labels: tuple[str, ...]) -> Floats:
    """Return the probabilities of all ``labels``, 0 where one wasn't learnt."""
    found = np.zeros((len(texts), len(labels)))
    found[:, np.searchsorted(labels, done.labels)] = told(done, counted(texts))
    return found


def _told(y: Indices, told_: _Told, labels: tuple[str, ...], giant: npt.NDArray[np.bool_]) -> dict[str, float]:
    strict = judge(y, told_.strict, labels, least=LEAST, n_train=0)
    apart, rest, hidden, plain = (
        judge(y[~giant], one[~giant], labels, least=least, n_train=0)
        for one, least in ((told_.strict, LEAST), (told_.ours, LEAST), (told_.evaded, LEAST), (told_.theirs, 0.0))
    )
    name = labels[int(y[giant][0])]

    def but_one(figures: TextFigures) -> float:
        return float(np.mean([one.f1 for label, one in figures.per_class.items() if label != name]))

    return {
        "accuracy": strict.accuracy,
        "macro_f1": strict.macro_f1,
        "accuracy_without_giant": apart.accuracy,
        "macro_f1_without_giant": apart.macro_f1,
        "accuracy_giant_learnt": rest.accuracy,
        "macro_f1_giant_learnt": rest.macro_f1,
        "macro_f1_13_classes": but_one(rest),
        "accuracy_baseline": plain.accuracy,
        "macro_f1_baseline": plain.macro_f1,
        "macro_f1_13_classes_baseline": but_one(plain),
        "loss_by_evasion": rest.macro_f1 - hidden.macro_f1,
        "loss_by_evasion_13_classes": but_one(rest) - but_one(hidden),
        "accuracy_evaded": hidden.accuracy,
        "calibration_error": rest.calibration_error,
        "abstained": rest.abstained,
        "accuracy_of_answered": rest.accuracy_of_answered,
        **{f"accuracy_at_coverage_{one.coverage:.2f}": one.accuracy for one in rest.curve},
        **{f"f1 {label}": one.f1 for label, one in rest.per_class.items()},
    }


def _baseline(texts: Sequence[str], y: Indices) -> Callable[[Sequence[str]], Indices]:
    vectors = library("sklearn.feature_extraction.text").TfidfVectorizer(analyzer="char", ngram_range=(1, 2))
    machine_ = library("sklearn.svm").LinearSVC(random_state=1).fit(vectors.fit_transform(texts), y)
    return lambda some: np.asarray(machine_.predict(vectors.transform(some)))


def _speed(data: Texts) -> Figures:
    """Return texts a second on one core, whole way from text to probability, beside the baseline and at ten sizes."""
    done = learnt(data, 1)
    labels = sorted(set(data.labels))
    says = _baseline(data.texts, np.searchsorted(labels, data.labels).astype(np.int64))
    batch = [data.texts[i % len(data.texts)] for i in range(SPEED_TEXTS)]
    ours = _ours(done)
    taken = {size: _per_second(ours, batch[:size]) for size in (SPEED_TEXTS // 10, SPEED_TEXTS)}
    theirs = _per_second(says, batch)
    return {
        "texts_per_second": taken[SPEED_TEXTS],
        "texts_per_second_tenth": taken[SPEED_TEXTS // 10],
        "baseline_per_second": theirs,
        "ratio": round(taken[SPEED_TEXTS] / theirs, 2),
        "one_by_one_per_second": _per_second(lambda some: [ours([text]) for text in some], batch[:500]),
    }


def _ours(done: Learnt) -> Callable[[Sequence[str]], Floats]:
    judging = Judging(done.linear)
    return lambda some: probabilities(judging.margins(counted(some)))


def _per_second(work: Callable[[Sequence[str]], object], texts: Sequence[str]) -> float:
    def cpu() -> None:
        work(texts)

    work(texts[:100])
    start = time.process_time()
    median([cpu] * RUNS)
    return round(len(texts) * RUNS / (time.process_time() - start), 1)


def _of(data: Texts, rows: Indices) -> Texts:
    return Texts([data.texts[i] for i in rows], [data.labels[i] for i in rows], data.groups[rows])
