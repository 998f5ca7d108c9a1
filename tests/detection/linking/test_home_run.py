"""``wurao campaigns link`` over a home: campaigns with ids that stay, standing that labels, decisions, erasure."""

import json
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner

from wurao.cli import cli
from wurao.core.clock import FixedClock, parse_instant
from wurao.core.numbers import read
from wurao.core.standing import Standing
from wurao.detection.inheriting import kept as signatures
from wurao.detection.inheriting.keyed import lead_key
from wurao.detection.linking import kept
from wurao.edge.live.campaigns import LiveCampaigns
from wurao.store.book import Book
from wurao.store.home import Home
from wurao.store.identities import Identities
from wurao.store.keys import KeyRing
from wurao.store.lake import Lake

DAY = "2026-03-10T00:00:00+08:00"
NOBODY = 8613799999999
"""A number that never called."""


def ran(*arguments: str) -> object:
    result = CliRunner().invoke(cli, [*arguments, "--json"])
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


class Linked:
    """A home with the calls of a town, of which one vest of each campaign is known for a nuisance."""

    def __init__(self, folder: Path) -> None:
        town, self.folder = folder / "town", folder / "home"
        wanted = ["--numbers", "courier=12", "--numbers", "person=120"]
        asked = ["--subscribers", "600", "--days", "8", "--seed", "5", "--numbers", "loan-robot=8", *wanted]
        ran("simulate", "--out", str(town), *asked)
        ran("import", "calls", str(town / "calls.parquet"), "--home", str(self.folder))
        self.home = Home.open(self.folder)
        self.identities = Identities(KeyRing.open(self.home))
        truth = pq.read_table(town / "truth/callers.parquet").to_pylist()
        self.campaign = {read(row["number"]): row["campaign"] for row in truth if row["campaign"]}
        self.wanted = {read(row["number"]) for row in truth if not row["nuisance"]}
        self.calls = self.called(town / "calls.parquet")
        self.people = {read(one) for one in pq.read_table(town / "calls.parquet").column("callee").to_pylist()}
        self.known = max(self.campaign, key=lambda number: self.calls.get(number, 0))
        with_book(self.home, lambda book: book.write_standing([robot(self.known)]))
        ran("campaigns", "link", "--home", str(self.folder), "--as-of", DAY)
        self.by_habits = with_book(self.home, lambda book: list(book.each_standing("linking")))
        self.often = max(self.wanted & set(self.calls), key=lambda number: self.calls[number])
        [its] = kept.standing(self.path)
        young = [inherited(NOBODY, its.id), inherited(self.often, its.id), inherited(NOBODY - 1, "c-gone")]
        with_book(self.home, lambda book: book.write_standing([reported(self.known), *young]))
        self.told = ran("campaigns", "link", "--home", str(self.folder), "--as-of", DAY)

    @staticmethod
    def called(path: Path) -> dict[int, int]:
        """Return how many calls each number made."""
        counted = (
            pq.read_table(path, columns=["caller"]).group_by("caller").aggregate([("caller", "count")]).to_pylist()
        )
        return {read(row["caller"]): row["caller_count"] for row in counted}

    @property
    def path(self) -> Path:
        found = kept.latest(self.home)
        assert found is not None
        return found


def with_book(home: Home, work) -> object:
    book = Book.at(home.book, FixedClock(parse_instant(DAY)))
    try:
        return work(book)
    finally:
        book.close()


def robot(number: int) -> Standing:
    return Standing(number, "ROBOT_CALLER", 0.5, "detection", 1, category="loan_finance", method="robot")


def inherited(number: int, campaign: str) -> Standing:
    """Return what a number inherited at its first call."""
    return Standing(number, "VEST_OF", 0.8, "linking", 1, facts={"campaign": campaign, "calls": 1}, campaign=campaign)


def reported(number: int) -> Standing:
    return Standing(number, "REPORTED", 0.5, "reporting", 1, category="loan_finance", method="robot")


@pytest.fixture(scope="module")
def linked(tmp_path_factory: pytest.TempPathFactory) -> Linked:
    return Linked(tmp_path_factory.mktemp("linked"))


