"""What a live model has rehearsed on this home's traffic, and what that permits it, for people."""

from typing import Final

import msgspec

from wurao.core.clock import DAY_US
from wurao.detection.calibration.going_live import Rehearsal, may_go_live
from wurao.detection.live.model import rejecting
from wurao.detection.scoring.models import Stored

ANOTHER: Final = (
    "train or calibrate another (wurao detect train --name live …), wurao detect promote N --name live, restart"
)
"""What clears false blocks: they are a version's own, and the next one begins without."""


class Rehearsed(msgspec.Struct, frozen=True):
    """A version at work: ``rehearsal`` as of ``now_us``; ``rejecting`` are the calls after which it could reject."""

    version: int
    rehearsal: Rehearsal
    rejecting: tuple[int, ...]
    now_us: int

    @property
    def days(self) -> float:
        """How long this version has been at work."""
        return max(self.now_us - self.rehearsal.since_us, 0) / DAY_US

    @property
    def forbidden(self) -> bool:
        """Whether a false block keeps this version from rejecting anybody, whoever agrees, for good."""
        return self.rehearsal.false_blocks > 0

    @property
    def may_reject(self) -> bool:
        """Whether it may reject by itself; with a second family of signals it may unless ``forbidden``."""
        return bool(self.rejecting) and may_go_live(self.rehearsal, self.now_us).live


def rehearsed(stored: Stored, rehearsal: Rehearsal, now_us: int) -> Rehearsed:
    """Return what a version has rehearsed by ``now_us``, microseconds UTC."""
    return Rehearsed(stored.manifest.version, rehearsal, rejecting(stored), now_us)


def said(found: Rehearsed) -> str:
    """Return one line for people, with what to do where nothing is rejected any more."""
    its = found.rehearsal
    begun = f"rehearsed {found.days:.1f} days, {its.judged:,} wanted callers, {its.false_blocks:,} false blocks"
    if found.forbidden:
        return f"{begun}: this version rejects nobody any more – {ANOTHER}"
    return f"{begun}: {may_go_live(its, found.now_us).reason}" if found.rejecting else begun
