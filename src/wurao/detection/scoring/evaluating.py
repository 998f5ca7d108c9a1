"""``wurao detect evaluate``: learn from one table, judge another, never looking at the second before.

The decision threshold comes from scores of training rows by members that left those rows out.
"""

from collections.abc import Sequence
from pathlib import Path

from wurao.detection.scoring.figures import Figures, Scores, balanced_threshold, judge
from wurao.detection.scoring.labelled import (
    Labelled,
    feature_names,
    labelled,
    read_table,
    refuse_few,
    refuse_overlap,
)
from wurao.detection.scoring.trees import TABLE, Recipe, Rows, grow, raw_scores

LEAST_TESTED = 1


def evaluate(
    train: Path,
    test: Path,
    *,
    label: str,
    key: str,
    columns: Sequence[str] = (),
    drop: Sequence[str] = (),
    recipe: Recipe | None = None,
) -> Figures:
    """Return the figures of a model grown on ``train`` and judged on ``test``; raises InputError for unfit tables."""
    learnt_table, tested_table = read_table(train), read_table(test)
    names = feature_names(learnt_table, train, label=label, key=key, columns=columns, drop=drop)
    learnt = labelled(learnt_table, train, names, label=label, key=key)
    tested = labelled(tested_table, test, names, label=label, key=key)
    refuse_few(learnt, train)
    refuse_few(tested, test, LEAST_TESTED)
    refuse_overlap(learnt, tested, key)
    scores, threshold = learn_and_score(learnt, tested, recipe or TABLE)
    return judge(tested.y, scores, threshold=threshold, n_train=len(learnt.y), columns=len(names))


def learn_and_score(learnt: Labelled, tested: Labelled, recipe: Recipe) -> tuple[Scores, float]:
    """Return log-odds of ``tested`` by a model grown on ``learnt``, and from which on a row counts as 1."""
    forest = grow(Rows(learnt.x, learnt.y, learnt.names), recipe)
    return raw_scores(forest.text, tested.x), balanced_threshold(learnt.y, forest.raw)
