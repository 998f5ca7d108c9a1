"""Campaigns for a page: read from the home's newest run when asked; decisions of analysts go into the book."""

from wurao.core.campaigns import Campaign, Described, LinkDecision, Member
from wurao.core.errors import InputError
from wurao.detection.linking import kept
from wurao.detection.linking.traceback import Traceback, traceback
from wurao.store.book import Book
from wurao.store.home import Home
from wurao.store.identities import Identities
from wurao.store.lake import Lake


class LiveCampaigns:
    """Reads the newest run each time, so that one that ends while pages are open shows at once."""

    def __init__(self, home: Home, lake: Lake, identities: Identities, book: Book) -> None:
        self._home = home
        self._lake = lake
        self._identities = identities
        self._book = book

    def at_us(self) -> int | None:
        """Return when the newest run was made (microseconds UTC), None before the first. Raises StoreError."""
        path = kept.latest(self._home)
        return kept.at_us(path) if path else None

    def standing(self) -> list[Campaign]:
        """Return the campaigns that stand, the busiest first. Raises StoreError."""
        path = kept.latest(self._home)
        return kept.standing(path) if path else []

    def described(self, campaign_id: str) -> Described | None:
        """Return a campaign with its numbers and links, None where there is no such id. Raises StoreError."""
        path = kept.latest(self._home)
        return kept.describe(path, self._identities, campaign_id) if path else None

    def traceback(self, campaign_id: str) -> Traceback | None:
        """Return what a request to trace a campaign needs; whoever gives it out logs that. Raises StoreError."""
        described = self.described(campaign_id)
        return traceback(self._lake, self._identities, described) if described else None

    def decisions(self) -> list[LinkDecision]:
        """Return what analysts decided so far, oldest first. Raises StoreError."""
        return self._book.link_decisions()

    def decide(self, campaign_id: str, one: str, other: str, *, same: bool, who: str, note: str = "") -> LinkDecision:
        """Write that two numbers of a campaign, named by key, do or don't belong together; the next run heeds it.

        Where ``other`` is of another campaign, name that number's key all the same. Raises InputError, StoreError.
        """
        a, b = self._number(campaign_id, one), self._number(campaign_id, other)
        return self._book.decide_link(a, b, same=same, who=who, note=note)

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
