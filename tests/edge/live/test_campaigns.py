"""What pages ask of a home's campaigns: nothing before the first run, who answers for a number, decisions and undo."""

from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pytest

from wurao.core.campaigns import Campaign
from wurao.core.clock import DAY_US, FixedClock
from wurao.core.errors import InputError
from wurao.core.standing import Standing
from wurao.detection.linking import kept
from wurao.edge.live.campaigns import LiveCampaigns
from wurao.edge.live.numbers import DESK, WANTED
from wurao.edge.nouns import Vouched
from wurao.store.book import Book
from wurao.store.book.registry import VerifiedCaller
from wurao.store.home import Home
from wurao.store.identities import Identities
from wurao.store.keys import KeyRing
from wurao.store.lake import Lake

NOW_US = 1_787_000_000_000_000
ROBOT, CLINIC, TAUGHT, BANK = 8617612341417, 861012345678, 8613912345678, 864001234567


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home.create(tmp_path / "home")


@pytest.fixture
def book(home: Home) -> Iterator[Book]:
    book = Book.at(home.book, FixedClock(NOW_US))
    yield book
    book.close()


@pytest.fixture
def campaigns(home: Home, book: Book) -> LiveCampaigns:
    return LiveCampaigns(home, Lake(home), Identities(KeyRing.open(home)), book)


@pytest.fixture
def ran(home: Home, campaigns: LiveCampaigns) -> LiveCampaigns:
    numbers = [ROBOT, CLINIC, TAUGHT, BANK]
    names = ["c-1", "c-1", "c-1", "c-2"]
    ids = pa.array([bytes.fromhex(campaigns.key(number)) for number in numbers], pa.binary(16))
    times = {"first_us": [NOW_US - DAY_US] * 4, "last_us": [NOW_US] * 4, "calls": [4] * 4, "belongs": [0.9] * 4}
    sealed = pa.array([None] * 4, pa.binary(25))
    members = pa.table({"campaign": names, "caller_id": ids, "caller": numbers, "caller_sealed": sealed, **times})
    links = pa.table(
        {"campaign": ["c-1"], "a_id": ids[:1], "b_id": ids[1:2], "p_same": [0.9], "families": ['{"talk": 2.0}']}
    )
    told = [
        Campaign(name, "团伙", "campaign", "fraud", "robot", NOW_US - DAY_US, NOW_US, 3, 9) for name in ("c-1", "c-2")
    ]
    kept.write(home, kept.Linked(NOW_US, tuple(told), members, links))
    return campaigns


def test_before_the_first_run_there_is_nothing(campaigns: LiveCampaigns) -> None:
    assert (campaigns.at_us(), campaigns.listed(), campaigns.vouched_campaigns()) == (None, [], {})
    assert campaigns.described("c-1") is None
    assert campaigns.traceback("c-1") is None


def test_a_new_run_shows_at_once(ran: LiveCampaigns, home: Home) -> None:
    assert {one.campaign.id for one in ran.listed()} == {"c-1", "c-2"}
    assert ran.listed() is ran.listed(), "one run is counted once"
    path = kept.latest(home)
    assert path is not None
    members, links = (pa.table({f.name: pa.array([], f.type) for f in schema}) for schema in (kept.MEMBERS, kept.LINKS))
    kept.write(home, kept.Linked(NOW_US + 1, (), members, links))
    assert ran.listed() == []


def test_numbers_that_somebody_answers_for_are_told_with_who(ran: LiveCampaigns, book: Book) -> None:
    book.put_verified(
        [
            VerifiedCaller(CLINIC // 100, "Renhe Clinic", "reminder", span=2, until_us=NOW_US + DAY_US),
            VerifiedCaller(BANK, "City Bank", "bank_service", until_us=NOW_US - 1),
        ]
    )
    book.write_standing([Standing(TAUGHT, WANTED, 1.0, DESK, NOW_US)])
    assert ran.vouched([ROBOT, CLINIC, TAUGHT, BANK]) == {
        CLINIC: Vouched("verified", "Renhe Clinic"),
        TAUGHT: Vouched("taught"),
    }, "a verification that ran out answers for nobody"
    assert ran.vouched_campaigns() == {"c-1": 2}


def test_a_decision_is_written_with_who_and_taken_back(ran: LiveCampaigns) -> None:
    robot, bank = ran.key(ROBOT), ran.key(BANK)
    decided = ran.decide("c-1", robot, bank, same=True, who="an", note="one script")
    assert ran.decisions() == [decided]
    assert ({decided.a, decided.b}, decided.who, decided.at_us) == ({ROBOT, BANK}, "an", NOW_US)
    assert ran.take_back(bank, ran.key(CLINIC), "bo") is None
    assert ran.take_back(bank, robot, "bo") == decided, "whichever way the two are named"
    assert ran.decisions() == []


@pytest.mark.parametrize("key", ["", "x", "ff", "0" * 32])
def test_a_strange_key_names_nobody(ran: LiveCampaigns, key: str) -> None:
    with pytest.raises(InputError):
        ran.decide("c-1", key, ran.key(ROBOT), same=False, who="an")
    assert ran.take_back(key, ran.key(ROBOT), "an") is None
