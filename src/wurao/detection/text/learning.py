"""``wurao classify train`` and ``classify evaluate``: learnt, calibrated on texts of other groups, written, judged."""

import hashlib
import importlib.metadata
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import msgspec
import numpy as np

from wurao import __version__
from wurao.detection.scoring import models
from wurao.detection.text.features import BITS, Matrix, counted
from wurao.detection.text.figures import judge
from wurao.detection.text.linear import (
    Floats,
    Indices,
    Judging,
    Linear,
    learn,
    left_out,
)
from wurao.detection.text.manifest import FORMAT, TextFigures, TextManifest, card
from wurao.detection.text.model import packed
from wurao.detection.text.scaling import probabilities, scale, scaled
from wurao.detection.text.tabled import Texts

LEAST: Final = 0.5
"""Probability below which no label is said: less sure than right half of the time."""
_LIBRARIES: Final = ("scikit-learn", "numpy")


class Learnt(msgspec.Struct, frozen=True):
    """A model with its labels, and what it says of the texts it learnt from by parts that left them out."""

    labels: tuple[str, ...]
    linear: Linear
    figures: TextFigures


class Trained(msgspec.Struct, frozen=True):
    """What training gave: the version, whether it acts or runs in SHADOW, and its figures."""

    name: str
    version: int
    path: str
    state: str
    texts: int
    figures: TextFigures


class Sources(msgspec.Struct, frozen=True):
    """Where texts came from, and when; ``digests`` are SHA-256 of the files."""

    digests: Mapping[str, str]
    licence: str
    now_us: int


def learnt(data: Texts, seed: int) -> Learnt:
    """Return a model of the texts. Raises ConfigError where scikit-learn is missing."""
    labels = tuple(sorted(set(data.labels)))
    y = np.searchsorted(labels, data.labels).astype(np.int64)
    counts = counted(data.texts)
    margins = left_out(counts, y, data.groups, seed)
    by = scale(margins, y, data.groups)
    figures = judge(y, probabilities(by.of(margins)), labels, least=LEAST, n_train=len(y))
    return Learnt(labels, scaled(learn(counts, y, data.groups, seed), by), figures)


def train(data: Texts, folder: Path, sources: Sources, seed: int) -> Trained:
    """Learn and write a new version below ``folder``, which then enters as other models do."""
    done = learnt(data, seed)
    files = packed(done.linear)
    manifest = TextManifest(
        format=FORMAT,
        name=folder.name,
        version=models.next_version(folder),
        created_us=sources.now_us,
        wurao=__version__,
        libraries={name: importlib.metadata.version(name) for name in _LIBRARIES},
        seed=seed,
        data=dict(sources.digests),
        licence=sources.licence,
        texts=len(data.texts),
        labels=done.labels,
        bits=BITS,
        least=LEAST,
        figures=done.figures,
        files={name: hashlib.sha256(content).hexdigest() for name, content in files.items()},
    )
    path = models.write(folder, manifest, {**files, "card.md": card(manifest).encode()})
    roles = models.enter(folder, manifest.version)
    state = "champion" if roles.champion == manifest.version else "shadow"
    return Trained(folder.name, manifest.version, str(path), state, len(data.texts), done.figures)


def evaluate(train_on: Texts, test_on: Texts, seed: int) -> TextFigures:
    """Return the figures of a model of one table on the texts of another; ``shared`` texts are in both."""
    done = learnt(train_on, seed)
    figures = judge(
        _known(test_on, done.labels),
        told(done, counted(test_on.texts)),
        done.labels,
        least=LEAST,
        n_train=len(train_on.texts),
    )
    known = set(train_on.texts)
    return msgspec.structs.replace(figures, shared=sum(text in known for text in test_on.texts))


def told(done: Learnt, counts: Matrix) -> Floats:
    """Return the probabilities [texts, labels] of a model that was just learnt."""
    return probabilities(Judging(done.linear).margins(counts))


def _known(data: Texts, labels: tuple[str, ...]) -> Indices:
    place = {label: i for i, label in enumerate(labels)}
    return np.array([place.get(label, -1) for label in data.labels], np.int64)
