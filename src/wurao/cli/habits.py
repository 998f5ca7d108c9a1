"""How ``wurao detect explain`` says why a caller looks like a robot: each symbol with its features."""

from collections.abc import Iterator

from wurao.detection.scoring.explaining import Explanation, Reason
from wurao.screening.policy import Policy


def for_people(found: Explanation, policy: Policy) -> str:
    """Return the reasons in both languages, what speaks for a robot first."""
    return "\n".join(
        [
            f"after {found.calls} calls: evidence {found.evidence:+.2f} (log-odds), {found.base:+.2f} of it the base",
            *_lines(found.speaks_for, policy),
            *_lines(found.speaks_against, policy),
        ]
    )


def _lines(reasons: tuple[Reason, ...], policy: Policy) -> Iterator[str]:
    for reason in reasons:
        rule = policy.symbols.get(reason.symbol)
        title = f"{rule.title_zh} · {rule.title_en} " if rule and reason.adds > 0 else ""
        values = (f"{name} {_shown(value)}" for name, value in reason.features.items())
        yield f"  {reason.adds:+6.2f}  {reason.symbol} {title}({', '.join(values)})"


def _shown(value: float | None) -> str:
    return "unknown" if value is None else f"{value:.3g}"
