"""The pair model: how likely two numbers are the same caller's, given their comparisons, and what each family adds.

Boosted trees over ``comparing.COLUMNS``, learnt from simulated worlds whose truth is known, each also without trunk and
user agent, and with calls that tell only who called whom when: so a missing column is nothing new to it. It lies in the
wheel (``factory/pairs``) with its card; ``wurao campaigns train`` makes it anew.
"""

from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import Any, Final

import msgspec
import numpy as np
import numpy.typing as npt
import zstandard

from wurao.core.errors import VerificationError
from wurao.detection.linking.comparing import COLUMNS, FAMILIES
from wurao.detection.linking.paths import Paths
from wurao.detection.linking.profiles import Floats
from wurao.detection.scoring.learning import library

FACTORY: Final = Path(__file__).parent.parent / "factory" / "pairs" / "0001"
TREES, CARD = "pairs.txt.zst", "card.md"
SPEAKS_FROM: Final = 0.1
"""Log-odds above which a family speaks for a pair."""
LEAST_FAMILIES: Final = 2
UNLINKED: Final = 0.49
"""The most that a pair may reach for which only one family speaks."""
_LEVEL: Final = 19
_MAX_TREES: Final = 64_000_000
WITHOUT: Final = (
    (),
    ("trunk", "agent"),
    ("trunk", "agent", "device", "ring"),
    ("device",),
)
"""Families that the copies of a learnt pair go without."""
Inputs = npt.NDArray[np.float32]
_PLACES: Final = [[COLUMNS.index(name) for name in names] for names in FAMILIES.values()]


class Recipe(msgspec.Struct, frozen=True):
    """How the trees grow."""

    rounds: int = 160
    rate: float = 0.08
    leaves: int = 24
    least_rows: int = 60
    columns: float = 0.6
    rows: float = 0.7
    seed: int = 1


class PairModel:
    """A model at work."""

    def __init__(self, text: str) -> None:
        self._booster: Any = library("lightgbm").Booster(model_str=text)
        if tuple(self._booster.feature_name()) != COLUMNS:
            raise VerificationError("the pair model compares something else", mend="wurao campaigns train")

    def p_same(self, x: Inputs) -> Floats:
        """Return the probability of each row of comparisons."""
        if not len(x):
            return np.empty(0)
        return np.asarray(self._booster.predict(x, num_threads=1), np.float64)

    def families(self, x: Inputs) -> Floats:
        """Return what each family adds to the log-odds, [rows, FAMILIES]; how much was seen adds to none.

        A family of which the calls say nothing adds 0, though to miss it may have turned a path.
        """
        if not len(x):
            return np.empty((0, len(FAMILIES)))
        silent = np.stack([np.isnan(x[:, its]).all(axis=1) for its in _PLACES], axis=1)
        return np.where(silent, 0.0, self._paths.adds(self._booster.predict(x, pred_leaf=True, num_threads=1)))

    @cached_property
    def _paths(self) -> Paths:
        return Paths(self._booster.dump_model(), list(FAMILIES.values()))


def factory(folder: Path = FACTORY) -> PairModel:
    """Return the model of the wheel; raises VerificationError where it is damaged."""
    path = folder / TREES
    try:
        packed = path.read_bytes()
        if zstandard.frame_content_size(packed) > _MAX_TREES:
            raise VerificationError("the model is too large", where=str(path), mend="wurao campaigns train")
        return PairModel(zstandard.decompress(packed).decode())
    except (OSError, zstandard.ZstdError, UnicodeDecodeError):
        raise VerificationError("no usable pair model", where=str(path), mend="wurao campaigns train") from None


def learnt(x: Inputs, same: npt.NDArray[np.bool_], weight: Floats, recipe: Recipe) -> str:
    """Return the trees, as LightGBM's text, learnt from comparisons and whether each pair is the same caller's.

    Every pair is learnt from once for each of ``WITHOUT``. The same rows give the same trees.
    """
    lightgbm = library("lightgbm")
    data = lightgbm.Dataset(
        np.vstack([without(x, families) for families in WITHOUT]),
        np.tile(same.astype(np.float64), len(WITHOUT)),
        weight=np.tile(weight / len(WITHOUT), len(WITHOUT)),
        feature_name=list(COLUMNS),
        params={"max_bin": 127, "verbose": -1},
    )
    params = {
        "objective": "binary",
        "num_leaves": recipe.leaves,
        "learning_rate": recipe.rate,
        "min_data_in_leaf": recipe.least_rows,
        "feature_fraction": recipe.columns,
        "bagging_fraction": recipe.rows,
        "bagging_freq": 1,
        "num_threads": 1,
        "deterministic": True,
        "force_row_wise": True,
        "max_bin": 127,
        "seed": recipe.seed,
        "verbose": -1,
    }
    text: str = lightgbm.train(params, data, recipe.rounds).model_to_string()
    return text


def write(folder: Path, text: str, card: str) -> None:
    """Write a model and its card to a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / TREES).write_bytes(zstandard.compress(text.encode(), _LEVEL))
    (folder / CARD).write_text(card, encoding="utf-8")


def without(x: Inputs, families: Sequence[str]) -> Inputs:
    """Return comparisons in which some families say nothing."""
    if not families:
        return x
    left = x.copy()
    left[:, [COLUMNS.index(name) for family in families for name in FAMILIES[family]]] = np.nan
    return left
