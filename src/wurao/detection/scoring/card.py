"""The card of a model: what it is for, what it saw, how well it does, and what it must not be believed in."""

from wurao.core.clock import iso
from wurao.detection.scoring.manifest import Granted, Manifest, StageManifest

_SIMULATED = """The callers are **simulated**. Every figure here is of a simulated world and its assumptions: none is a
claim about real callers. A rule of this model may label; it rejects on a network only with a second family of signals,
or after a week in SHADOW on that network's own traffic without a false block."""
_OWN = """The callers are of one network. The figures hold for callers like those, not for other networks or later
years; watch the drift."""


def card(manifest: Manifest) -> str:
    """Return the card as Markdown."""
    return "\n".join([*_head(manifest), *_figures(manifest), *_rejects(manifest.stages), *_limits(), ""])


def _head(manifest: Manifest) -> list[str]:
    return [
        f"# {manifest.name}, version {manifest.version}",
        "",
        "Tells callers that nobody wants from those that are wanted, by how they call: their first calls, no contents.",
        "",
        _SIMULATED if manifest.simulated else _OWN,
        "",
        f"- trained {iso(manifest.created_us)} by wurao {manifest.wurao}, seed {manifest.recipe.seed}",
        f"- {manifest.callers:,} callers with at least {manifest.stages[0].k} calls, {len(manifest.columns)} features",
        *(f"- {name}: SHA-256 {digest}" for name, digest in sorted(manifest.data.items())),
        "",
    ]


def _figures(manifest: Manifest) -> list[str]:
    rows = [
        f"| {s.k} | {s.figures.bad:,} | {s.figures.good:,} | {s.figures.auc:.4f} | {s.figures.tpr_at_fpr_0001:.3f}"
        f" | {s.figures.tpr_at_fpr_00001:.3f} | {s.figures.kind_accuracy:.3f} |"
        for s in manifest.stages
    ]
    return [
        "## Figures",
        "",
        "Of callers whose campaign was left out. A rate of false positives below one in the number of good callers is",
        "not resolved.",
        "",
        "| calls | bad | good | AUC | TPR at 0.1 % FPR | TPR at 0.01 % FPR | kind right |",
        "|---|---|---|---|---|---|---|",
        *rows,
        "",
    ]


def _rejects(stages: tuple[StageManifest, ...]) -> list[str]:
    lines = ["## May it reject?", "", "| calls | kind | numbers | at most wrong (95 %) |", "|---|---|---|---|"]
    for stage in stages:
        for kind, one in stage.by_kind.items():
            if isinstance(one, Granted):
                lines.append(f"| {stage.k} | {kind} | {one.threshold.n:,} | {one.threshold.bound:.1e} |")
            else:
                lines.append(f"| {stage.k} | {kind} | – | no: {one.reason} |")
    return [*lines, "", "A caller whose kind is not known is rejected only where every kind may be.", ""]


def _limits() -> list[str]:
    return [
        "## Limits",
        "",
        "- A patient robot that calls like a person is not seen, and what a call says isn't either.",
        "- A number that changed hands must be judged anew from its first call after that.",
        "- The base rate is not part of the evidence: probabilities hold for networks with as many bad callers.",
    ]
