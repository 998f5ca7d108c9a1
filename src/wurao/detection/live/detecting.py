"""Callers that reached a k, judged by a model of live features."""

from collections.abc import Iterator
from typing import Final

import numpy as np
import pyarrow as pa

from wurao.core.errors import VerificationError
from wurao.detection.live._callers import Callers
from wurao.detection.live.evidence import Evidence, Held, Mark
from wurao.detection.live.features import COLUMNS, table_of
from wurao.detection.live.records import Void
from wurao.detection.scoring.explaining import Contributions, Reason, by_symbol
from wurao.detection.scoring.judging import LABEL, REJECT, RING, Judgement, Model
from wurao.detection.scoring.manifest import StageManifest
from wurao.detection.scoring.models import Stored
from wurao.detection.scoring.staged import Features, Window, window
from wurao.detection.scoring.standing import Judged

CALLED_BACK: Final = 0.2
"""Whose calls are returned as often as this is wanted: victims call back too, one of them in a hundred."""


class Found(Judged, frozen=True, kw_only=True):
    """A judged caller; ``wanted`` as far as its calls tell, ``was`` is what was held of it before."""

    wanted: bool
    was: Held


class Detecting:
    """Judges records that were handed out; for one thread.

    Raises VerificationError for a model that isn't whole or knows other features, ConfigError without the extra [ml].
    """

    def __init__(self, stored: Stored) -> None:
        if unknown := sorted(set(stored.manifest.columns) - set(COLUMNS)):
            mend = "learn one of live features: wurao detect train --name live"
            raise VerificationError(f"asks for '{unknown[0]}', which no edge tells", where=str(stored.path), mend=mend)
        self._model = Model(stored)
        self._contributions = Contributions(stored)

    @property
    def stored(self) -> Stored:
        """The model."""
        return self._model.stored

    @property
    def mark(self) -> Mark:
        """The model's version and birth."""
        return self._model.manifest.version, self._model.manifest.created_us

    def judge(self, callers: Callers, reached: Void, evidence: Evidence) -> Iterator[list[Found]]:
        """Yield for each stage what the records that ``callers`` handed out say of their callers.

        A stage is judged by what ``evidence`` holds once the one before was taken. Who lacks evidence of that is passed
        over. Raises InputError for a model of other features.
        """
        k_before = 0
        for stage in self._model.manifest.stages:
            records = reached[reached["calls"] == stage.k]
            held = {caller: evidence.of(caller) or Held(0) for caller in records["caller"].tolist()}
            known = [i for i, caller in enumerate(records["caller"].tolist()) if held[caller].k == k_before]
            if known:
                table = table_of(callers, records[known])
                seen = window(_only(table), stage.k, self._model.manifest.columns)
                yield list(self._stage(stage, seen, [held[int(str(caller))] for caller in seen.callers], evidence))
            k_before = stage.k

    def _stage(self, stage: StageManifest, seen: Window, held: list[Held], evidence: Evidence) -> Iterator[Found]:
        """Yield what a stage says; ``held`` in the order of ``seen``."""
        last = stage.k == self._model.manifest.stages[-1].k
        odds = self._model.log_odds(stage, seen)
        judgement = self._model.judge(stage, seen, odds)
        reasons = self._reasons(stage, seen, judgement)
        back = seen.x[:, seen.names.index("called_back")] if "called_back" in seen.names else np.zeros(len(held))
        for i, (caller, was) in enumerate(zip(seen.callers, held, strict=True)):
            number = int(str(caller))
            if last:
                evidence.drop(number)
            else:
                rejected = was.rejected or bool(judgement.rejects[i])
                evidence.put(number, Held(stage.k, was.flagged, was.wanted, rejected))
            yield Found(
                caller=number,
                calls=stage.k,
                p=float(judgement.p[i]),
                level=REJECT if judgement.rejects[i] else LABEL if judgement.labels[i] else RING,
                kind=judgement.kind[i],
                reasons=reasons.get(i, ()),
                wanted=bool(back[i] >= CALLED_BACK),
                was=was,
            )

    def _reasons(self, stage: StageManifest, seen: Window, judgement: Judgement) -> dict[int, tuple[Reason, ...]]:
        """Return by position why those who don't just ring look like robots."""
        places = np.flatnonzero(judgement.labels)
        if not len(places):
            return {}
        told = self._contributions.of(stage.k, seen.x[places])
        return {
            int(place): tuple(by_symbol(seen.names, row[:-1], seen.x[place]))
            for place, row in zip(places, told, strict=True)
        }


def _only(table: pa.Table) -> Features:
    """Return the port through which a model asks for features, of one window."""
    return lambda _: table
