"""The vest model: how likely a new number is a known campaign's, given how its first calls resemble it.

A logistic model over ``resembling.COLUMNS`` for each number of calls seen, learnt from the first calls of simulated
worlds. Its inputs are log-likelihood ratios, so that a weight says how far each can be believed; what is missing says
nothing. It lies in the wheel (``factory/vests``) with its card; ``wurao campaigns train-vests`` makes it anew.
"""

from pathlib import Path
from typing import Final

import msgspec
import numpy as np
import numpy.typing as npt

from wurao.core.errors import VerificationError
from wurao.detection.inheriting.resembling import COLUMNS, FAMILIES
from wurao.detection.inheriting.signatures import Floats

FACTORY: Final = Path(__file__).parent.parent / "factory" / "vests" / "0001"
WEIGHTS, CARD = "vests.json", "card.md"
RIDGE: Final = 3.0
"""How strongly weights are drawn to 0."""
_STEPS: Final = 60
_LONGEST_STEP: Final = 3.0
_PLACES: Final = [[COLUMNS.index(name) for name in names] for names in FAMILIES.values()]
Bools = npt.NDArray[np.bool_]


class Weights(msgspec.Struct, frozen=True):
    """For each number of calls, from 1 on: log-odds where nothing is known, then a weight a column."""

    columns: tuple[str, ...]
    after: tuple[tuple[float, ...], ...]


class VestModel:
    """A model at work; raises VerificationError where it weighs other columns."""

    def __init__(self, weights: Weights) -> None:
        if weights.columns != COLUMNS or any(len(one) != len(COLUMNS) + 1 for one in weights.after):
            raise VerificationError("the vest model compares something else", mend="wurao campaigns train-vests")
        self._after = np.array(weights.after)

    def p_same(self, x: Floats, calls: int) -> Floats:
        """Return the probability of each row of comparisons after so many calls."""
        const, *weights = self._after[min(calls, len(self._after)) - 1]
        return np.asarray(1 / (1 + np.exp(-(const + np.nan_to_num(x) @ weights))))

    def families(self, x: Floats, calls: int) -> Floats:
        """Return what each family adds to the log-odds, [rows, FAMILIES]."""
        added = np.nan_to_num(x) * self._after[min(calls, len(self._after)) - 1][1:]
        return np.stack([added[:, its].sum(axis=1) for its in _PLACES], axis=1)


def factory(folder: Path = FACTORY) -> VestModel:
    """Return the model of the wheel; raises VerificationError where it is damaged."""
    path = folder / WEIGHTS
    try:
        return VestModel(msgspec.json.decode(path.read_bytes(), type=Weights))
    except (OSError, msgspec.DecodeError):
        raise VerificationError("no usable model", where=str(path), mend="wurao campaigns train-vests") from None


def write(folder: Path, weights: Weights, card: str) -> None:
    """Write a model and its card to a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / WEIGHTS).write_bytes(msgspec.json.format(msgspec.json.encode(weights)))
    (folder / CARD).write_text(card, encoding="utf-8")


def fitted(x: Floats, same: Bools, weight: Floats) -> tuple[float, ...]:
    """Return the constant and the weights that fit best, drawn to 0 by ``RIDGE``: Newton's steps, bounded."""
    rows = np.hstack([np.ones((len(x), 1)), np.nan_to_num(x)])
    told = np.zeros(rows.shape[1])
    told[0] = np.log(max((weight * same).sum(), 0.5) / max((weight * ~same).sum(), 0.5))
    ridge = np.full(len(told), RIDGE)
    ridge[0] = 1e-6
    for _ in range(_STEPS):
        p = 1 / (1 + np.exp(-(rows @ told)))
        slope = rows.T @ (weight * (same - p)) - ridge * told
        bend = (rows.T * (weight * p * (1 - p))) @ rows + np.diag(ridge)
        step = np.linalg.solve(bend, slope)
        told += step * min(1.0, _LONGEST_STEP / np.abs(step).max(initial=1e-12))
        if np.abs(step).max() < 1e-6:
            break
    return tuple(round(float(one), 5) for one in told)
