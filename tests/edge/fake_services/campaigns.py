"""One run of the linking over the town: a campaign that wrongly holds a clinic's number, and a quieter one."""

import itertools
from collections.abc import Iterable
from dataclasses import dataclass, field

from fake_services.detection import CLINIC
from fake_services.town import NOW_US, ROBOT, SUBSCRIBER
from wurao.core.campaigns import Campaign, Described, Link, LinkDecision, Member, Passage
from wurao.core.clock import DAY_US, HOUR_US
from wurao.core.errors import InputError
from wurao.detection.linking.deeds import Deeds, Edge, Quote, Share
from wurao.detection.linking.listed import Listed
from wurao.detection.linking.traceback import Hop, Sample, Traceback, Traced
from wurao.edge.nouns import Vouched

VESTS = (ROBOT, 8617612341522, 8617612341790, 8617012348803, 8617012348810, CLINIC, 8617012349951)
_LOANS, _REFUNDS = "c-7f3a9b21", "c-0d41c77e"


def _campaign(name: str, zh: str, en: str, category: str, numbers: int, calls: int, days: int) -> Campaign:
    span = {"first_us": NOW_US - days * DAY_US, "last_us": NOW_US - 2 * HOUR_US, "numbers": numbers, "calls": calls}
    history = (Passage(NOW_US - 9 * DAY_US, "founded", 2), Passage(NOW_US - 3 * DAY_US, "merged", 5, ("c-55aa0001",)))
    return Campaign(name, zh, en, category, "robot", **span, history=history)


@dataclass
class FakeCampaigns:
    """One run: a campaign that changes its number every other day and wrongly holds a clinic's, and a quieter one."""

    ran: bool = True
    decided: list[LinkDecision] = field(default_factory=list)

    def at_us(self) -> int | None:
        return NOW_US - HOUR_US if self.ran else None

    def listed(self) -> list[Listed]:
        if not self.ran:
            return []
        loans = _campaign(
            _LOANS, "自称某某金融的低息贷款", "low-interest loans from a finance house", "loan_finance", 7, 2140, 13
        )
        refunds = _campaign(_REFUNDS, "快递理赔退款", "refunds for lost parcels", "fraud", 19, 310, 30)
        return [Listed(loans, 2, 3, 1184, 1102), Listed(refunds, 0, 0, 12, 12)]

    def described(self, campaign_id: str) -> Described | None:
        found = next((one.campaign for one in self.listed() if one.campaign.id == campaign_id), None)
        if found is None:
            return None
        numbers = VESTS if campaign_id == _LOANS else (8613344440000, 8613344440001, 8613344440002)
        members = [
            Member(self.key(number), number, began, began + 45 * HOUR_US, 390 - 31 * n, 0.97 - 0.04 * n)
            for n, number in enumerate(numbers)
            for began in [NOW_US - (13 * DAY_US - n * 46 * HOUR_US)]
        ]
        links = [
            Link(
                a.key,
                b.key,
                0.998 - 0.06 * n,
                {"talk": 2.4, "callees": 1.9, "handover": 1.2 - 0.2 * n, "block": 0.8, "trunk": -0.3},
            )
            for n, (a, b) in enumerate(itertools.pairwise(members))
        ]
        return Described(found, tuple(members), tuple(links))

    def deeds(self, described: Described) -> Deeds:
        people = [8613800130000 + 7919 * n for n in range(30)]
        edges = [
            Edge(one.key, people[(5 * n + m) % 30], 1 + m % 6)
            for n, one in enumerate(described.members)
            for m in range(8)
        ]
        said = "说是银行的，可以办低息贷款，让加微信或回拨 170 1234 8803，问我身份证号。"
        quotes = (
            Quote(described.members[0].key, NOW_US - 5 * DAY_US, "loan_finance", said),
            Quote(
                described.members[1].key,
                NOW_US - 3 * DAY_US,
                "loan_finance",
                "<b>Cheap loans again</b>, third number this week",
            ),
        )
        return Deeds(
            since_us=NOW_US - 13 * DAY_US,
            calls=2140,
            answered=611,
            people=1987,
            reports=63,
            reporters=58,
            segments=(Share("1380013", 212, 198), Share("1591234", 101, 96)),
            ingress=(Share("trunk-a", 1800, 1640), Share("", 340, 311)),
            trades=(Share("loan_finance", 51, 47), Share("fraud", 12, 11)),
            quotes=quotes,
            graph=tuple(edges),
        )

    def traceback(self, campaign_id: str) -> Traceback | None:
        described = self.described(campaign_id)
        if described is None:
            return None
        hop = Hop("trunk-a", "dialler/2", "C", 40, 12, NOW_US - DAY_US, NOW_US - HOUR_US)
        sample = Sample("call-1", NOW_US - HOUR_US, SUBSCRIBER, 6400, "trunk-a")
        numbers = (
            Traced(one.number, one.first_us, one.last_us, one.calls, (hop,), (sample,)) for one in described.members
        )
        return Traceback(described.campaign, tuple(numbers))

    def vouched(self, asked: Iterable[int]) -> dict[int, Vouched]:
        return {number: Vouched("verified", "Renhe Clinic") for number in asked if number == CLINIC}

    def vouched_campaigns(self) -> dict[str, int]:
        return {_LOANS: 1} if self.ran else {}

    def key(self, number: int) -> str:
        return f"{number:032x}"

    def decisions(self) -> list[LinkDecision]:
        return list(self.decided)

    def decide(self, campaign_id: str, one: str, other: str, *, same: bool, who: str, note: str = "") -> LinkDecision:  # noqa: ARG002
        a, b = sorted((int(one, 16), int(other, 16)))
        if a == b:
            raise InputError("a link is between two numbers")
        self.decided.append(LinkDecision(a, b, same, who, NOW_US, note))
        return self.decided[-1]

    def take_back(self, one: str, other: str, who: str) -> LinkDecision | None:  # noqa: ARG002
        pair = {int(one, 16), int(other, 16)}
        found = next((had for had in self.decided if {had.a, had.b} == pair), None)
        self.decided = [had for had in self.decided if had is not found]
        return found