def test_the_campaign_of_a_known_robot_is_kept_and_listed(linked: Linked) -> None:
    assert {"numbers", "links", "campaigns"} <= set(linked.told)
    [one] = kept.standing(linked.path)
    assert (one.category, one.zh, one.method) == ("loan_finance", "贷款理财团伙", "robot")
    members = kept.numbers_of(linked.path, linked.identities)
    assert linked.known in members
    assert not set(members) & linked.wanted
    listed = ran("campaigns", "list", "--home", str(linked.folder))
    assert [row["id"] for row in listed] == [one.id]


def test_vests_inherit_a_label_and_keep_their_campaigns_name(linked: Linked) -> None:
    rows = with_book(linked.home, lambda book: list(book.each_standing("linking")))
    rows = [row for row in rows if row.subject != NOBODY]
    assert {row.subject for row in rows if row.symbol == "CAMPAIGN_MEMBER"} <= {linked.known}
    assert [row for row in rows if row.symbol == "VEST_OF"]
    [one] = kept.standing(linked.path)
    assert {row.campaign for row in rows} == {one.id}
    assert not {row.subject for row in rows} & linked.wanted


def test_what_first_calls_told_stays_until_a_run_has_seen_enough_of_the_number(linked: Linked) -> None:
    rows = with_book(linked.home, lambda book: {row.subject for row in book.each_standing("linking")})
    assert NOBODY in rows
    assert linked.often not in rows
    assert NOBODY - 1 not in rows, "its campaign is inherited from no longer"


def test_a_run_signs_the_campaigns_that_are_inherited_from(linked: Linked) -> None:
    [one] = kept.standing(linked.path)
    told = signatures.read(linked.home, kept.members_of(linked.path, linked.identities))
    assert told is not None
    assert told.names == (one.id,)
    assert set(told.numbers.tolist()) == set(kept.numbers_of(linked.path, linked.identities))
    assert told.at_us == kept.at_us(linked.path)
    assert told.callers > len(told.numbers)
    leads = {lead_key(linked.identities.id_of(number)) for number in linked.people}
    assert set(told.leads.callee.tolist()) <= leads


def test_who_is_told_by_habits_alone_accuses_nobody(linked: Linked) -> None:
    assert linked.by_habits == [], "linking looks at the same calls as the detector"


def test_a_campaign_is_shown_and_exported(linked: Linked) -> None:
    [one] = kept.standing(linked.path)
    shown = CliRunner().invoke(cli, ["campaigns", "show", one.id, "--home", str(linked.folder)])
    assert one.id in shown.output
    assert str(linked.known)[-6:] not in shown.output, "numbers are masked for people"
    told = ran("campaigns", "export", one.id, "--home", str(linked.folder))
    numbers = {row["number"]: row for row in told["numbers"]}
    assert numbers[linked.known]["hops"][0]["calls"] > 0
    assert numbers[linked.known]["samples"]
    assert CliRunner().invoke(cli, ["campaigns", "show", "c-none", "--home", str(linked.folder)]).exit_code == 2


def test_ids_stay_and_decisions_are_heeded_by_the_next_run(linked: Linked) -> None:
    [one] = kept.standing(linked.path)
    book = Book.at(linked.home.book)
    live = LiveCampaigns(linked.home, Lake(linked.home), linked.identities, book)
    described = live.described(one.id)
    assert described is not None
    stranger = next(member for member in described.members if member.number != linked.known)
    for other in described.members:
        if other.key != stranger.key:
            live.decide(one.id, stranger.key, other.key, same=False, who="an")
    book.close()
    ran("campaigns", "link", "--home", str(linked.folder), "--as-of", DAY)
    [again] = kept.standing(linked.path)
    assert again.id == one.id
    assert stranger.number not in kept.numbers_of(linked.path, linked.identities)
    assert again.history[0].what == "founded"


def test_an_erased_number_leaves_its_campaign(linked: Linked) -> None:
    number = next(one for one in kept.numbers_of(linked.path, linked.identities) if one != linked.known)
    assert ran("erase", str(number), "--home", str(linked.folder))["campaigns"] == 1
    assert number not in kept.numbers_of(linked.path, linked.identities)
    assert not with_book(linked.home, lambda book: book.standing_of(number))
    told = signatures.read(linked.home, kept.members_of(linked.path, linked.identities))
    assert told is not None
    assert lead_key(linked.identities.id_of(number)) not in told.met
