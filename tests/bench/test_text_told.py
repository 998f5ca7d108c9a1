"""Real messages: what is learnt of a small part tells templates it never saw, the rare labels too."""

from pathlib import Path

import numpy as np
import pytest

from wurao.bench import text as bench
from wurao.detection.text.figures import judge
from wurao.detection.text.learning import learnt
from wurao.detection.text.tabled import Texts, labelled_texts

pytest.importorskip("sklearn", reason="pip install 'wurao[ml]'")
LEAST, EACH = 20, 120
"""Templates of a label: one with five is a lottery."""


def part(shared: Path) -> Texts:
    """Return one text of each template, the first ``EACH`` of each label that has ``LEAST``."""
    whole = labelled_texts(shared / "data" / bench.FILE, "text", "label", "template")
    _, first = np.unique(whole.groups, return_index=True)
    labels = np.array(whole.labels)[first]
    some = [first[labels == one][:EACH] for one in sorted(set(labels.tolist()))]
    return bench._of(whole, np.concatenate([rows for rows in some if len(rows) >= LEAST]))


def test_templates_never_seen_are_told(shared: Path) -> None:
    data = part(shared)
    tested = np.arange(len(data.texts)) % 3 == 0
    done, rest = learnt(bench._of(data, np.flatnonzero(~tested)), 1), bench._of(data, np.flatnonzero(tested))
    y = np.searchsorted(done.labels, rest.labels).astype(np.int64)
    figures = judge(y, bench._by(done, rest.texts, done.labels), done.labels, least=0.5, n_train=0)
    assert figures.accuracy > 0.9
    assert figures.macro_f1 > 0.88
    assert figures.calibration_error < 0.04
