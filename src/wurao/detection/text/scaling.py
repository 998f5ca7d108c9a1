"""What margins are worth: a slope and an offset a label, learnt on texts whose template was left out (vector scaling).

Labels differ in how far a new template of theirs gets: of a label with five templates a new one reaches a lower margin
than of one with a thousand, and one threshold for all would never say the rare label. After Guo et al. (ICML 2017),
with two changes: a template weighs like one text, however often it came; and labels weigh like the root of their
number of templates, between what is likeliest (accuracy) and what treats labels alike (macro-F1). Probabilities are
therefore of a world where labels are as even as that. Deviations from one slope and no offset are paid for, so that
labels with few texts stay near the others; texts whose label was only in the left-out part teach nothing of it.
"""

from typing import Final

import msgspec
import numpy as np

from wurao.detection.scoring.learning import library
from wurao.detection.text.linear import UNLEARNT, Floats, Indices, Linear, together

_PRICE: Final = 0.01
"""Of the squared logarithm of a slope's ratio to the common one; an offset's square costs a tenth."""
_SLOPES: Final = (0.5, 20.0)
"""The common one lies between: margins that are all right would want it without end."""


class Scale(msgspec.Struct, frozen=True):
    """What margins are multiplied by, and what is added, a label each."""

    slopes: Floats
    offsets: Floats

    def of(self, margins: Floats) -> Floats:
        """Return the logarithms of odds [texts, labels], up to a constant a text."""
        scaled: Floats = margins * self.slopes + self.offsets
        return scaled


def scale(margins: Floats, y: Indices, groups: Indices) -> Scale:
    """Return the scale under which the labels of left-out ``margins`` are most probable."""
    labels = margins.shape[1]
    there = np.arange(labels) == y[:, None]
    weight = _weight(y, groups, labels) * (margins[there] != UNLEARNT)

    def loss(place: Floats) -> tuple[float, Floats]:
        ratios, offsets = place[1 : labels + 1], place[labels + 1 :]
        sloped = margins * np.exp(place[0] + ratios)
        told = probabilities(sloped + offsets)
        gaps = (told - there) * weight[:, None]
        steep = (gaps * sloped).sum(axis=0)
        paid = _PRICE * float(ratios @ ratios + offsets @ offsets / 10)
        uphill = np.concatenate([[steep.sum()], steep + 2 * _PRICE * ratios, gaps.sum(axis=0) + _PRICE * offsets / 5])
        return paid - float(weight @ np.log(np.maximum(told[there], 1e-12))), uphill

    least, most = np.log(_SLOPES)
    start = np.concatenate([[(least + most) / 2], np.zeros(2 * labels)])
    bounds = [(least, most), *[(None, None)] * (2 * labels)]
    found = library("scipy.optimize").minimize(loss, start, jac=True, method="L-BFGS-B", bounds=bounds).x
    return Scale(np.exp(found[0] + found[1 : labels + 1]), found[labels + 1 :])


def scaled(linear: Linear, by: Scale) -> Linear:
    """Return the weights whose margins are already scaled."""
    weights = (linear.weights * by.slopes).astype(np.float32)
    offsets = by.of(linear.offsets.astype(np.float64)).astype(np.float32)
    return msgspec.structs.replace(linear, weights=weights, offsets=offsets)


def probabilities(scaled_margins: Floats) -> Floats:
    """Return [texts, labels], rows adding up to 1."""
    raised = np.exp(scaled_margins - scaled_margins.max(axis=1, keepdims=True))
    told: Floats = raised / raised.sum(axis=1, keepdims=True)
    return told


def _weight(y: Indices, groups: Indices, labels: int) -> Floats:
    """Return the weights of texts, adding up to 1."""
    weight = 1 / together(groups)
    templates = np.bincount(y, weights=weight, minlength=labels)
    even: Floats = weight / np.sqrt(templates[y])
    even /= even.sum()
    return even
