"""Margins become odds: rare labels get their due, templates count once, what is folded into weights says the same."""

import numpy as np
import pytest

from wurao.detection.text.linear import UNLEARNT, Linear
from wurao.detection.text.scaling import Scale, probabilities, scale, scaled

pytest.importorskip("scipy", reason="pip install 'wurao[ml]'")


def margins(seed: int, rare: int = 8) -> tuple[np.ndarray, np.ndarray]:
    """Return margins of a common label, and of a rare one that reaches −0.6 where it is right."""
    rng = np.random.default_rng(seed)
    y = np.repeat([0, 1], [400, rare])
    told = np.where(y[:, None] == [0, 1], [0.8, -0.6], -1.0) + rng.normal(0, 0.05, (len(y), 2))
    told[y == 1, 0] = -0.55
    return told, y.astype(np.int64)


def test_a_rare_label_whose_margins_are_low_is_said() -> None:
    told, y = margins(1)
    assert (told.argmax(axis=1)[y == 1] == 0).mean() > 0.5, "else there is nothing to mend"
    by = scale(told, y, np.arange(len(y)))
    fresh, truth = margins(2)
    assert (by.of(fresh).argmax(axis=1) == truth).mean() > 0.99
    assert (by.of(fresh).argmax(axis=1)[truth == 1] == 1).all()


def test_a_template_weighs_like_one_text_however_often_it_came() -> None:
    told, y = margins(3)
    groups = np.arange(len(y))
    often = np.concatenate([groups, np.full(300, groups[-1])])
    by, once = scale(told[often], y[often], often), scale(told, y, groups)
    assert np.allclose(by.of(told), once.of(told), atol=0.05)
    assert not np.allclose(scale(told[often], y[often], np.arange(len(often))).of(told), once.of(told), atol=0.5)


def test_a_label_that_was_nowhere_else_teaches_nothing() -> None:
    told, y = margins(5)
    told[y == 1, 1] = UNLEARNT
    by = scale(told, y, np.arange(len(y)))
    assert by.slopes[1] == pytest.approx(by.slopes[0], rel=0.2), "else it would be said of everything"


def test_margins_that_are_all_right_have_a_slope_with_an_end() -> None:
    y = np.arange(40) % 2
    by = scale(np.where(y[:, None] == [0, 1], 1.0, -1.0), y.astype(np.int64), np.arange(40))
    assert by.slopes.max() < 25


def test_weights_that_are_scaled_say_what_scaled_margins_say() -> None:
    rng = np.random.default_rng(4)
    rows, weights = rng.normal(size=(5, 3)).astype(np.float32), rng.normal(size=(3, 2)).astype(np.float32)
    linear = Linear(np.arange(3, dtype=np.int32), np.ones(3, np.float32), weights, np.array([0.1, -0.2], np.float32))
    by = Scale(np.array([2.0, 0.5]), np.array([0.3, -0.1]))
    done = scaled(linear, by)
    assert np.allclose(rows @ done.weights + done.offsets, by.of(rows @ weights + linear.offsets), atol=1e-5)


def test_probabilities_add_up_to_one_at_any_size() -> None:
    told = probabilities(np.array([[1000.0, -1000.0], [0.0, 0.0]]))
    assert told.tolist() == [[1.0, 0.0], [0.5, 0.5]]
