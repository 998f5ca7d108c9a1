"""One run over the town's callers."""

from dataclasses import dataclass, field

from fake_services.town import COURIER, NOW_US, ROBOT
from wurao.core.clock import DAY_US, HOUR_US
from wurao.detection.calibration.drift import Drift
from wurao.detection.calibration.going_live import Rehearsal
from wurao.detection.daily.misuse import Audited, audit
from wurao.detection.daily.scored import Figures, OfClass, Score
from wurao.detection.daily.timeline import Stretch, Timeline
from wurao.detection.daily.usual import Range
from wurao.detection.live.rehearsed import Rehearsed
from wurao.detection.scoring.explaining import Explanation, Reason
from wurao.detection.scoring.judging import Shadow
from wurao.store.book.registry import VerifiedCaller

CLINIC = 861012345678
_HABITS = {
    "uniq": 0.98,
    "new": 0.96,
    "answered": 0.31,
    "short": 0.62,
    "talk_median": 6.4,
    "talk_peak": 0.41,
    "gap_median": 41.0,
    "gap_mad": 0.06,
    "ring_median": 25.0,
    "first_call": 9.05,
    "called_back": 0.01,
    "cells": 1.0,
    "attested": None,
}
_WHY = Explanation(
    calls=50,
    evidence=6.1,
    base=-1.2,
    speaks_for=(
        Reason("FANOUT", 3.1, {"new": 0.96, "uniq": 0.98}),
        Reason("ROBOT_PACING", 2.4, {"gap_mad": 0.06, "gap_median": 41.0}),
        Reason("SHORT_TALK", 1.9, {"short": 0.62, "talk_median": 6.4}),
        Reason("NEVER_MOVES", 0.6, {"cells": 1.0}),
    ),
    speaks_against=(
        Reason("SEQUENTIAL", -0.4, {"sequential": 0.0}),
        Reason("SELDOM_ANSWERED", -0.3, {"answered": 0.31}),
    ),
)
_USUAL = {
    "marketing": {
        "uniq": Range(0.9, 1.0),
        "new": Range(0.85, 1.0),
        "answered": Range(0.2, 0.5),
        "short": Range(0.35, 0.6),
        "talk_median": Range(4, 12),
        "talk_peak": Range(0.2, 0.6),
        "gap_median": Range(30, 75),
        "gap_mad": Range(0.1, 0.4),
        "ring_median": Range(20, 30),
        "first_call": Range(8.9, 9.6),
        "called_back": Range(0, 0.03),
        "cells": Range(1, 1),
    },
    "courier": {
        "uniq": Range(0.6, 0.95),
        "new": Range(0.7, 0.97),
        "answered": Range(0.6, 0.9),
        "short": Range(0.05, 0.2),
        "talk_median": Range(14, 31),
        "gap_median": Range(60, 420),
        "gap_mad": Range(0.5, 1.2),
        "ring_median": Range(15, 40),
        "first_call": Range(7.5, 9.5),
        "called_back": Range(0.04, 0.2),
        "cells": Range(6, 31),
    },
}


_REHEARSED = Rehearsed(2, Rehearsal(NOW_US - 3 * DAY_US, 1_204, 0), (10, 20), NOW_US)


@dataclass
class FakeDetection:
    """One run: a robot, a clinic that is verified and flagged, a courier that is neither."""

    entries: list[VerifiedCaller] = field(default_factory=list)
    withdrawn: list[tuple[int, int, str]] = field(default_factory=list)
    ran: bool = True
    rehearsed: Rehearsed | None = _REHEARSED

    def live(self) -> Rehearsed | None:
        return self.rehearsed if self.ran else None

    def figures(self) -> Figures | None:
        if not self.ran:
            return None
        names = ("person", "courier", "institution", "reminder", "service", "marketing", "fraud")
        counts = ((9120, 3, 0), (240, 0, 0), (88, 0, 0), (61, 2, 0), (130, 1, 0), (310, 164, 97), (74, 22, 41))
        drift = {"gap_median": Drift(0.31, "alert"), "short": Drift(0.14, "watch"), "new": Drift(0.02, "stable")}
        return Figures(
            at_us=NOW_US - HOUR_US,
            from_us=NOW_US - 14 * DAY_US,
            to_us=NOW_US - HOUR_US,
            version=3,
            callers=14_210,
            judged=10_023,
            by_class={name: OfClass(*row) for name, row in zip(names, counts, strict=True)},
            caught={6: 0.34, 11: 0.58, 21: 0.79, 51: 0.95, 101: 1.0},
            drift=drift,
            shadow=Shadow(version=4, flagged=351, rejected=150, also_flagged=29, not_flagged=8),
            usual={50: _USUAL},
            cleared=17,
        )

    def flagged(self) -> list[Score]:
        rows = [(ROBOT, 310, "reject", "marketing", 6, 11), (CLINIC, 88, "label", "marketing", 21, None)]
        rows += [(8618100000000 + 7919 * n, 90 - 5 * n, "label", "fraud", 11 + 10 * (n % 2), None) for n in range(8)]
        return [self._score(*row) for row in rows] if self.ran else []

    def registry(self, flagged: list[Score]) -> list[Audited]:
        return audit(flagged, self.entries, NOW_US)

    def withdraw(self, key: str, span: int, who: str) -> None:
        subject = int(key, 16)
        self.withdrawn.append((subject, span, who))
        self.entries = [one for one in self.entries if (one.subject, one.span) != (subject, span)]

    def key(self, number: int) -> str:
        return f"{number:032x}"

    def score(self, key: str) -> Score | None:
        courier = Score(self.key(COURIER), COURIER, 41, 0.02, "ring", "courier", 6, None, 20, {"cells": 14.0}, None)
        return next((one for one in (*self.flagged(), courier) if self.ran and one.key == key), None)

    def timeline(self, key: str) -> Timeline | None:
        if not self.ran or key not in (self.key(ROBOT), self.key(CLINIC)):
            return None
        days = [Stretch(NOW_US - (13 - n) * DAY_US, 18 + 7 * n % 23, 6 + n % 4, 4 + n % 3) for n in range(14)]
        return Timeline(ROBOT if key == self.key(ROBOT) else CLINIC, DAY_US, days)

    def _score(self, number: int, calls: int, level: str, kind: str, label: int, reject: int | None) -> Score:
        return Score(self.key(number), number, calls, 0.97, level, kind, label, reject, 50, _HABITS, _WHY)


def registered() -> list[VerifiedCaller]:
    return [
        VerifiedCaller(CLINIC, "Renhe Clinic", "reminder", proof="licence 4711", until_us=NOW_US + 90 * DAY_US),
        VerifiedCaller(864001234567, "City Bank", "bank_service", proof="licence 4712", until_us=NOW_US - 3 * DAY_US),
    ]
