"""Detection at work: callers that reached a k are judged in a thread of their own, and become standing in the book.

The shield follows the book, so a score is in force within a second. A fault here costs scores, never a call nor its
history. Whether a reject is permitted is asked again whenever what is known of the number changes.
"""

import logging
import queue
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from typing import Final

import numpy as np
from prometheus_client import Metric
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily

from wurao.core.clock import Clock
from wurao.core.errors import Error
from wurao.core.numbers import mask
from wurao.core.standing import Standing
from wurao.detection.calibration.going_live import Rehearsal
from wurao.detection.live import NAME, evidence, model
from wurao.detection.live._callers import Callers
from wurao.detection.live.detecting import Detecting, Found
from wurao.detection.live.evidence import Evidence
from wurao.detection.live.records import Void
from wurao.detection.live.rehearsed import Rehearsed, rehearsed
from wurao.detection.live.sealing import Sealing
from wurao.detection.scoring.judging import REJECT, RING
from wurao.detection.scoring.standing import SOURCE, keys_of, may_become_reject, permitted, rows_of
from wurao.edge.live.permitting import Permitting
from wurao.edge.live.worker import Chore
from wurao.screening.shield import Shield
from wurao.store.book import Book
from wurao.store.home import Home
from wurao.store.keys import KeyRing

_log: Final = logging.getLogger(__name__)
AT_ONCE: Final = 20
"""Batches judged in one round."""
WAITING: Final = 1_000
"""Batches that may wait; those beyond are not judged."""
_SPEAKS: Final = frozenset({"standing", "verified"})
"""Kinds of changes after which a permission is asked for again."""

JUDGE_S: Final = 0.2
EVIDENCE_S: Final = 10
ASK_US: Final = 60_000_000
"""How often all permissions are asked for again: the operator's maps change without a word in the book."""
Keep = Callable[[Evidence], None]
"""Returns when the evidence is on the disk; raises StoreError."""


