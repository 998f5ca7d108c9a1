"""Inheriting at work: the first calls of new numbers are matched with the campaigns known, and the book is told.

What a decision ring tells is matched: caller, callee, time and trunk. The call itself was decided before; the label is
in force within a second, from the next call on. A fault here costs a label, never a call nor its history.
"""

import logging
from collections import Counter, deque
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import msgspec
import numpy as np
from prometheus_client import Metric
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily

from wurao.core.campaigns import Campaign
from wurao.core.clock import Clock
from wurao.core.numbers import mask
from wurao.core.payload import OPAQUE_BASE
from wurao.detection.inheriting import kept as signatures
from wurao.detection.inheriting.first_calls import FirstCall
from wurao.detection.inheriting.keyed import lead_key
from wurao.detection.inheriting.signatures import Ints
from wurao.detection.inheriting.standing import row_of
from wurao.detection.inheriting.vest_model import factory
from wurao.detection.inheriting.watching import FIRST, CampaignWatch, Inherited
from wurao.detection.linking import kept
from wurao.detection.live._callers import Callers
from wurao.edge.live.permitting import Permitting
from wurao.edge.live.worker import Chore
from wurao.edge.ring import Records
from wurao.store.book import Book
from wurao.store.home import Home
from wurao.store.identities import Identities

_log: Final = logging.getLogger(__name__)
WAITING: Final = 10_000
"""Calls that may wait; those beyond are not matched."""
MATCH_S: Final = 0.2
AT_ONCE: Final = 200
"""Calls matched in one round, so a thousand a second: each takes some .3 ms of the interpreter that answers calls."""
Told = tuple[int, int, int, bytes]
_TOLD: Final = ("at_us", "caller", "callee", "ingress")
TAKE_UP_S: Final = 60


class _Known(msgspec.Struct):
    """What is known of one run; ``met`` are the keys of callers that are not new, in order."""

    run: tuple[Path, int]
    watch: CampaignWatch
    met: Ints
    campaigns: dict[str, Campaign]

    def has_met(self, key: int) -> bool:
        """Tell whether the run's calls hold a caller."""
        at = int(np.searchsorted(self.met, key))
        return at < len(self.met) and self.met[at] == key


class Inheriting:
    """Follows the newest linking and what the rings tell; a prometheus_client collector."""

    def __init__(
        self, home: Home, identities: Identities, book: Book, permitting: Permitting, callers: Callers, clock: Clock
    ) -> None:
        self._home = home
        self._identities = identities
        self._book = book
        self._permitting = permitting
        self._callers = callers
        self._clock = clock
        self._known: _Known | None = None
        self._waiting: deque[Told] = deque()
        self._members: dict[int, int] = {}
        """When numbers of campaigns called last, since the last round."""
        self._found: list[tuple[Inherited, int]] = []
        """What isn't in the book yet: the watch tells of a number once, the book may be busy."""
        self._inherited: Counter[int] = Counter()
        self._faults = 0
        self.chores = [
            Chore("take up the newest campaigns", TAKE_UP_S, self.take_up, at_once=True),
            Chore("match new callers", MATCH_S, self.match_waiting),
        ]

    def heed(self, records: Records) -> None:
        """Take calls that were counted for their callers: those of new numbers, and when campaigns' numbers called.

        For the thread that counts; whatever fails is logged.
        """
        try:
            if self._known is not None and len(records):
                self._take(self._known, records)
        except Exception:  # noqa: BLE001 - the calls are in the history all the same
            _log.exception("calls were not matched with campaigns")

    def match_waiting(self) -> None:
        """Match what waits, up to ``AT_ONCE`` calls, and write what was inherited in one batch; raises StoreError."""
        members, self._members = self._members, {}
        calls = [self._waiting.popleft() for _ in range(min(len(self._waiting), AT_ONCE))]
        known = self._known
        if known is None:
            return
        for number, at_us in list(members.items()):  # whoever counts may still hold it
            known.watch.hear_member(number, at_us)
        for call in calls:
            self._match(known, call)
        if self._found:
            self._write(known, self._found)
            self._found = []

    def take_up(self) -> None:
        """Take up the signatures of the newest linking where it is another than before; raises StoreError."""
        path = kept.latest(self._home)
        run = (path, kept.at_us(path)) if path else None
        if run is None or (self._known and self._known.run == run):
            return
        told = signatures.read(self._home, kept.members_of(run[0], self._identities))
        if told is None or told.at_us != run[1]:  # of another run: one of this run is being written
            return
        campaigns = {one.id: one for one in kept.standing(run[0])}
        self._known = _Known(run, CampaignWatch(told, factory()), told.met, campaigns)
        _log.info("new numbers are matched with %d campaigns", len(told.names))

    def collect(self) -> Iterator[Metric]:
        """Yield the metrics of now."""
        inherited = CounterMetricFamily(
            "wurao_vests_inherited_total", "New numbers held for a campaign's, by the call that told", labels=("call",)
        )
        for calls, count in dict(self._inherited).items():
            inherited.add_metric([str(calls)], count)
        yield inherited
        yield CounterMetricFamily("wurao_calls_not_matched_total", "Calls that found no room", value=self._faults)
        campaigns = self._known.watch.campaigns if self._known else 0
        yield GaugeMetricFamily("wurao_campaigns_watched", "Campaigns whose new numbers are looked for", campaigns)

    def _take(self, known: _Known, records: Records) -> None:
        callers, place = np.unique(records["caller"], return_inverse=True)
        each = callers.tolist()
        members = np.array([known.watch.is_member(caller) for caller in each])
        young = np.array([self._is_young(caller) for caller in each]) & ~members
        theirs = records[members[place]]
        self._members |= dict(zip(theirs["caller"].tolist(), theirs["at_us"].tolist(), strict=True))
        told: list[Told] = records[young[place]][list(_TOLD)].tolist()
        room = max(WAITING - len(self._waiting), 0)
        self._waiting.extend(told[:room])
        self._faults += len(told[room:])

    def _is_young(self, caller: int) -> bool:
        if not 0 < caller < OPAQUE_BASE:
            return False
        record = self._callers.find_caller(caller)
        return bool(len(record)) and record["calls"][0] <= FIRST

    def _match(self, known: _Known, call: Told) -> None:
        at_us, caller, callee, ingress = call
        try:
            if known.has_met(lead_key(self._identities.id_of(caller))):
                return
            lead = lead_key(self._identities.id_of(callee))
            first = FirstCall(at_us, callee, lead, ingress.decode(errors="ignore") or None)
            if (found := known.watch.hear(caller, first)) is not None:
                self._found.append((found, at_us))
        except Exception:  # noqa: BLE001 - one odd call costs no other caller its label
            self._faults += 1
            _log.exception("a call was not matched with campaigns")

    def _write(self, known: _Known, found: list[tuple[Inherited, int]]) -> None:
        now_us = self._clock.now_us()
        rows = []
        with self._book.together():
            for one, at_us in found:
                campaign = known.campaigns.get(one.campaign)  # of another run where one just took its place
                standing_now = self._permitting.known(one.caller)
                moved = self._book.in_hands_since(one.caller) > at_us
                if campaign and not moved and not self._permitting.vouched(standing_now):
                    rows.append(row_of(one, campaign, now_us))
            self._book.write_standing(rows)
        self._inherited.update(one.calls for one, _ in found)
        for row in rows:
            _log.info("%s looks like a new number of %s", mask(row.subject), row.campaign)
