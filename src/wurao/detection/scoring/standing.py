"""From scores to standing: what a model says of callers, as the rows that screening compiles.

The strength of ``ROBOT_CALLER`` is the model's probability; points and thresholds are screening's. Where a reject isn't
permitted the strength stays at ``LABEL_AT_MOST``: by itself that labels, whatever the callee wishes. The reasons are
rows beside it, without points, as strong as their share of all that speaks for a robot.
"""

from collections.abc import Iterable, Iterator
from typing import Final

import msgspec

from wurao.core.clock import DAY_US
from wurao.core.standing import Standing
from wurao.detection.scoring.classes import CATEGORY_OF, METHOD_OF
from wurao.detection.scoring.explaining import LEAST, SYMBOL_OF, Reason
from wurao.detection.scoring.judging import REJECT, RING
from wurao.store.book.standing import StandingKey

SOURCE: Final = "detection"
ROBOT: Final = "ROBOT_CALLER"
SYMBOLS: Final = (ROBOT, *dict.fromkeys(SYMBOL_OF.values()))
"""All that a score may write of a caller."""
LABEL_AT_MOST: Final = 0.5625
"""Nine points of sixteen: below every reject threshold of the shipped policy."""
SHOWN: Final = 4
"""Reasons written beside a score, the weightiest."""
KEPT_US: Final = 30 * DAY_US
"""How long a score stands without a newer one: numbers change hands, robots change numbers."""


class Judged(msgspec.Struct, frozen=True):
    """What a model says of one caller after ``calls`` calls; ``level`` is ring, label or reject."""

    caller: int
    calls: int
    p: float
    level: str
    kind: str | None = None
    reasons: tuple[Reason, ...] = ()


def rows_of(judged: Judged, now_us: int, *, model: str, may_reject: bool) -> list[Standing]:
    """Return the rows of one caller by a ``model``, none where the phone rings as before; ``now_us`` in µs UTC.

    ``may_reject`` says that a reject is permitted here (``calibration.going_live``) and that nobody vouches for the
    caller; it lifts nothing for a caller whose level is a label.
    """
    if judged.level == RING:
        return []
    robot = Standing(
        subject=judged.caller,
        symbol=ROBOT,
        strength=0.0,
        source=SOURCE,
        observed_us=now_us,
        category=CATEGORY_OF.get(judged.kind or "", "unknown"),
        method=METHOD_OF.get(judged.kind or "", "unknown"),
        facts={"model": model, "calls": judged.calls, "p": round(judged.p, 4), "level": judged.level},
        expires_us=now_us + KEPT_US,
    )
    return [permitted(robot, may_reject=may_reject), *_reasons(judged, now_us)]


def permitted(robot: Standing, *, may_reject: bool) -> Standing:
    """Return a ``ROBOT_CALLER`` row as strong as it may be now."""
    p = float(robot.facts.get("p", robot.strength))
    rejects = may_reject and may_become_reject(robot)
    return msgspec.structs.replace(robot, strength=p if rejects else min(p, LABEL_AT_MOST))


def may_become_reject(row: Standing) -> bool:
    """Tell whether a row says that the model would reject, permission given."""
    return row.symbol == ROBOT and row.source == SOURCE and row.facts.get("level") == REJECT


def keys_of(callers: Iterable[int]) -> list[StandingKey]:
    """Return the keys of all rows that earlier scores of these callers may have written: to be cleared."""
    return [StandingKey(caller, 0, symbol) for caller in callers for symbol in SYMBOLS]


def _reasons(judged: Judged, now_us: int) -> Iterator[Standing]:
    spoken = sorted((one for one in judged.reasons if one.adds >= LEAST), key=lambda one: -one.adds)
    total = sum(one.adds for one in spoken)
    for one in [one for one in spoken if one.symbol in SYMBOLS][:SHOWN]:
        yield Standing(
            subject=judged.caller,
            symbol=one.symbol,
            strength=round(one.adds / total, 4),
            source=SOURCE,
            observed_us=now_us,
            facts={"adds": round(one.adds, 3), **{n: round(v, 4) for n, v in one.features.items() if v is not None}},
            expires_us=now_us + KEPT_US,
        )
