"""Campaigns for a page: read from the home's newest run when asked; decisions of analysts go into the book."""

import logging
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from wurao.access.interface import Look
from wurao.core import numbers
from wurao.core.campaigns import Campaign, Described, LinkDecision, Member
from wurao.core.errors import InputError
from wurao.detection.linking import deeds, kept
from wurao.detection.linking.deeds import Deeds
from wurao.detection.linking.listed import Listed, listed
from wurao.detection.linking.traceback import Traceback, traceback
from wurao.edge.live.access import BookAccess
from wurao.edge.live.vouched import Vouches
from wurao.edge.nouns import Vouched
from wurao.store.book import Book
from wurao.store.home import Home
from wurao.store.identities import Identities
from wurao.store.lake import Lake

_log: Final = logging.getLogger(__name__)
_REMEMBERED: Final = 64
"""Campaigns whose deeds are remembered."""


class _Counted:
    """What was counted in the lake for one run, each thing once."""

    def __init__(self, run: tuple[Path, int] | None) -> None:
        self.run = run
        self.listed: list[Listed] | None = None
        self.deeds: dict[str, Deeds] = {}


class LiveCampaigns:
    """Reads the newest run each time, so that one that ends while pages are open shows at once."""

    def __init__(self, home: Home, lake: Lake, identities: Identities, book: Book) -> None:
        self._home = home
        self._lake = lake
        self._identities = identities
        self._book = book
        self._counted = _Counted(None)

    def at_us(self) -> int | None:
        """Return when the newest run was made (microseconds UTC), None before the first. Raises StoreError."""
        path = kept.latest(self._home)
        return kept.at_us(path) if path else None

    def standing(self) -> list[Campaign]:
        """Return the campaigns that stand, the busiest first. Raises StoreError."""
        path = kept.latest(self._home)
        return kept.standing(path) if path else []

    def listed(self) -> list[Listed]:
        """Return the campaigns that stand with what they did of late, the busiest first. Raises StoreError."""
        counted = self._counting()
        if counted.run is None:
            return []
        if counted.listed is None:
            counted.listed = listed(counted.run[0], self._lake)
        return counted.listed

    def deeds(self, described: Described) -> Deeds:
        """Return what the numbers of a campaign did. Raises StoreError."""
        known, name = self._counting().deeds, described.campaign.id
        found = known.get(name)
        if found is None:
            found = deeds.deeds(self._lake, self._identities, described)
            if len(known) >= _REMEMBERED:
                known.clear()
            known[name] = found
        return found

    def vouched(self, asked: Iterable[int]) -> dict[int, Vouched]:
        """Return those of the numbers that somebody answers for or found wanted, and who. Raises StoreError."""
        return Vouches(self._book, self.at_us() or 0).of(asked)

    def vouched_campaigns(self) -> dict[str, int]:
        """Return the campaigns that hold numbers for which somebody answers, with how many. Raises StoreError."""
        path = kept.latest(self._home)
        held = kept.numbers_of(path, self._identities) if path else {}
        counts: dict[str, int] = {}
        for number in self.vouched(held):
            counts[held[number]] = counts.get(held[number], 0) + 1
        return counts

    def key(self, number: int) -> str:
        """Return what names a number in addresses and forms without telling it."""
        return self._identities.id_of(number).hex()

    def described(self, campaign_id: str) -> Described | None:
        """Return a campaign with its numbers and links, None where there is no such id. Raises StoreError."""
        path = kept.latest(self._home)
        return kept.describe(path, self._identities, campaign_id) if path else None

    def traceback(self, campaign_id: str) -> Traceback | None:
        """Return what a request to trace a campaign needs; whoever gives it out logs that. Raises StoreError."""
        described = self.described(campaign_id)
        return traceback(self._lake, self._identities, described) if described else None

    def looked(self, found: Traceback, who: str, at_us: int) -> None:
        """Log that somebody at the machine saw every number of a traceback in clear. Raises StoreError."""
        told = {number for one in found.numbers for number in (one.number, *(call.callee for call in one.samples))}
        BookAccess(self._book).log_looks([Look(at_us, who, number, "campaigns export") for number in sorted(told)])

    def decisions(self) -> list[LinkDecision]:
        """Return what analysts decided so far, oldest first. Raises StoreError."""
        return self._book.link_decisions()

    def decide(self, campaign_id: str, one: str, other: str, *, same: bool, who: str, note: str = "") -> LinkDecision:
        """Write that two numbers of a campaign, named by key, do or don't belong together; the next run heeds it.

        Where ``other`` is of another campaign, name that number's key all the same. Raises InputError, StoreError.
        """
        a, b = self._number(campaign_id, one), self._number(campaign_id, other)
        decided = self._book.decide_link(a, b, same=same, who=who, note=note)
        _log.info(
            "%s decided: %s and %s are %s campaign",
            *(who, numbers.mask(decided.a), numbers.mask(decided.b), "one" if same else "not one"),
        )
        return decided

    def take_back(self, one: str, other: str, who: str) -> LinkDecision | None:
        """Take a decision about two numbers, named by key, back and return it, None where there is none."""
        pair = {one, other}
        found = next((had for had in self.decisions() if {self.key(had.a), self.key(had.b)} == pair), None)
        if found is not None:
            self._book.take_back_link(found.a, found.b)
            _log.info("%s took back what was decided on %s and %s", who, numbers.mask(found.a), numbers.mask(found.b))
        return found

    def _counting(self) -> "_Counted":
        """Return what was counted for the newest run, nothing yet where it is another than before."""
        path = kept.latest(self._home)
        run = (path, kept.at_us(path)) if path else None
        if self._counted.run != run:
            self._counted = _Counted(run)
        return self._counted

    def _number(self, campaign_id: str, key: str) -> int:
        member = self._member(campaign_id, key) or next(
            (found for one in self.standing() if (found := self._member(one.id, key))), None
        )
        if member is None:
            raise InputError("no campaign holds that number", mend="take it from the campaign's page")
        return member.number

    def _member(self, campaign_id: str, key: str) -> Member | None:
        described = self.described(campaign_id)
        return next((one for one in described.members if one.key == key), None) if described else None
