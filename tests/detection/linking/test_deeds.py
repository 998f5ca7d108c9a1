"""What a campaign did of late and ever, from a home's calls and reports."""

from pathlib import Path
from zoneinfo import ZoneInfo

import pyarrow as pa
import pytest

from wurao.core.campaigns import Campaign, Described
from wurao.core.clock import DAY_US, HOUR_US, FixedClock, iso
from wurao.detection.linking import kept
from wurao.detection.linking.deeds import CALLED, CALLERS, Deeds, Share, deeds
from wurao.detection.linking.listed import Listed, listed
from wurao.intake.formats import format_of
from wurao.intake.interface import Reading
from wurao.intake.into_home import run_import
from wurao.store.home import Home
from wurao.store.identities import Identities
from wurao.store.keys import KeyRing
from wurao.store.lake import Lake

AT_US = 1_786_000_000_000_000
OLD, NEW, OTHER, NOBODY = 8617612341417, 8617612341522, 8613344440000, 8613712345678
CALLS = [
    *((OLD, 8613800130000 + n, AT_US - 9 * DAY_US + n * HOUR_US, 4000 * (n % 2)) for n in range(6)),
    *((NEW, 8613800130004 + n, AT_US - 3 * DAY_US + n * HOUR_US, 0) for n in range(4)),
    (OTHER, 8613800130000, AT_US - 20 * DAY_US, 9000),
    (NOBODY, 8613800130000, AT_US - DAY_US, 9000),
]
REPORTS = [
    (OLD, 8613800130000, "loan_finance", "cheap loans", 0),
    (OLD, 8613800130001, "loan_finance.p2p", "cheap loans", 0),
    (NEW, 8613800130004, "fraud", "", 0),
    (NEW, 8613800130005, "person", "my aunt", 1),
    (NOBODY, 8613800130005, "fraud", "another matter", 0),
]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    folder: Path = tmp_path_factory.mktemp("deeds")
    home = Home.create(folder / "home")
    calls = ["caller,callee,start,talk_ms,ingress"]
    calls += [f"+{a},+{b},{iso(at)},{talk},trunk-{a % 2}" for a, b, at, talk in CALLS]
    reports = ["subject,reporter,occurred,category,text,wanted"]
    reports += [f"+{a},+{b},{iso(AT_US - 4 * DAY_US)},{of},{text},{wanted}" for a, b, of, text, wanted in REPORTS]
    with home.lock():
        for fact, rows in (("calls", calls), ("reports", reports)):
            file = folder / f"{fact}.csv"
            file.write_text("\n".join(rows))
            reading = Reading(fact, ZoneInfo("Asia/Shanghai"))
            run_import(home, reading, [(file, format_of(file, fact, None))], FixedClock(AT_US), lambda *_: None)
    return home


@pytest.fixture(scope="module")
def identities(home: Home) -> Identities:
    return Identities(KeyRing.open(home))


@pytest.fixture(scope="module")
def run(home: Home, identities: Identities) -> Path:
    rows = [("c-1", OLD), ("c-1", NEW), ("c-2", OTHER)]
    starts = {number: [at for caller, _, at, _ in CALLS if caller == number] for _, number in rows}
    members = pa.table(
        {
            "campaign": [name for name, _ in rows],
            "caller_id": [identities.id_of(number) for _, number in rows],
            "caller": [number for _, number in rows],
            "caller_sealed": pa.array([None] * 3, pa.binary(25)),
            "first_us": [min(starts[number]) for _, number in rows],
            "last_us": [max(starts[number]) for _, number in rows],
            "calls": [len(starts[number]) for _, number in rows],
            "belongs": [0.9] * 3,
        }
    )
    names = ("campaign", "a_id", "b_id", "p_same", "families")
    links = pa.table({name: pa.array([], pa.float64() if name == "p_same" else pa.binary(16)) for name in names[1:4]})
    for name in ("campaign", "families"):
        links = links.append_column(name, pa.array([], pa.string()))
    told = [
        Campaign(f"c-{n}", "团伙", "campaign", "loan_finance", "robot", AT_US - 20 * DAY_US, AT_US, 3 - n, 12 - n)
        for n in (1, 2)
    ]
    return kept.write(home, kept.Linked(AT_US, tuple(told), members, links))


@pytest.fixture
def described(run: Path, identities: Identities) -> Described:
    found = kept.describe(run, identities, "c-1")
    assert found is not None
    return found


@pytest.fixture
def done(home: Home, identities: Identities, described: Described) -> Deeds:
    return deeds(Lake(home), identities, described)


def test_the_list_tells_what_each_campaign_did_in_the_week_before_the_run(run: Path, home: Home) -> None:
    first, second = kept.standing(run)
    assert listed(run, Lake(home)) == [
        Listed(first, in_use=0, new=1, calls=4, people=4),
        Listed(second, in_use=0, new=0, calls=0, people=0),
    ]


def test_calls_people_places_and_trunks_are_its_own_numbers(done: Deeds) -> None:
    assert (done.calls, done.answered, done.people) == (10, 3, 8)
    assert done.segments == (Share("1380013", 10, 8),)
    assert done.ingress == (Share("trunk-1", 6, 6), Share("trunk-0", 4, 4))


def test_reports_of_its_numbers_count_and_votes_for_them_do_not(done: Deeds) -> None:
    assert (done.reports, done.reporters) == (3, 3)
    assert done.trades == (Share("loan_finance", 2, 2), Share("fraud", 1, 1))
    assert [quote.text for quote in done.quotes] == ["cheap loans"], "what several wrote is quoted once"


def test_the_sample_holds_those_first_whom_several_numbers_called(done: Deeds, identities: Identities) -> None:
    old, new = (identities.id_of(number).hex() for number in (OLD, NEW))
    by = {edge.callee: {one.key for one in done.graph if one.callee == edge.callee} for edge in done.graph}
    assert by[8613800130004] == by[8613800130005] == {old, new}
    assert by[8613800130000] == {old}
    assert CALLERS + CALLED < 60


def test_a_campaign_without_calls_any_more_did_nothing(
    home: Home, identities: Identities, described: Described
) -> None:
    nothing = deeds(Lake(home), identities, Described(described.campaign, (), ()))
    assert (nothing.calls, nothing.people, nothing.reports, nothing.graph) == (0, 0, 0, ())
