"""What is written beside a text model: all it takes to trust it, to repeat it and to refuse it."""

from typing import Final

import msgspec

from wurao.core.clock import iso

FORMAT: Final = 102
"""Manifests of text models count from 101, so that no reader of other models takes one for its own."""


class TextFigures(msgspec.Struct, frozen=True):
    """How well labels are told, by models that left the text's group out (FORMATS: ``classify evaluate``).

    ``curve``: share of texts answered, and of those how many rightly, from the surest on.
    """

    accuracy: float
    macro_f1: float
    per_class: dict[str, "ClassFigures"]
    curve: tuple["Answered", ...]
    calibration_error: float
    """Mean distance between what a probability says and how often it is right, in ten bins (ECE)."""
    abstained: float
    accuracy_of_answered: float
    n_train: int
    n_test: int
    shared: int = 0
    """Tested texts that were also learnt from: they flatter."""


class ClassFigures(msgspec.Struct, frozen=True):
    """One label: texts of it, and how well it is told."""

    n: int
    precision: float
    recall: float
    f1: float


class Answered(msgspec.Struct, frozen=True):
    """Of the surest texts, a share: how many are told rightly, and how sure the least sure of them is."""

    coverage: float
    accuracy: float
    probability: float


class TextManifest(msgspec.Struct, frozen=True):
    """A text model's birth certificate; instants in microseconds since 1970 UTC."""

    format: int
    name: str
    version: int
    created_us: int
    wurao: str
    libraries: dict[str, str]
    seed: int
    data: dict[str, str]
    """SHA-256 of each file that was learnt from."""
    licence: str
    """Of the data, as whoever trained it states it."""
    texts: int
    labels: tuple[str, ...]
    bits: int
    least: float
    """Probability below which no label is said."""
    figures: TextFigures
    files: dict[str, str]
    """SHA-256 of each file of the model, unpacked."""


def card(manifest: TextManifest) -> str:
    """Return the card as Markdown."""
    figures = manifest.figures
    rows = [
        f"| {label} | {one.n:,} | {one.precision:.3f} | {one.recall:.3f} | {one.f1:.3f} |"
        for label, one in figures.per_class.items()
    ]
    return "\n".join(
        [
            f"# {manifest.name}, version {manifest.version}",
            "",
            "Tells what a text is about by its characters and their sound. It reads no meaning, knows only what it was",
            "shown, and says nothing where it is less sure than right half of the time.",
            "",
            f"- trained {iso(manifest.created_us)} by wurao {manifest.wurao}, seed {manifest.seed}",
            f"- {manifest.texts:,} texts; licence of the data: {manifest.licence or 'not stated, keep it in house'}",
            *(f"- {name}: SHA-256 {digest}" for name, digest in sorted(manifest.data.items())),
            "",
            "## Figures",
            "",
            f"Of texts whose group was left out: accuracy {figures.accuracy:.4f}, macro-F1 {figures.macro_f1:.4f};",
            "a little flattered, since each label's slope and offset were fitted to these texts.",
            f"It says nothing of {figures.abstained:.1%}; of the rest {figures.accuracy_of_answered:.4f} are right.",
            "",
            "| label | texts | precision | recall | F1 |",
            "|---|---|---|---|---|",
            *rows,
            "",
        ]
    )
