"""``wurao detect evaluate``: learn from one table, judge another, never looking at the second before.

The decision threshold comes from scores of training rows by members that left those rows out.
"""

from collections.abc import Sequence
from pathlib import Path

from wurao.detection.scoring.figures import Figures, balanced_threshold, judge
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
    return learn_and_judge(learnt, tested, recipe or TABLE)


def learn_and_judge(learnt: Labelled, tested: Labelled, recipe: Recipe) -> Figures:
    """Return the figures of a model grown on ``learnt`` and judged on ``tested``, both with the same columns."""
    forest = grow(Rows(learnt.x, learnt.y, learnt.names), recipe)
    threshold = balanced_threshold(learnt.y, forest.raw)
    scores = raw_scores(forest.text, tested.x)
    return judge(tested.y, scores, threshold=threshold, n_train=len(learnt.y), columns=len(learnt.names))