class CallerDetection:
    """Judges callers and writes what was found; a prometheus_client collector."""

    def __init__(
        self,
        detecting: Detecting,
        callers: Callers,
        evidence: Evidence,
        keep: Keep,
        permitting: Permitting,
        book: Book,
        clock: Clock,
    ) -> None:
        self._detecting = detecting
        self._callers = callers
        self._evidence = evidence
        self._keep = keep
        self._permitting = permitting
        self._book = book
        self._clock = clock
        self._waiting: queue.Queue[Void | list[int]] = queue.Queue(WAITING)
        self._judged: Counter[str] = Counter()
        self._faults = 0
        self._change = 0
        self._held_back: set[int] = set()
        self._all_anew = True
        self._asked_us = clock.now_us()
        self.chores = [
            Chore("judge callers", JUDGE_S, self.judge_waiting),
            Chore("ask for permissions again", JUDGE_S, self.follow),
            Chore("keep the evidence", EVIDENCE_S, self.keep),
        ]

    def heed(self, reached: Void) -> None:
        """Take records that were handed out; those that find no room are not judged."""
        try:
            self._waiting.put_nowait(reached)
        except queue.Full:
            self._faults += len(reached)

    def forget(self, numbers: list[int]) -> None:
        """Take numbers in new hands: what the calls before say is held against nobody. It never finds no room."""
        while True:
            try:
                self._waiting.put_nowait(numbers)
            except queue.Full:
                self._faults += len(self._waiting.get())
            else:
                return

    def judge_waiting(self) -> None:
        """Judge who reached a k since, and write what that says in one batch; whatever fails is logged."""
        reached: list[Void] = []
        for _ in range(min(self._waiting.qsize(), AT_ONCE)):
            if isinstance(one := self._waiting.get(), list):
                self._judge(reached)
                self._leave(one)
                reached = []
            else:
                reached.append(one)
        self._judge(reached)

    def _leave(self, numbers: list[int]) -> None:
        """Hold nothing of numbers any longer; what was judged after the book had cleared them goes too."""
        held = [(number, found) for number in numbers if (found := self._evidence.of(number))]
        for number, _ in held:
            self._evidence.drop(number)
        if flagged := [number for number, found in held if found.flagged]:
            self._book.write_standing((), keys_of(flagged))
        if held:
            self.keep()

    def _judge(self, batches: list[Void]) -> None:
        if not batches:
            return
        reached = np.concatenate(batches)
        try:
            for found in self._detecting.judge(self._callers, reached, self._evidence):
                self._write(found)
        except Exception:  # noqa: BLE001 - the calls are in the history all the same
            self._faults += len(reached)
            _log.exception("%d callers were not judged", len(reached))

    def follow(self) -> None:
        """Ask again for permission where what is known of a number has changed; raises StoreError."""
        now_us = self._clock.now_us()
        if self._all_anew or now_us - self._asked_us >= ASK_US:
            self._change = self._book.last_change()
            self._held_back = {row.subject for row in self._book.each_standing(SOURCE) if _may_become_reject(row)}
            self._ask_again(self._held_back)
            self._all_anew, self._asked_us = False, now_us
        elif changes := self._book.changes_after(self._change):
            spoken = [change for change in changes if change.kind in _SPEAKS]
            self._all_anew = any(change.kind in ("snapshot", "rule") for change in changes) or any(
                change.span for change in spoken
            )
            self._ask_again({change.subject for change in spoken} & self._held_back)
            self._change = changes[-1].number

    def keep(self) -> None:
        """Make the evidence durable; raises StoreError."""
        self._keep(self._evidence)

    def close(self) -> None:
        """Judge what came last and keep the evidence; raises StoreError."""
        while not self._waiting.empty():
            self.judge_waiting()
        self.keep()

    def collect(self) -> Iterator[Metric]:
        """Yield the metrics of now."""
        judged = CounterMetricFamily("wurao_callers_judged_total", "Callers judged after some calls", labels=("level",))
        for level, count in dict(self._judged).items():
            judged.add_metric([level], count)
        yield judged
        yield CounterMetricFamily("wurao_callers_not_judged_total", "Callers whose score failed", value=self._faults)
        now = self.rehearsed()
        for name, said, value in (
            ("wurao_rehearsal_days", "Days that this version of the live model has rehearsed", now.days),
            ("wurao_rehearsal_wanted", "Wanted callers that it judged", now.rehearsal.judged),
            ("wurao_rehearsal_false_blocks", "Wanted callers that it would reject", now.rehearsal.false_blocks),
            ("wurao_rehearsal_may_reject", "Whether it may reject by itself", now.may_reject),
        ):
            yield GaugeMetricFamily(name, said, value)

    def rehearsed(self) -> Rehearsed:
        """Return what the model has rehearsed by now; from any thread."""
        return rehearsed(self._detecting.stored, self._evidence.rehearsal, self._clock.now_us())

    def _write(self, found: list[Found]) -> None:
        now_us = self._clock.now_us()
        rows: list[Standing] = []
        wanted: set[int] = set()
        with self._book.together():
            for one in found:
                rows += self._rows(one, now_us, wanted)
            flagged = [one.caller for one in found if one.was.flagged]
            if rows or flagged:
                self._book.write_standing(rows, keys_of(flagged))
        stands = {row.subject for row in rows}
        for one in found:
            self._evidence.flag(one.caller, flagged=one.caller in stands, wanted=one.was.wanted or one.caller in wanted)
        self._held_back.update(row.subject for row in rows if _may_become_reject(row))
        self._judged.update(one.level for one in found)

    def _rows(self, one: Found, now_us: int, wanted: set[int]) -> list[Standing]:
        """Return the rows of a caller, and add it to ``wanted`` where it is."""
        rows: list[Standing] = []
        if one.level != RING or (one.wanted and not one.was.wanted):
            known = self._permitting.known(one.caller)
            if self._permitting.wanted(known, by_calls=one.wanted):
                self._rehearse(one)
                wanted.add(one.caller)
            if one.level != RING and self._permitting.vouched(known):
                _log.warning("somebody vouches for %s, which calls like a robot", mask(one.caller))
            permitted_now = one.level == REJECT and self._permitting.may_reject(known, self._evidence.rehearsal, now_us)
            rows = rows_of(one, now_us, model=NAME, may_reject=permitted_now)
        return rows

    def _rehearse(self, one: Found) -> None:
        """Count a wanted caller once, and once that it would have been rejected, even before it was known."""
        so_far = self._evidence.rehearsal
        new, rejects = not one.was.wanted, one.level == REJECT or one.was.rejected
        hit = rejects and (new or not one.was.rejected)
        if new or hit:
            self._evidence.count(Rehearsal(so_far.since_us, so_far.judged + new, so_far.false_blocks + hit))
            self._all_anew = self._all_anew or hit

    def _ask_again(self, numbers: Iterable[int]) -> None:
        changed = [row for number in numbers for row in self._permitted_anew(number)]
        if changed:
            self._book.write_standing(changed)

    def _permitted_anew(self, number: int) -> Iterator[Standing]:
        """Yield the score of a number where it may now do more, or less, than it does."""
        known = self._permitting.known(number)
        may = self._permitting.may_reject(known, self._evidence.rehearsal, self._clock.now_us())
        for row in known:
            if not row.span and _may_become_reject(row) and (then := permitted(row, may_reject=may)) != row:
                yield then


def _may_become_reject(row: Standing) -> bool:
    """Tell whether a row is the live model's: another model's rejects were not rehearsed here."""
    return may_become_reject(row) and row.facts.get("model") == NAME


def opened(
    home: Home, keys: KeyRing, callers: Callers, shield: Shield, book: Book, clock: Clock
) -> CallerDetection | None:
    """Return what judges the callers of a home, None without a live model; one that can't be used is logged."""
    folder, sealing = home.folder("callers"), Sealing(keys)
    try:
        stored = model.at_work(home)
        if stored is None:
            return None
        detecting = Detecting(stored)
    except Error as error:
        _log.warning("live detection is off: %s", error.diagnostics())
        return None
    try:
        held = evidence.read(folder, sealing)
    except Error as error:
        _log.warning("evidence begins anew: %s", error.diagnostics())
        held = None
    if held is None or held.mark != detecting.mark:
        held = Evidence(detecting.mark, Rehearsal(since_us=clock.now_us(), judged=0, false_blocks=0))
    permitting = Permitting(shield.knowledge, lambda: shield.policy)
    _log.info("live detection: %s", model.said_of(stored))
    return CallerDetection(detecting, callers, held, lambda now: now.write(folder, sealing), permitting, book, clock)
