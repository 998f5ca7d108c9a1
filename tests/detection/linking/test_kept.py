"""What a run of the linking leaves in the home: numbers sealed as facts are, links, history; and how it is erased."""

import stat
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from wurao.core.campaigns import Campaign, Passage
from wurao.core.errors import StoreError
from wurao.detection.linking import kept
from wurao.store.home import Home
from wurao.store.identities import Identities
from wurao.store.keys import KeyRing

AT_US = 1_786_000_000_000_000
CLEAR, SEALED, OTHER = 8613800138000, 8613900139000, 8613700137000


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home.create(tmp_path / "home")


@pytest.fixture
def identities(home: Home) -> Identities:
    return Identities(KeyRing.open(home))


def campaign(name: str, **more: object) -> Campaign:
    told = {"zh": "团伙", "en": "campaign", "category": "loan_finance", "method": "robot"}
    span = {"first_us": AT_US, "last_us": AT_US + 9, "numbers": 2, "calls": 7}
    return Campaign(id=name, **told, **span, history=(Passage(AT_US, "founded", 2),), **more)


@pytest.fixture
def linked(identities: Identities) -> kept.Linked:
    numbers = [CLEAR, SEALED, OTHER]
    ids = [identities.id_of(number) for number in numbers]
    members = pa.table(
        {
            "campaign": ["c-1", "c-1", "c-2"],
            "caller_id": ids,
            "caller": [CLEAR, None, OTHER],
            "caller_sealed": [None, identities.seal(SEALED), None],
            "first_us": [AT_US + 5, AT_US, AT_US],
            "last_us": [AT_US + 9, AT_US + 4, AT_US + 1],
            "calls": [4, 3, 1],
            "belongs": [0.9, 0.9, 0.8],
        }
    )
    links = pa.table(
        {
            "campaign": pa.array(["c-1", None], pa.string()),
            "a_id": ids[:1] * 2,
            "b_id": ids[1:],
            "p_same": [0.9, 0.2],
            "families": ['{"block": 2.0, "rhythm": 1.5}', '{"block": 0.5}'],
        }
    )
    return kept.Linked(AT_US, (campaign("c-1"), campaign("c-2", merged_into="c-1")), members, links)


def test_a_run_is_kept_for_the_owner_only_and_hides_who_is_sealed(home, identities, linked) -> None:
    path = kept.write(home, linked)
    assert kept.latest(home) == path
    assert {stat.S_IMODE(file.stat().st_mode) for file in path.parent.iterdir()} == {0o600}
    assert SEALED not in pq.read_table(path).column("caller").to_pylist()
    assert kept.at_us(path) == AT_US
    assert [one.id for one in kept.standing(path)] == ["c-1"], "what was merged into another stands no more"
    assert kept.numbers_of(path, identities) == {CLEAR: "c-1", SEALED: "c-1", OTHER: "c-2"}
    assert kept.keys_of(path)[identities.id_of(CLEAR)] == "c-1"


def test_a_campaign_is_described_by_its_numbers_oldest_first_and_its_links(home, identities, linked) -> None:
    path = kept.write(home, linked)
    found = kept.describe(path, identities, "c-1")
    assert found is not None
    assert [one.number for one in found.members] == [SEALED, CLEAR]
    assert [(link.p_same, link.families) for link in found.links] == [(0.9, {"block": 2.0, "rhythm": 1.5})]
    assert {found.links[0].a, found.links[0].b} == {one.key for one in found.members}
    assert kept.describe(path, identities, "c-9") is None


def test_an_erased_number_is_in_no_file_any_more(home, identities, linked) -> None:
    path = kept.write(home, linked)
    its_id = identities.id_of(SEALED)
    assert (kept.erase(home, its_id), kept.erase(home, its_id)) == (1, 0)
    found = kept.describe(path, identities, "c-1")
    assert found is not None
    assert [one.number for one in found.members] == [CLEAR]
    assert found.links == ()


def test_old_runs_go_with_their_links_and_damage_is_told(home, identities, linked) -> None:
    assert kept.latest(home) is None
    folder = home.folder("campaigns")
    for number in range(kept.KEPT + 3):
        for ending in ("parquet", "links.parquet"):
            (folder / f"2025-{1 + number // 28:02}-{1 + number % 28:02}.{ending}").write_bytes(b"PAR1")
    path = kept.write(home, linked)
    assert len(list(folder.iterdir())) == 2 * kept.KEPT
    path.write_bytes(b"PAR1")
    with pytest.raises(StoreError):
        kept.campaigns(path)
    assert kept.erase(home, identities.id_of(CLEAR)) == 0, "what is damaged goes as a whole"
    assert [file.name for file in folder.glob("[0-9]*[0-9].parquet")] == []
